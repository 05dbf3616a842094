import { bfloat16Bits, bfloat16FromBits } from "./bfloat16.ts";
import { type Complex, describe, type DType, dtypeInfo } from "./dtype.ts";
import { float16Bits, float16FromBits, hasFloat16Array } from "./float16.ts";
import type { View } from "./view.ts";

/** A JavaScript value that an element can be set to. Strings and objects that are no complex number are not among them. */
export type Scalar = number | bigint | boolean | Complex;

/** A scalar as a dtype holds it: bool as 0 or 1, complex numbers as a pair, half precision as its number. */
export type Element = number | bigint | Complex;

export function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" || isComplex(value);
}

/** Whether a value is a complex number: an object, but no array, with the numbers `re` and `im`. */
export function isComplex(value: unknown): value is Complex {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { re, im } = value as Partial<Complex>;
  return typeof re === "number" && typeof im === "number";
}

/**
 * A complex number, for arrays of `complex64` and `complex128`.
 *
 *     array([complex(1, 2), complex(0, -1)]).dtype // "complex128"
 */
export function complex(re: number, im = 0): Complex {
  return { re, im };
}

/**
 * What an array of `dtype` holds for `value`, by NumPy's rules for storing one element: a fraction is cut off for an
 * integer dtype, anything but zero is true for bool; what does not fit is refused.
 * @throws TypeError if `value` is no number, bigint, boolean or complex number, or complex and the dtype is not;
 * RangeError if it does not fit
 */
export function elementOf(value: unknown, dtype: DType): Element {
  const info = dtypeInfo(dtype);
  if (!isScalar(value)) {
    throw new TypeError(`Expected a number, bigint or boolean to store in ${dtype}, found ${describe(value)}`);
  }
  if (typeof value === "object") {
    if (info.kind === "c") return { re: value.re, im: value.im };
    if (info.kind === "b") return value.re !== 0 || value.im !== 0 ? 1 : 0;
    throw new TypeError(`A complex number cannot be stored in ${dtype}; store its re, or use complex128`);
  }
  // NaN is not zero either.
  if (info.kind === "b") return Number(value) === 0 ? 0 : 1;
  if (info.kind === "f") return Number(value);
  if (info.kind === "c") return { re: Number(value), im: 0 };
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
 * What an array of `dtype` holds for an operand of its arithmetic: as {@link elementOf}, but nothing is lost.
 * @throws TypeError if `value` is a fraction and `dtype` an integer, or a number and `dtype` bool
 */
export function operandOf(value: Scalar, dtype: DType): Element {
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

/** Element `at` (counted in elements) of an array's data, as the dtype's JavaScript value; undefined beyond its end. */
export function scalarAt(data: View["data"], dtype: DType, at: number): Scalar | undefined {
  if (dtype === "complex64" || dtype === "complex128") {
    return 2 * at + 1 < data.length ? { re: data[2 * at] as number, im: data[2 * at + 1] as number } : undefined;
  }
  const value = data[at];
  if (value === undefined) return undefined;
  if (dtype === "bool") return value !== 0;
  if (dtype === "bfloat16") return bfloat16FromBits(value as number);
  return dtype === "float16" && !hasFloat16Array ? float16FromBits(value as number) : value;
}

/** Stores what {@link elementOf} gave as element `at` (counted in elements) of an array's data. */
export function putElement(data: View["data"], dtype: DType, at: number, element: Element): void {
  if (typeof element === "object") {
    data[2 * at] = element.re;
    data[2 * at + 1] = element.im;
  } else if (dtype === "bfloat16") {
    data[at] = bfloat16Bits(element as number);
  } else {
    data[at] = dtype === "float16" && !hasFloat16Array ? float16Bits(element as number) : element;
  }
}
