import type { Storage } from "@nodemm/shelf";
import { type DataOf, type DType, dtypeInfo } from "./dtype.ts";

/**
 * A strided window on a typed array: what every algorithm of this package works on, and what an NDArray is. Strides and
 * offset count elements. Element `[i, j]` is `data[offset + i * stride[0] + j * stride[1]]`; of complex dtypes it is the
 * pair at twice that index.
 */
export interface View<D extends DType = DType> {
  readonly data: DataOf<D>;
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  /** The shelf's bytes that `data` lies in; undefined in DRAM. */
  readonly storage: Storage | undefined;
  /** Whether in-place operations skip the undo log, because the caller persists by hand. */
  readonly isNonatomic?: boolean | undefined;
}

/** What a view is besides its data and dtype. */
export interface Layout {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/** The same memory in another layout. Arrays keep `data` on their class, so that spreading one would lose it. */
export function withLayout<D extends DType>(view: View<D>, { shape, stride, offset }: Layout): View<D> {
  const { data, dtype, storage, isNonatomic } = view;
  return { data, dtype, shape, stride, offset, storage, isNonatomic };
}

/** The lowest and the highest index into `data` that a layout reaches; undefined for an empty one. */
export function reach(layout: Layout): { readonly lowest: number; readonly highest: number } | undefined {
  let lowest = layout.offset;
  let highest = layout.offset;
  for (let axis = 0; axis < layout.shape.length; axis++) {
    const length = layout.shape[axis];
    if (length === 0) return undefined;
    const span = (length - 1) * layout.stride[axis];
    if (span < 0) lowest += span;
    else highest += span;
  }
  return { lowest, highest };
}

/** Whether the elements lie one after another in C order (last axis fastest). Empty arrays do. */
export function isContiguousC(layout: Layout): boolean {
  let expected = 1;
  for (let axis = layout.shape.length - 1; axis >= 0; axis--) {
    const length = layout.shape[axis];
    if (length === 0) return true;
    if (length !== 1 && layout.stride[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** Whether the elements lie one after another in Fortran order (first axis fastest). Empty arrays do. */
export function isContiguousF(layout: Layout): boolean {
  let expected = 1;
  for (let axis = 0; axis < layout.shape.length; axis++) {
    const length = layout.shape[axis];
    if (length === 0) return true;
    if (length !== 1 && layout.stride[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

/**
 * Whether writing `target` element by element could change an element of `source` before it is read. True errs on the
 * safe side: interleaved views that share no element but whose ranges cross count as overlapping.
 */
export function mayOverlap(target: View, source: View): boolean {
  if (target.data.buffer !== source.data.buffer) return false;
  const a = byteReach(target);
  const b = byteReach(source);
  return a !== undefined && b !== undefined && a.begin < b.end && b.begin < a.end;
}

/** Whether two views of one shape show the same elements at the same indices, so that in-place work needs no copy. */
export function isSameWindow(a: View, b: View): boolean {
  return (
    a.dtype === b.dtype &&
    a.data.buffer === b.data.buffer &&
    a.data.byteOffset === b.data.byteOffset &&
    a.offset === b.offset &&
    a.shape.length === b.shape.length &&
    a.shape.every((length, axis) => length === b.shape[axis] && (length <= 1 || a.stride[axis] === b.stride[axis]))
  );
}

function byteReach(view: View): { readonly begin: number; readonly end: number } | undefined {
  const elements = reach(view);
  if (elements === undefined) return undefined;
  const { itemsize } = dtypeInfo(view.dtype);
  return {
    begin: view.data.byteOffset + elements.lowest * itemsize,
    end: view.data.byteOffset + (elements.highest + 1) * itemsize,
  };
}
