import { type DataOf, describe, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import { allocateView, makeArray } from "./make-array.ts";
import { expectNDArray, NDArray } from "./ndarray.ts";
import { fromNested, type Nested } from "./nested.ts";
import { assignTo, type Casting, sourceFor } from "./ops/assign.ts";
import { maskOf, storeWhere } from "./ops/choose.ts";
import { copyElements } from "./ops/convert.ts";
import { detangle, type NumericTypedArray, type Operand, viewOfTypedArray } from "./ops/operand.ts";
import { checkOptions } from "./options.ts";
import { arangeRecipe, eyeRecipe, fullRecipe, linspaceRecipe, type Recipe } from "./recipe.ts";
import { elementOf, type Scalar } from "./scalar.ts";
import { checkOrder, checkShape, contiguousStride, type Order, sizeOf } from "./shape.ts";

export interface CreationOptions {
  /** Last axis fastest (`C`, the default) or first axis fastest (`F`). */
  readonly order?: Order;
}

type Shape = number | readonly number[];

/**
 * Arrays of up to so many bytes have their elements at once: zeros, which take addresses but no memory until they are
 * touched, and others so small that making them takes no time. See element-access.ts for what that saves.
 */
const zerosBytesMax = 16 * 2 ** 20;
const madeBytesMax = 16 * 2 ** 10;

/**
 * An array that takes no memory for its elements yet, or little: assigned to a shelf it is written straight into the shelf's
 * extent, used in any other way it becomes an array in DRAM.
 */
function pending<D extends DType>(shape: Shape, dtype: D, recipe: Recipe<D>, order: Order = "C"): NDArray<D> {
  const lengths = checkShape(shape);
  const size = sizeOf(lengths);
  const { allocate, itemsize } = dtypeInfo(dtype);
  const isZero = recipe.byte === 0;
  const isMade = size * itemsize <= (isZero ? zerosBytesMax : madeBytesMax);
  const data = allocate(isMade ? size : 0);
  if (isMade && !isZero) recipe.write(data);
  return makeArray({ data, dtype, shape: lengths, stride: contiguousStride(lengths, order), offset: 0, recipe });
}

function orderOf(creator: string, options: CreationOptions): Order {
  checkOptions(creator, options, ["order"]);
  return checkOrder(options.order ?? "C");
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
  return pending(shape, dtype, fullRecipe(elementOf(0, dtype), dtype), orderOf("zeros", options));
}

/**
 * A new array of anything: assigned to a shelf its extent stays as it was found, and takes no time to make. For who writes
 * every element before anybody reads one. In DRAM it is zero.
 */
export function empty<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return pending(shape, dtype, { isEmpty: true, write: () => undefined }, orderOf("empty", options));
}

/** PyMM's name of {@link zeros}: an array of a shape and dtype, its elements zero. */
export function ndarray<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return pending(shape, dtype, fullRecipe(elementOf(0, dtype), dtype), orderOf("ndarray", options));
}

/** A new array of ones; allocated where it is first used, as {@link zeros}. */
export function ones<D extends DType = "float64">(
  shape: Shape,
  dtype: D = "float64" as D,
  options: CreationOptions = {},
): NDArray<D> {
  return pending(shape, dtype, fullRecipe(elementOf(1, dtype), dtype), orderOf("ones", options));
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
  return pending(shape, chosen, fullRecipe(elementOf(value, chosen), chosen), orderOf("full", options));
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
  return pending(size, dtype, arangeRecipe(first, step, dtype));
}

/** How the numbers of {@link linspace} are spread. */
export interface LinspaceOptions<D extends DType> {
  readonly dtype?: D;
  /** Whether `stop` is the last number; true by default. */
  readonly endpoint?: boolean;
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, both included; rounded down for integers. Allocated where it is
 * first used, as {@link zeros}.
 * @throws RangeError if a number is not finite, or a value does not fit the dtype
 */
export function linspace<D extends DType = "float64">(
  start: number,
  stop: number,
  count = 50,
  options: LinspaceOptions<D> = {},
): NDArray<D> {
  checkOptions("linspace", options, ["dtype", "endpoint"]);
  const dtype = options.dtype ?? ("float64" as D);
  for (const value of [start, stop]) {
    if (typeof value !== "number") throw new TypeError(`linspace: expected numbers, found ${describe(value)}`);
    if (!Number.isFinite(value)) throw new RangeError(`linspace: expected finite numbers, found ${value}`);
  }
  const endpoint = options.endpoint ?? true;
  const [size] = checkShape(count);
  for (const value of size > 0 ? [start, stop] : []) elementOf(value, dtype);
  const divisor = endpoint ? size - 1 : size;
  const step = divisor > 0 ? (stop - start) / divisor : 0;
  return pending(size, dtype, linspaceRecipe(start, step, endpoint && size > 1 ? stop : undefined, dtype));
}

export interface EyeOptions<D extends DType> extends CreationOptions {
  readonly dtype?: D;
  /** The number of columns; as many as rows by default. */
  readonly columns?: number;
  /** The diagonal: 0, the default, is the main one, 1 the one to its right. */
  readonly k?: number;
}

/** A matrix with ones on a diagonal. Allocated where it is first used, as {@link zeros}. */
export function eye<D extends DType = "float64">(rows: number, options: EyeOptions<D> = {}): NDArray<D> {
  checkOptions("eye", options, ["dtype", "columns", "k", "order"]);
  const { columns = rows, k = 0, dtype = "float64" as D } = options;
  const order = checkOrder(options.order ?? "C");
  if (!Number.isSafeInteger(k)) throw new RangeError(`eye: expected an integer k, found ${describe(k)}`);
  return pending([rows, columns], dtype, eyeRecipe(columns, k, order, dtype), order);
}

export interface LikeOptions<D extends DType> {
  /** Another dtype than the array's. */
  readonly dtype?: D;
  /** Another shape than the array's. */
  readonly shape?: number | readonly number[];
}

/** Zeros with the shape, dtype and order of another array; allocated where it is first used, as {@link zeros}. */
export function zerosLike<D extends DType>(like: NDArray<D>, options: LikeOptions<D> = {}): NDArray<D> {
  return filledLike("zerosLike", like, 0, options);
}

/** Ones with the shape, dtype and order of another array. */
export function onesLike<D extends DType>(like: NDArray<D>, options: LikeOptions<D> = {}): NDArray<D> {
  return filledLike("onesLike", like, 1, options);
}

/**
 * One value everywhere, with the shape, dtype and order of another array.
 * @throws TypeError, RangeError if the value does not fit the dtype
 */
export function fullLike<D extends DType>(like: NDArray<D>, value: Scalar, options: LikeOptions<D> = {}): NDArray<D> {
  return filledLike("fullLike", like, value, options);
}

function filledLike<D extends DType>(
  creator: string,
  like: NDArray<D>,
  value: Scalar,
  options: LikeOptions<D>,
): NDArray<D> {
  checkOptions(creator, options, ["dtype", "shape"]);
  const source = expectNDArray(like);
  const dtype = options.dtype ?? (source.dtype as D);
  const order = source.layout === "F" && options.shape === undefined ? "F" : "C";
  return full(options.shape ?? source.shape, value, dtype, { order });
}

/**
 * A new DRAM array with a copy of the elements of nested arrays, a typed array or an NDArray. Without `dtype`, nested
 * booleans give bool, bigints int64 and numbers float64; typed arrays and NDArrays keep theirs.
 * @throws TypeError for anything else; RangeError if the nesting is ragged or a value does not fit
 */
export function array<D extends DType>(
  source: Nested | NumericTypedArray | NDArray,
  dtype: D,
  options?: CreationOptions,
): NDArray<D>;
export function array<D extends DType>(source: NDArray<D>): NDArray<D>;
export function array(source: Nested | NumericTypedArray, dtype?: undefined, options?: CreationOptions): NDArray;
export function array(
  source: Nested | NumericTypedArray | NDArray,
  dtype?: DType,
  options: CreationOptions = {},
): NDArray {
  const order = orderOf("array", options);
  if (dtype !== undefined) dtypeInfo(dtype);
  const given = NDArray.isNDArray(source) ? source : viewOfTypedArray(source);
  if (given === undefined && order === "C") return makeArray(fromNested(source as Nested, dtype));
  const view = given ?? fromNested(source as Nested, dtype);
  const chosen = dtype ?? view.dtype;
  const { shape } = view;
  const copy = makeArray(allocateView(shape, chosen, order));
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
  const stride = contiguousStride(lengths, orderOf("asarray", options));
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
  /** A mask of bool that broadcasts: only where it is true, elements are stored, and recorded for undoing. */
  readonly where?: Operand;
}

/**
 * Copies a scalar or an array that broadcasts into every element of `target`. Failure-atomic on a shelf, durable on
 * return (outside a transaction).
 * @throws TypeError if the casting is refused; RangeError if the shapes do not broadcast
 */
export function copyto(target: NDArray, source: Operand, options: CopyOptions = {}): void {
  checkOptions("copyto", options, ["casting", "where"]);
  const casting = options.casting ?? "same_kind";
  if (casting !== "same_kind" && casting !== "unsafe") {
    throw new TypeError(`copyto: expected casting "same_kind" or "unsafe", found ${describe(casting)}`);
  }
  const { where } = options;
  if (where === undefined) return assignTo(expectNDArray(target), source, casting);
  const value = sourceFor(expectNDArray(target), source, casting);
  storeWhere(target, value, detangle(target, maskOf("copyto", where, target.shape)));
}
