import { type DataOf, describe, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import { expectNDArray, makeArray, NDArray } from "./ndarray.ts";
import { fromNested, type Nested } from "./nested.ts";
import { assignTo, type Casting } from "./ops/assign.ts";
import { copyElements } from "./ops/convert.ts";
import { type NumericTypedArray, type Operand, viewOfTypedArray } from "./ops/operand.ts";
import { arangeRecipe, fullRecipe, type Recipe } from "./recipe.ts";
import { elementOf, type Scalar } from "./scalar.ts";
import { checkOrder, checkShape, contiguousStride, type Order, sizeOf } from "./shape.ts";

export interface CreationOptions {
  /** Last axis fastest (`C`, the default) or first axis fastest (`F`). */
  readonly order?: Order;
}

type Shape = number | readonly number[];

/**
 * An array that takes no memory for its elements yet: assigned to a shelf it is written straight into the shelf's
 * extent, used in any other way it becomes an array in DRAM.
 */
function pending<D extends DType>(shape: Shape, dtype: D, recipe: Recipe<D>, options: CreationOptions): NDArray<D> {
  const lengths = checkShape(shape);
  const order = checkOrder(options.order ?? "C");
  const data = dtypeInfo(dtype).allocate(0);
  return makeArray({ data, dtype, shape: lengths, stride: contiguousStride(lengths, order), offset: 0, recipe });
}

/**
 * A new array of zeros. Allocated where it is first used: `shelf.vars.x = zeros([1000, 1000])` makes no copy in DRAM.
 * @throws TypeError, RangeError if the shape or dtype is none
 */
export function zeros<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return pending(shape, dtype, fullRecipe(elementOf(0, dtype), dtype), options);
}

/** PyMM's name of {@link zeros}: an array of a shape and dtype, its elements zero. */
export function ndarray<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return zeros(shape, dtype, options);
}

/** A new array of ones; allocated where it is first used, as {@link zeros}. */
export function ones<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return pending(shape, dtype, fullRecipe(elementOf(1, dtype), dtype), options);
}

/** The dtype a scalar has without being told: bool, int64 for bigints, float64 for numbers. */
type NaturalDType<Value> = Value extends boolean ? "bool" : Value extends bigint ? "int64" : "float64";

/**
 * A new array with one value everywhere; allocated where it is first used, as {@link zeros}. Without `dtype`: bool,
 * int64 or float64, after the value.
 * @throws TypeError, RangeError if the value does not fit the dtype
 */
export function full<Value extends Scalar>(shape: Shape, value: Value): NDArray<NaturalDType<Value>>;
export function full<D extends DType>(
  shape: Shape,
  value: ScalarOf<D> | Scalar,
  dtype: D,
  options?: CreationOptions,
): NDArray<D>;
export function full(shape: Shape, value: Scalar, dtype?: DType, options: CreationOptions = {}): NDArray {
  const natural = typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float64";
  const chosen = dtype ?? natural;
  return pending(shape, chosen, fullRecipe(elementOf(value, chosen), chosen), options);
}

/**
 * Evenly spaced numbers, `stop` excluded: `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`. Allocated
 * where it is first used, as {@link zeros}.
 * @throws RangeError if the step is 0, a number is not finite, or a value does not fit the dtype
 */
export function arange(stop: number): NDArray<"float64">;
export function arange(start: number, stop: number, step?: number): NDArray<"float64">;
export function arange<D extends DType>(start: number, stop: number, step: number, dtype: D): NDArray<D>;
export function arange(startOrStop: number, stop?: number, step = 1, dtype: DType = "float64"): NDArray {
  const [first, end] = stop === undefined ? [0, startOrStop] : [startOrStop, stop];
  for (const value of [first, end, step]) {
    if (typeof value !== "number") throw new TypeError(`arange: expected numbers, found ${describe(value)}`);
    if (!Number.isFinite(value)) throw new RangeError(`arange: expected finite numbers, found ${value}`);
  }
  if (step === 0) throw new RangeError("arange: expected a step other than 0");
  const size = Math.max(0, Math.ceil((end - first) / step));
  if (size > 0) {
    elementOf(first, dtype);
    elementOf(first + (size - 1) * step, dtype);
  }
  return pending(size, dtype, arangeRecipe(first, step, dtype), {});
}

/**
 * A new DRAM array with a copy of the elements of nested arrays, a typed array or an NDArray. Without `dtype`, nested
 * booleans give bool, bigints int64 and numbers float64; typed arrays and NDArrays keep theirs.
 * @throws TypeError for anything else; RangeError if the nesting is ragged or a value does not fit
 */
export function array<D extends DType>(source: Nested | NumericTypedArray | NDArray, dtype: D): NDArray<D>;
export function array<D extends DType>(source: NDArray<D>): NDArray<D>;
export function array(source: Nested | NumericTypedArray): NDArray;
export function array(source: Nested | NumericTypedArray | NDArray, dtype?: DType): NDArray {
  if (dtype !== undefined) dtypeInfo(dtype);
  const view = NDArray.isNDArray(source) ? source : viewOfTypedArray(source);
  if (view === undefined) return makeArray(fromNested(source as Nested, dtype));
  const chosen = dtype ?? view.dtype;
  const { shape } = view;
  const data = dtypeInfo(chosen).allocate(sizeOf(shape));
  const copy = makeArray({ data, dtype: chosen, shape, stride: contiguousStride(shape, "C"), offset: 0 });
  copyElements(copy, view);
  return copy;
}

/**
 * An array over the memory of a typed array, without a copy: writes show on both sides. Assigning it to a shelf copies
 * the elements once, straight to the shelf.
 * @throws TypeError if `data` is no typed array; RangeError if the shape does not hold as many elements
 */
export function asarray<Data extends NumericTypedArray>(
  data: Data,
  shape?: Shape,
  options: CreationOptions = {},
): NDArray<DTypeOf<Data>> {
  const view = viewOfTypedArray(data);
  if (view === undefined) throw new TypeError(`asarray: expected a typed array, found ${describe(data)}`);
  const lengths = checkShape(shape ?? data.length);
  if (sizeOf(lengths) !== data.length) {
    throw new RangeError(
      `asarray: shape [${lengths.join(", ")}] has ${sizeOf(lengths)} elements, found ${data.length}`,
    );
  }
  const stride = contiguousStride(lengths, checkOrder(options.order ?? "C"));
  const dtype = view.dtype as DTypeOf<Data>;
  return makeArray({ data: view.data as DataOf<typeof dtype>, dtype, shape: lengths, stride, offset: 0 });
}

/** The dtype of a typed array. */
export type DTypeOf<Data> = Data extends Float64Array
  ? "float64"
  : Data extends Float32Array
    ? "float32"
    : Data extends Uint8Array | Uint8ClampedArray
      ? "uint8"
      : Data extends Int32Array
        ? "int32"
        : Data extends Uint32Array
          ? "uint32"
          : Data extends Int8Array
            ? "int8"
            : Data extends Int16Array
              ? "int16"
              : Data extends Uint16Array
                ? "uint16"
                : Data extends BigInt64Array
                  ? "int64"
                  : Data extends BigUint64Array
                    ? "uint64"
                    : DType;

export interface CopyOptions {
  /** `same_kind`, the default, refuses to cut off fractions or drop signs; `unsafe` does. */
  readonly casting?: Casting;
}

/**
 * Copies a scalar or an array that broadcasts into every element of `target`. Failure-atomic on a shelf, durable on
 * return (outside a transaction).
 * @throws TypeError if the casting is refused; RangeError if the shapes do not broadcast
 */
export function copyto(target: NDArray, source: Operand, options: CopyOptions = {}): void {
  const casting = options.casting ?? "same_kind";
  if (casting !== "same_kind" && casting !== "unsafe") {
    throw new TypeError(`copyto: expected casting "same_kind" or "unsafe", found ${describe(casting)}`);
  }
  assignTo(expectNDArray(target), source, casting);
}
