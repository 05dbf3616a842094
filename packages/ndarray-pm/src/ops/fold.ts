/**
 * Folds axes of an array: for each element of the result, the elements of a small view of the source, row by row; or,
 * where the axes that stay are the fast ones, whole rows of the result at a time.
 */
import { type DType, dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { allocateView } from "../make-array.ts";
import { reshapeStride, sizeOf } from "../shape.ts";
import { type Layout, type View, withLayout } from "../view.ts";
import { type BinaryName, planBinary } from "./binary.ts";
import { convertKernel, copyElements } from "./convert.ts";
import { evaluateBinary } from "./evaluate.ts";
import type { FoldKernel } from "./kernels-reduce.ts";
import { nativeRow } from "./native-row.ts";
import { farIndex, nearRow } from "./near.ts";
import { specialise } from "./specialise.ts";

/** A kernel of any element type. */
export type Row<Value> = FoldKernel<Value, View["data"]>;

/** Elements converted at a time. */
const chunkLength = 4096;

/** Elements folded at a time where there are very many; a power of two keeps pairwise sums what they are. */
const pieceLength: number = 2 ** 26;

/** A result's rows from this length on are worth folding as rows. */
const longRow = 32;

const specialised = new Map<string, unknown>();

/** A fold kernel specialised to a dtype; elements of another dtype are converted to it on the way. */
export function foldRow<Value>(name: string, kernel: unknown, dtype: DType, from: DType = dtype): Row<Value> {
  const row = ownRow<Value>(name, kernel, dtype, from);
  // The addon folds elements as they are, and would add the fractions that are cut off here.
  const cutsOff = "iu".includes(dtypeInfo(dtype).kind) && "fc".includes(dtypeInfo(from).kind);
  return cutsOff ? row : nativeRow(name, from, row);
}

function ownRow<Value>(name: string, kernel: unknown, dtype: DType, from: DType): Row<Value> {
  const key = `${name} ${dtype}`;
  let own = specialised.get(key) as Row<Value> | undefined;
  if (own === undefined) {
    own = specialise(kernel as Row<Value>);
    specialised.set(key, own);
  }
  return from === dtype ? inPieces(own) : converting(own, dtype, from);
}

/** Long rows, and those far into the data, as pieces that start at their own beginning. */
function inPieces<Value>(row: Row<Value>): Row<Value> {
  return (accumulator, data, i, step, count) => {
    if (i < farIndex && count * Math.abs(step) < farIndex) return row(accumulator, data, i, step, count);
    let value = accumulator;
    for (let done = 0; done < count; done += pieceLength) {
      const length = Math.min(pieceLength, count - done);
      const near = nearRow(data, i + done * step, step, length, 1);
      value = row(value, near.data, near.at, step, length);
    }
    return value;
  };
}

function converting<Value>(row: Row<Value>, to: DType, from: DType): Row<Value> {
  const load = convertKernel(to, from);
  const chunk = dtypeInfo(to).allocate(chunkLength);
  return (accumulator, data, i, step, count) => {
    let value = accumulator;
    for (let done = 0; done < count; done += chunkLength) {
      const length = Math.min(chunkLength, count - done);
      load(chunk, 0, 1, data, i + done * step, step, length);
      value = row(value, chunk, 0, 1, length);
    }
    return value;
  };
}

/** The axes of a layout that stay and those that go. */
export interface Parted {
  readonly kept: Layout;
  readonly folded: Layout;
}

/** A layout parted at the axes that are to be folded. */
export function part(layout: Layout, axes: readonly number[]): Parted {
  const pick = (places: readonly number[], offset: number): Layout => ({
    shape: places.map((axis) => layout.shape[axis]),
    stride: places.map((axis) => layout.stride[axis]),
    offset,
  });
  const kept = [...layout.shape.keys()].filter((axis) => !axes.includes(axis));
  return { kept: pick(kept, layout.offset), folded: pick(axes, 0) };
}

/** Calls `visit` with the offset of each element of a layout, in C order. */
export function forEachPlace({ shape, stride, offset }: Layout, visit: (at: number, place: number) => void): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let place = 0; place < size; place++) {
    visit(at, place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += stride[axis];
      if (++index[axis] < shape[axis]) break;
      at -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/** Folds the elements of `parted.folded` for each place of `parted.kept`, and hands over the results in C order. */
export function foldEach<Value>(
  data: View["data"],
  parted: Parted,
  start: Value,
  row: Row<Value>,
  put: (place: number, value: Value) => void,
): void {
  const { shape, stride } = parted.folded;
  const size = sizeOf(shape);
  const step = singleStep(parted.folded, size);
  forEachPlace(parted.kept, (at, place) => {
    if (size === 0) return put(place, start);
    if (step !== undefined) return put(place, row(start, data, at, step, size));
    let value = start;
    forEachRow(shape, [stride], [at], (count, [from], [rowStep]) => {
      value = row(value, data, from, rowStep, count);
    });
    put(place, value);
  });
}

/** The distance between neighbours if all axes together are one; the order of the elements does not matter. */
function singleStep({ shape, stride }: Layout, size: number): number | undefined {
  const axes = [...shape.keys()].sort((a, b) => Math.abs(stride[b]) - Math.abs(stride[a]));
  const sorted = reshapeStride(
    axes.map((axis) => shape[axis]),
    axes.map((axis) => stride[axis]),
    [size],
  );
  return sorted?.[0];
}

/** Whether the result's rows lie beside each other in the source, and are long: then whole rows are folded. */
export function hasLongRows({ kept, folded }: Parted): boolean {
  const last = kept.shape.length - 1;
  if (last < 0 || kept.shape[last] < longRow || folded.shape.includes(0)) return false;
  const own = Math.abs(kept.stride[last]);
  return folded.stride.every((step, axis) => folded.shape[axis] <= 1 || Math.abs(step) > own);
}

/** Folds whole rows with a binary operation, in `dtype`: the first slice is the start. */
export function foldSlices(name: BinaryName, source: View, parted: Parted, dtype: DType): View {
  const result = allocateView(parted.kept.shape, dtype);
  const { loop, types } = planBinary(name, dtype, dtype);
  forEachPlace(parted.folded, (at, place) => {
    const slice = withLayout(source, { ...parted.kept, offset: parted.kept.offset + at });
    if (place === 0) copyElements(result, slice);
    else evaluateBinary(loop, types, result, result, slice);
  });
  return result;
}
