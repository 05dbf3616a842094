/** NumPy's functions that put arrays together, choose from them and order them. Results are new, in DRAM, or `out`. */
import type { DType } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { takeAlongAxis as along, take as taken } from "../ops/along.ts";
import { clip as clipped, concatenate as joined, stack as stacked, where as chosen } from "../ops/choose.ts";
import { accumulate } from "../ops/cumulative.ts";
import { matmul as product } from "../ops/matmul.ts";
import { checkOptions } from "../options.ts";
import type { Operand } from "../ops/operand.ts";
import { argsort as order } from "../ops/sort.ts";
import type { Selector } from "../select.ts";
import { checkAxis, sizeOf } from "../shape.ts";
import { checkElementwise, type ElementwiseOptions, resultOf } from "./options.ts";

/** `x` where the condition is true, else `y`; all broadcast. */
export function where(condition: Operand, x: Operand, y: Operand): NDArray {
  return makeArray(chosen(condition, x, y));
}

/**
 * Elements below `low` become it and those above `high` become it; null for no bound. In place with `{ out: x }`.
 * @throws TypeError if there is no bound, or `out` cannot hold the result
 */
export function clip(
  x: Operand,
  low: Operand | null | undefined,
  high?: Operand | null,
  options: ElementwiseOptions = {},
): NDArray {
  checkElementwise("clip", options);
  return resultOf(clipped(x, low, high, options), options);
}

/**
 * Arrays one behind another along an axis that they have; the first by default.
 * @throws RangeError if their other lengths differ
 */
export function concatenate(arrays: readonly Operand[], axis = 0): NDArray {
  return makeArray(joined(arrays, axis));
}

/** Arrays of one shape side by side on a new axis; the first by default. */
export function stack(arrays: readonly Operand[], axis = 0): NDArray {
  return makeArray(stacked(arrays, axis));
}

/**
 * Elements at indices along an axis; without one, counted in C order over all elements.
 * @throws RangeError if an index is out of range
 */
export function take<D extends DType>(x: NDArray<D>, indices: Selector, axis?: number): NDArray<D> {
  return makeArray(taken(expectNDArray(x), indices, axis)) as NDArray<D>;
}

/**
 * For each place the element at its own index along an axis: `takeAlongAxis(x, argsort(x, 0), 0)` is `x` sorted. With
 * `{ out: x }` in place, failure-atomic on a shelf.
 */
export function takeAlongAxis<D extends DType>(
  x: NDArray<D>,
  indices: Operand,
  axis: number,
  options: { readonly out?: NDArray } = {},
): NDArray<D> {
  checkOptions("takeAlongAxis", options, ["out"]);
  return resultOf(along(expectNDArray(x), indices, axis, options.out), options) as NDArray<D>;
}

/** A sorted copy, along the last axis by default; NaN comes last. In place, see {@link NDArray.sort}. */
export function sort<D extends DType>(x: NDArray<D>, axis = -1): NDArray<D> {
  return (expectNDArray(x).copy() as NDArray<D>).sort(axis);
}

/** The places that the sorted elements have along an axis, as int32; equal elements keep their order. */
export function argsort(x: NDArray, axis = -1): NDArray<"int32"> {
  const array = expectNDArray(x);
  return makeArray(order(array, checkAxis(axis, array.ndim))) as NDArray<"int32">;
}

export interface CumulativeOptions {
  /** Where the totals go: the array itself, perhaps. Failure-atomic on a shelf. */
  readonly out?: NDArray | undefined;
  /** The dtype that is added in; for integers int64 or uint64 by default. */
  readonly dtype?: DType | undefined;
}

/** Running sums along an axis; null for all elements in C order. */
export function cumsum(x: NDArray, axis: number | null = null, options: CumulativeOptions = {}): NDArray {
  checkOptions("cumsum", options, ["out", "dtype"]);
  return cumulative("add", x, axis, options);
}

/** Running products along an axis; null for all elements in C order. */
export function cumprod(x: NDArray, axis: number | null = null, options: CumulativeOptions = {}): NDArray {
  checkOptions("cumprod", options, ["out", "dtype"]);
  return cumulative("multiply", x, axis, options);
}

function cumulative(name: "add" | "multiply", x: NDArray, axis: number | null, options: CumulativeOptions): NDArray {
  const array = axis === null ? expectNDArray(x).ravel() : expectNDArray(x);
  return resultOf(accumulate(name, array, checkAxis(axis ?? 0, array.ndim), options), options);
}

/** NumPy's `a @ b`: see {@link NDArray.matmul}. */
export function matmul(a: Operand, b: Operand): NDArray {
  return makeArray(product(a, b));
}

/**
 * NumPy's `dot`: the inner product of vectors, the product of matrices; of more axes, sums over the last of `a` and the
 * last but one of `b`. A scalar multiplies.
 * @throws RangeError if those lengths differ
 */
export function dot(a: NDArray, b: NDArray): NDArray {
  const [x, y] = [expectNDArray(a), expectNDArray(b)];
  if (x.ndim === 0 || y.ndim === 0) return x.multiply(y);
  if (y.ndim <= 2 || x.ndim === 0) {
    if (x.ndim <= 2) return x.matmul(y);
    return x
      .reshape(sizeOf(x.shape.slice(0, -1)), x.shape[x.ndim - 1])
      .matmul(y)
      .reshape(...x.shape.slice(0, -1), ...y.shape.slice(1));
  }
  const inner = y.shape[y.ndim - 2];
  const outer = [...y.shape.slice(0, -2), y.shape[y.ndim - 1]];
  const flat = y.moveaxis(-2, 0).reshape(inner, sizeOf(outer));
  const left = x.ndim === 1 ? x : x.reshape(sizeOf(x.shape.slice(0, -1)), x.shape[x.ndim - 1]);
  return left.matmul(flat).reshape(...x.shape.slice(0, -1), ...outer);
}

/** The indices of the elements that are not 0, an array for each axis. */
export function nonzero(x: NDArray): NDArray<"int32">[] {
  const array = expectNDArray(x);
  const mask = array.dtype === "bool" ? array : array.notEqual(0);
  return array.shape.map((length, axis) => {
    const shape = array.shape.map((_, at) => (at === axis ? length : 1));
    const places = makeArray({
      data: Int32Array.from({ length }, (_, place) => place),
      dtype: "int32",
      shape,
      stride: shape.map((_, at) => (at === axis ? 1 : 0)),
      offset: 0,
    });
    return places.broadcastTo(array.shape).select(mask);
  });
}
