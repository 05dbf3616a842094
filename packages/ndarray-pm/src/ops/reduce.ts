/** Reductions over axes, with NumPy's dtypes: integers sum to 64 bits, means are floating point, extremes keep theirs. */
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { type Element, putElement } from "../scalar.ts";
import { sizeOf } from "../shape.ts";
import type { View } from "../view.ts";
import { partOf } from "./complex-parts.ts";
import { copyElements } from "./convert.ts";
import { loopDType } from "./evaluate.ts";
import { foldEach, foldRow, foldSlices, hasLongRows, part, type Parted } from "./fold.ts";
import * as kernels from "./kernels-reduce.ts";

/** A folding of some axes; the result has the axes that are left. */
export type Reduction = (source: View, axes: readonly number[], dtype?: DType) => View;

/** The dtype that sums and products have: 64 bits for integers, whose sign they keep. */
export function totalDType(dtype: DType): DType {
  const { kind } = dtypeInfo(dtype);
  if (kind === "b" || kind === "i") return "int64";
  return kind === "u" ? "uint64" : dtype;
}

/** A new view for the axes that are left, with its elements stored one after another. */
function results(
  shape: readonly number[],
  dtype: DType,
): { view: View; put: (place: number, element: Element) => void } {
  const view = allocateView(shape, dtype);
  return { view, put: (place, element) => putElement(view.data, dtype, place, element) };
}

function converted(view: View, dtype: DType): View {
  if (view.dtype === dtype) return view;
  const copy = allocateView(view.shape, dtype);
  copyElements(copy, view);
  return copy;
}

/** Folds real and imaginary parts each by themselves. */
function byParts(source: View, dtype: DType, reduce: (part: View) => View): View {
  const [re, im] = (["real", "imag"] as const).map((which) => reduce(partOf(source, which)));
  const view = allocateView(re.shape, dtype);
  copyElements(partOf(view, "real"), re);
  copyElements(partOf(view, "imag"), im);
  return view;
}

export const sum: Reduction = (source, axes, dtype = totalDType(source.dtype)) => {
  const { kind, scalar } = dtypeInfo(dtype);
  const isPaired = dtypeInfo(source.dtype).kind === "c";
  if (kind === "c") {
    const own = dtype === "complex64" ? "float32" : "float64";
    if (!isPaired) return converted(sum(source, axes, own), dtype);
    return byParts(source, dtype, (real) => sum(real, axes, own));
  }
  if (kind === "b") return any(source, axes);
  if (isPaired) return sum(partOf(source, "real"), axes, dtype);
  const parted = part(source, axes);
  const from = source.dtype;
  if (kind !== "f" && scalar !== "bigint") return sumNarrow(source, parted, dtype);
  if (scalar === "bigint") {
    const count = sizeOf(parted.folded.shape);
    const exact = isSmallInteger(from) && count * magnitude(from) <= Number.MAX_SAFE_INTEGER;
    if (exact && hasLongRows(parted)) return converted(foldSlices("add", source, parted, "float64"), dtype);
    const { view, put } = results(parted.kept.shape, dtype);
    if (exact) {
      const row = foldRow<number>("sum", kernels.sum, from);
      foldEach(source.data, parted, 0, row, (place, total) => put(place, BigInt(total)));
      return view;
    }
    const row = isSmallInteger(from)
      ? foldRow<bigint>("sumMany", kernels.sumMany, from)
      : foldRow<bigint>("sumBigInts", kernels.sumBigInts, dtype, from);
    foldEach(source.data, parted, 0n, row, put);
    return view;
  }
  return sumFloats(source, axes, dtype);
};

/** Sums that wrap around in fewer than 64 bits: the last bits of a sum of 64. Fractions are cut off before. */
function sumNarrow(source: View, parted: Parted, dtype: DType): View {
  const { view, put } = results(parted.kept.shape, "int64");
  const row =
    dtypeInfo(source.dtype).scalar === "bigint"
      ? foldRow<bigint>("sumBigInts", kernels.sumBigInts, "int64", source.dtype)
      : foldRow<bigint>("sumMany", kernels.sumMany, dtype, source.dtype);
  foldEach(source.data, parted, 0n, row, put);
  return converted(view, dtype);
}

/** Sums as floating point; float32 and narrower add in float64 along rows, and in float32 across them, as NumPy. */
function sumFloats(source: View, axes: readonly number[], dtype: DType): View {
  const parted = part(source, axes);
  if (hasLongRows(parted)) return converted(foldSlices("add", source, parted, loopDType(dtype)), dtype);
  const { view, put } = results(parted.kept.shape, dtype);
  const direct = dtypeInfo(source.dtype).scalar !== "bigint" && !isHalf(source.dtype);
  const row = foldRow<number>("sum", kernels.sum, direct ? source.dtype : "float64", source.dtype);
  foldEach(source.data, parted, 0, row, put);
  return view;
}

function isSmallInteger(dtype: DType): boolean {
  const { kind, scalar } = dtypeInfo(dtype);
  return kind !== "f" && kind !== "c" && scalar !== "bigint";
}

function magnitude(dtype: DType): number {
  const { min, max } = dtypeInfo(dtype);
  return Math.max(-Number(min), Number(max));
}

export const prod: Reduction = (source, axes, dtype = totalDType(source.dtype)) => {
  const { scalar, kind } = dtypeInfo(dtype);
  const parted = part(source, axes);
  if (kind === "c" || (scalar !== "bigint" && kind !== "f") || hasLongRows(parted)) {
    if (parted.folded.shape.includes(0)) return filled(parted.kept.shape, dtype, 1);
    return converted(foldSlices("multiply", source, parted, loopDType(dtype)), dtype);
  }
  const { view, put } = results(parted.kept.shape, dtype);
  if (scalar === "bigint") {
    foldEach(source.data, parted, 1n, foldRow("productBigInts", kernels.productBigInts, dtype, source.dtype), put);
  } else {
    const compute = source.dtype === "float32" || source.dtype === "float64" ? source.dtype : "float64";
    foldEach(source.data, parted, 1, foldRow("product", kernels.product, compute, source.dtype), put);
  }
  return view;
};

function filled(shape: readonly number[], dtype: DType, value: number): View {
  const { view, put } = results(shape, dtype);
  const element = dtypeInfo(dtype).kind === "c" ? { re: value, im: 0 } : value;
  for (let place = 0; place < sizeOf(shape); place++) put(place, element);
  return view;
}

function extreme(which: "minimum" | "maximum"): Reduction {
  return (source, axes) => {
    const { dtype } = source;
    const { scalar, kind, min, max } = dtypeInfo(dtype);
    if (kind === "c")
      throw new TypeError(`${which} is not defined for ${dtype}; take the real part or absolute values`);
    const parted = part(source, axes);
    if (parted.folded.shape.includes(0)) {
      throw new RangeError(`The ${which} of no elements is not defined; expected an array with elements on those axes`);
    }
    if (hasLongRows(parted)) return foldSlices(which, source, parted, dtype);
    const { view, put } = results(parted.kept.shape, dtype);
    const start = which === "minimum" ? max : min;
    if (scalar === "bigint") {
      const kernel = which === "minimum" ? kernels.minimumBigInts : kernels.maximumBigInts;
      foldEach(source.data, parted, start as bigint, foldRow(`${which}BigInts`, kernel, dtype), put);
    } else {
      const row = foldRow<number>(
        which,
        which === "minimum" ? kernels.minimum : kernels.maximum,
        loopDType(dtype),
        dtype,
      );
      foldEach(source.data, parted, start as number, row, put);
    }
    return view;
  };
}

export const min: Reduction = extreme("minimum");
export const max: Reduction = extreme("maximum");

function truth(which: "any" | "all"): Reduction {
  return (source, axes) => {
    const parted = part(source, axes);
    const { view, put } = results(parted.kept.shape, "bool");
    const row = foldRow<number>(which, which === "any" ? kernels.any : kernels.all, "bool", source.dtype);
    foldEach(source.data, parted, which === "any" ? 0 : 1, row, put);
    return view;
  };
}

export const any: Reduction = truth("any");
export const all: Reduction = truth("all");
