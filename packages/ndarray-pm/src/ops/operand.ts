import { describe, type DType, dtypeInfo, dtypeOfTypedArray } from "../dtype.ts";
import { fromNested, type Nested } from "../nested.ts";
import { type Element, isScalar, putElement, type Scalar } from "../scalar.ts";
import { broadcastStride, contiguousStride, sizeOf } from "../shape.ts";
import { mayOverlap, isSameWindow, type View } from "../view.ts";
import { copyElements } from "./convert.ts";

/** What stands on the right of an elementwise operation: a scalar, or anything that broadcasts to the target. */
export type Operand = Scalar | View | Nested | NumericTypedArray;

/** The typed arrays that are taken as one-dimensional operands. */
export type NumericTypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** A typed array as a one-dimensional view of the same memory; undefined if `value` is none. */
export function viewOfTypedArray(value: unknown): View | undefined {
  const dtype = dtypeOfTypedArray(value);
  if (dtype === undefined) return undefined;
  const { buffer, byteOffset, length } = value as Uint8ClampedArray<ArrayBuffer>;
  // Integers wrap around here, also where they would not by themselves.
  const isClamped = value instanceof Uint8ClampedArray;
  const data = isClamped ? new Uint8Array(buffer, byteOffset, length) : (value as View["data"]);
  return { data, dtype, shape: [data.length], stride: [1], offset: 0, storage: undefined };
}

/** What a scalar becomes when it is stored in a dtype, or why not. */
export type ConvertScalar = (value: Scalar, dtype: DType) => Element;

/**
 * An operand as a view; no copy but for scalars and nested arrays. Those have no dtype of their own: their values become
 * `dtype`, in the way of `convert`.
 * @throws TypeError if `value` is no operand, and whatever `convert` throws
 */
export function viewOfOperand(value: Operand, dtype: DType, convert: ConvertScalar): View {
  if (isScalar(value)) return viewOfScalar(convert(value, dtype), dtype);
  if (Array.isArray(value)) return fromNested(value as Nested, dtype, convert);
  const typed = viewOfTypedArray(value);
  if (typed !== undefined) return typed;
  if (isView(value)) return value;
  throw new TypeError(
    `Expected a number, bigint, boolean, NDArray, typed array or nested arrays as operand, found ${describe(value)}`,
  );
}

function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null || !("data" in value) || !("stride" in value)) return false;
  const { data, dtype, shape } = value as View;
  return dtypeOfTypedArray(data) !== undefined && Array.isArray(shape) && dtypeInfo(dtype) !== undefined;
}

/** One element, shown at every index. */
export function viewOfScalar(element: Element, dtype: DType): View {
  const data = dtypeInfo(dtype).allocate(1);
  putElement(data, dtype, 0, element);
  return { data, dtype, shape: [], stride: [], offset: 0, storage: undefined };
}

/**
 * `source` shown under a larger shape, its elements repeated.
 * @throws RangeError if its shape does not broadcast
 */
export function broadcastTo(source: View, shape: readonly number[]): View {
  const { data, dtype, offset, storage } = source;
  return { data, dtype, shape, stride: broadcastStride(source.shape, source.stride, shape), offset, storage };
}

/** `source`, or a DRAM copy of it where writing `target` (of the same, broadcast shape) would change it on the way. */
export function detangle(target: View, source: View): View {
  return isSameWindow(target, source) ? source : apart(target, source);
}

/**
 * `source`, or a DRAM copy of it if it shares memory with `target`: also of the same window, for what does not read and write
 * each element at the same time.
 */
export function apart(target: View, source: View): View {
  if (!mayOverlap(target, source)) return source;
  const copy: View = {
    data: dtypeInfo(source.dtype).allocate(sizeOf(source.shape)),
    dtype: source.dtype,
    shape: source.shape,
    stride: contiguousStride(source.shape, "C"),
    offset: 0,
    storage: undefined,
  };
  copyElements(copy, source);
  return copy;
}
