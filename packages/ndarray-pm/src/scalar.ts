import { describe, type DType, dtypeInfo } from "./dtype.ts";

/** A JavaScript value that an element can be set to. Objects and strings are not among them. */
export type Scalar = number | bigint | boolean;

export function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

/**
 * What a typed array of `dtype` holds for `value`, by NumPy's rules for storing one element: a fraction is cut off for
 * an integer dtype, anything but zero is true for bool; what does not fit is refused.
 * @throws TypeError if `value` is no number, bigint or boolean; RangeError if it does not fit
 */
export function elementOf(value: unknown, dtype: DType): number | bigint {
  const info = dtypeInfo(dtype);
  if (!isScalar(value)) {
    throw new TypeError(`Expected a number, bigint or boolean to store in ${dtype}, found ${describe(value)}`);
  }
  if (info.kind === "b") return value ? 1 : 0;
  if (info.kind === "f") return Number(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`${value} cannot be stored in ${dtype}; expected an integer from ${info.min} to ${info.max}`);
  }
  const whole = typeof value === "number" ? Math.trunc(value) : value;
  if (typeof whole !== "boolean" && (whole < info.min || whole > info.max)) {
    throw new RangeError(`${value} does not fit ${dtype}; expected an integer from ${info.min} to ${info.max}`);
  }
  // Adding 0 turns the -0 that cutting off may leave into 0.
  return info.scalar === "bigint" ? BigInt(whole) : Number(whole) + 0;
}

/**
 * What a typed array of `dtype` holds for an operand of its arithmetic: as {@link elementOf}, but nothing is lost.
 * @throws TypeError if `value` is a fraction and `dtype` an integer, or a number and `dtype` bool
 */
export function operandOf(value: Scalar, dtype: DType): number | bigint {
  const { kind } = dtypeInfo(dtype);
  if (kind === "b" && typeof value !== "boolean") {
    throw new TypeError(
      `Arithmetic of bool with ${describe(value)} gives no bool; expected true, false or a bool array`,
    );
  }
  if ((kind === "i" || kind === "u") && typeof value === "number" && !Number.isInteger(value)) {
    throw new TypeError(
      `Arithmetic of ${dtype} with ${value} gives a fraction, which ${dtype} cannot hold in place; ` +
        `convert the array with astype("float64") first`,
    );
  }
  return elementOf(value, dtype);
}

/** Element `at` of a typed array, as the dtype's JavaScript value; undefined beyond its end. */
export function scalarAt(data: ArrayLike<number> | ArrayLike<bigint>, dtype: DType, at: number): Scalar | undefined {
  const value = data[at];
  return dtype === "bool" && value !== undefined ? value !== 0 : value;
}
