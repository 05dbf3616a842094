/** Means, variances and norms: what NumPy makes of sums. */
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { runFold } from "../native/kernels.ts";
import { putElement, scalarAt } from "../scalar.ts";
import { contiguousStride, sizeOf } from "../shape.ts";
import { isContiguousC, type View, withLayout } from "../view.ts";
import { applyBinary, applyUnary } from "./apply.ts";
import { partOf } from "./complex-parts.ts";
import { copyElements } from "./convert.ts";
import { foldEach, foldRow, forEachPlace, hasLongRows, part } from "./fold.ts";
import * as kernels from "./kernels-reduce.ts";
import { nearRow } from "./near.ts";
import { sum } from "./reduce.ts";
import { specialise } from "./specialise.ts";

/** The dtype of means: floating point and complex dtypes keep theirs, the rest become float64. */
function meanDType(dtype: DType): DType {
  const { kind } = dtypeInfo(dtype);
  return kind === "f" || kind === "c" ? dtype : "float64";
}

/** The arithmetic mean over axes, NaN where there is nothing. */
export function mean(source: View, axes: readonly number[], dtype: DType = meanDType(source.dtype)): View {
  const count = axes.reduce((product, axis) => product * source.shape[axis], 1);
  // Sums of float16 pass its range long before their mean does.
  const compute = isHalf(dtype) ? "float32" : dtype;
  const total = sum(source, axes, compute);
  const quotient = applyBinary("divide", total, count, { out: total });
  return dtype === compute ? quotient : converted(quotient, dtype);
}

function converted(view: View, dtype: DType): View {
  const copy = allocateView(view.shape, dtype);
  copyElements(copy, view);
  return copy;
}

/** The mean squared distance from the mean over axes; `ddof` is subtracted from the count that it is divided by. */
export function variance(source: View, axes: readonly number[], ddof: number): View {
  if (dtypeInfo(source.dtype).kind === "c") {
    const [re, im] = (["real", "imag"] as const).map((which) => variance(partOf(source, which), axes, ddof));
    return applyBinary("add", re, im);
  }
  const dtype = meanDType(source.dtype);
  const count = axes.reduce((product, axis) => product * source.shape[axis], 1);
  const parted = part(source, axes);
  const means = mean(source, axes, "float64");
  const total = allocateView(parted.kept.shape, "float64");
  if (hasLongRows(parted)) addSquares(source, parted, means, total);
  else {
    const compute = dtypeInfo(source.dtype).scalar === "bigint" || isHalf(source.dtype) ? "float64" : source.dtype;
    const from = compute === source.dtype ? source : converted(source, compute);
    const own = part(from, axes);
    const kernel = foldRow("sumSquares", kernels.sumSquares, compute) as unknown as typeof kernels.sumSquares;
    let at = 0;
    // The kernel's first argument is the mean, not what has been summed: rows are added here.
    const row = (sofar: number, data: View["data"], i: number, step: number, length: number): number =>
      sofar + kernel(means.data[at] as number, data as never, i, step, length);
    foldEach(from.data, own, 0, row, (place, value) => {
      total.data[place] = value;
      at = place + 1;
    });
  }
  const divisor = Math.max(0, count - ddof);
  for (let place = 0; place < total.data.length; place++) total.data[place] = total.data[place] / divisor;
  return dtype === "float64" ? total : converted(total, dtype);
}

/** Adds the squared distances slice by slice, where the rows of the result are the fast ones. */
function addSquares(source: View, { kept, folded }: ReturnType<typeof part>, means: View, total: View): void {
  const distance = allocateView(kept.shape, "float64");
  forEachPlace(folded, (at) => {
    const slice = withLayout(source, { ...kept, offset: kept.offset + at });
    applyBinary("subtract", slice, means, { out: distance });
    applyBinary("multiply", distance, distance, { out: distance });
    applyBinary("add", total, distance, { out: total });
  });
}

/** The square root of {@link variance}. */
export function deviation(source: View, axes: readonly number[], ddof: number): View {
  const squared = variance(source, axes, ddof);
  return applyUnary("sqrt", squared, { out: squared });
}

/** The orders of vector norms that need no decomposition. */
export type NormOrder = number;

/**
 * The vector norm over axes: `(sum |x|^order)^(1/order)`, the largest or smallest |x| for infinite orders, the count of
 * elements that are not 0 for order 0.
 */
export function norm(source: View, axes: readonly number[], order: NormOrder): View {
  const isComplex = dtypeInfo(source.dtype).kind === "c";
  const real = isComplex ? applyUnary("absolute", source) : source;
  const compute = meanDType(real.dtype);
  const exact = compute === real.dtype && !isHalf(compute) ? real : converted(real, "float64");
  const parted = part(exact, axes);
  const result = allocateView(parted.kept.shape, compute);
  const row = normRow(order, exact.dtype);
  foldEach(exact.data, parted, order === -Infinity ? Infinity : 0, row, (place, value) => {
    const root = order === 0 || !Number.isFinite(order) || order === 1 ? value : value ** (1 / order);
    putElement(result.data, compute, place, order === 2 ? Math.sqrt(value) : root);
  });
  return result;
}

function normRow(order: number, dtype: DType): ReturnType<typeof foldRow<number>> {
  if (order === 1) return foldRow("sumAbsolute", kernels.sumAbsolute, dtype);
  if (order === 2) {
    const squares = foldRow("sumSquares", kernels.sumSquares, dtype) as unknown as typeof kernels.sumSquares;
    return (sofar, data, i, step, count) => sofar + squares(0, data as never, i, step, count);
  }
  return (sofar, data, i, step, count) => {
    let value = sofar;
    for (let k = 0; k < count; k++) {
      const size = Math.abs(data[i + k * step] as number);
      if (order === Infinity) value = Math.max(value, size);
      else if (order === -Infinity) value = Math.min(value, size);
      else value += order === 0 ? Number(size !== 0) : size ** order;
    }
    return value;
  };
}

/** Where along an axis, or among all elements in C order, the first smallest or largest one is. */
export function argExtreme(which: "argmin" | "argmax", source: View, axis: number | undefined): View {
  const { kind, scalar } = dtypeInfo(source.dtype);
  if (kind === "c") throw new TypeError(`${which} is not defined for ${source.dtype}; take real or absolute values`);
  if (axis === undefined) {
    if (isContiguousC(source)) {
      return argExtreme(
        which,
        withLayout(source, { shape: [sizeOf(source.shape)], stride: [1], offset: source.offset }),
        0,
      );
    }
    const flat = allocateView([sizeOf(source.shape)], source.dtype);
    copyElements(
      withLayout(flat, { shape: source.shape, stride: contiguousStride(source.shape, "C"), offset: 0 }),
      source,
    );
    return argExtreme(which, flat, 0);
  }
  const from = isHalf(source.dtype) ? converted(source, "float32") : source;
  const parted = part(from, [axis]);
  const length = from.shape[axis];
  if (length === 0) {
    throw new RangeError(`${which} of no elements is not defined; expected an array with elements on that axis`);
  }
  const result = allocateView(parted.kept.shape, length < 2 ** 31 ? "int32" : "float64");
  const kernel = argKernel(which, scalar === "boolean" ? "uint8" : from.dtype);
  forEachPlace(parted.kept, (at, place) => {
    result.data[place] = inPieces(kernel, which, from.data, at, parted.folded.stride[0], length);
  });
  return result;
}

/** Elements looked through at a time. */
const pieceLength: number = 2 ** 26;

/** The best of the best of each piece, the first of equal ones; NaN beats all. */
function inPieces(
  kernel: typeof kernels.argmin,
  which: "argmin" | "argmax",
  data: View["data"],
  at: number,
  step: number,
  length: number,
): number {
  const native = step === 1 ? runFold(which, data, at, length) : undefined;
  if (native !== undefined) return Number(native);
  let best = 0;
  for (let done = 0; done < length; done += pieceLength) {
    const count = Math.min(pieceLength, length - done);
    const near = nearRow(data, at + done * step, step, count, 1);
    const place = done + kernel(near.data as never, near.at, step, count);
    const [value, champion] = [data[at + place * step], data[at + best * step]];
    if (champion !== champion) return best;
    if (value !== value || (which === "argmin" ? value < champion : value > champion)) best = place;
  }
  return best;
}

const argKernels = new Map<string, typeof kernels.argmin>();

function argKernel(which: "argmin" | "argmax", dtype: DType): typeof kernels.argmin {
  const key = `${which} ${dtype}`;
  let kernel = argKernels.get(key);
  if (kernel === undefined)
    argKernels.set(key, (kernel = specialise(which === "argmin" ? kernels.argmin : kernels.argmax)));
  return kernel;
}

/** The single element of a view without axes. */
export function single(view: View): ReturnType<typeof scalarAt> {
  return scalarAt(view.data, view.dtype, view.offset);
}
