/** Sorting along an axis: the engine's own sort, or by digits where rows are long; NaN comes last, as in NumPy. */
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { runSort } from "../native/kernels.ts";
import { atomically } from "../runs.ts";
import type { View } from "../view.ts";
import { convertKernel, isEncoded } from "./convert.ts";
import { forEachPlace, part } from "./fold.ts";
import {
  float64FromRecords,
  radixLengths,
  recordsOfFloat64,
  recordsOfIntegers,
  type Records,
  sortRecords,
} from "./radix-sort.ts";

/** Sorts in place along an axis; failure-atomic on a shelf. */
export function sortInPlace(view: View, axis: number): void {
  if (view.shape[axis] < 2) return;
  atomically(view, () => sortRows(view, axis));
}

function sortRows(view: View, axis: number): void {
  const { data, dtype } = view;
  const length = view.shape[axis];
  const step = view.stride[axis];
  const parted = part(view, [axis]);
  // Encoded floats are sorted as numbers; complex numbers by an order of places.
  const rowDType = isEncoded(dtype) ? "float32" : dtype;
  if (dtypeInfo(dtype).kind === "c") return sortComplex(view, parted.kept, step, length);
  const direct = step === 1 && rowDType === dtype;
  const row = direct ? undefined : dtypeInfo(rowDType).allocate(length);
  const load = convertKernel(rowDType, dtype);
  const store = convertKernel(dtype, rowDType);
  forEachPlace(parted.kept, (at) => {
    if (row === undefined) return sortOne(data.subarray(at, at + length), dtype);
    load(row, 0, 1, data, at, step, length);
    sortOne(row, rowDType);
    store(data, at, step, row, 0, 1, length);
  });
}

function sortOne(row: View["data"], dtype: DType): void {
  if (runSort(row, dtype)) return;
  if (dtype === "float64" && row.length >= radixLengths.min && row.length <= radixLengths.max) {
    float64FromRecords(sortRecords(recordsOfFloat64(row as Float64Array, false)), row as Float64Array);
  } else {
    (row as Float64Array).sort();
  }
}

function sortComplex(view: View, kept: Parameters<typeof forEachPlace>[0], step: number, length: number): void {
  const kernel = convertKernel(view.dtype, view.dtype);
  const row = dtypeInfo(view.dtype).allocate(length);
  forEachPlace(kept, (at) => {
    kernel(row, 0, 1, view.data, at, step, length);
    for (const [k, place] of complexOrder(row as Float64Array).entries()) {
      kernel(view.data, at + k * step, 1, row, place, 1, 1);
    }
  });
}

/** Complex numbers by their real part, then their imaginary part; behind them those with a NaN, as NumPy orders them. */
function complexOrder(row: Float64Array | Float32Array): Uint32Array {
  const places = Uint32Array.from({ length: row.length / 2 }, (_, place) => place);
  const group = (place: number): number =>
    2 * Number(Number.isNaN(row[2 * place])) + Number(Number.isNaN(row[2 * place + 1]));
  return places.sort(
    (a, b) =>
      group(a) - group(b) || compare(row[2 * a], row[2 * b]) || compare(row[2 * a + 1], row[2 * b + 1]) || a - b,
  );
}

/** The places of the elements in ascending order along an axis; equal ones in the order they have. */
export function argsort(view: View, axis: number): View {
  const length = view.shape[axis];
  const result = allocateView(view.shape, "int32");
  if (length >= 2 ** 31)
    throw new RangeError(`argsort: expected fewer than 2^31 elements along the axis, found ${length}`);
  const rowDType: DType = isHalf(view.dtype) || view.dtype === "float32" ? "float64" : view.dtype;
  const row = dtypeInfo(rowDType).allocate(length);
  const load = convertKernel(rowDType, view.dtype);
  const own = part(result, [axis]);
  const starts: number[] = [];
  forEachPlace(own.kept, (at) => starts.push(at));
  forEachPlace(part(view, [axis]).kept, (at, place) => {
    load(row, 0, 1, view.data, at, view.stride[axis], length);
    const order = orderOf(row, rowDType);
    let to = starts[place];
    for (let k = 0; k < length; k++, to += result.stride[axis]) result.data[to] = order[k];
  });
  return result;
}

function orderOf(row: View["data"], dtype: DType): Uint32Array {
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "c") return complexOrder(row as Float64Array);
  if (scalar === "bigint" || row.length < radixLengths.min) {
    const places = Uint32Array.from({ length: row.length }, (_, place) => place);
    return places.sort((a, b) => compare(row[a], row[b]) || a - b);
  }
  const records =
    dtype === "float64"
      ? recordsOfFloat64(row as Float64Array, true)
      : recordsOfIntegers(row as Int32Array, kind === "i");
  return placesOf(sortRecords(records));
}

function placesOf({ words, width }: Records): Uint32Array {
  const places = new Uint32Array(words.length / width);
  for (let k = 0; k < places.length; k++) places[k] = words[k * width + width - 1];
  return places;
}

/** NaN is larger than any number. */
function compare(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(a !== a) - Number(b !== b);
}
