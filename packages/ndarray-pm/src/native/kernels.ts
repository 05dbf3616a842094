/**
 * Work handed to the addon, where there is one and there is enough of it. Whoever calls does it in JavaScript where the
 * answer is no; both give the same results to the last bit.
 */
import type { DType } from "../dtype.ts";
import { rowAxes } from "../iterate.ts";
import type { Matrix } from "../matrix.ts";
import { sizeOf } from "../shape.ts";
import type { View } from "../view.ts";
import { type BinaryCodeName, binaryCodes, type FoldCodeName, foldCodes, isPlain, statuses } from "./codes.ts";
import { nativeKernels } from "./load.ts";

/** Fewer elements, or products in a matmul, cost more to hand over than they take in JavaScript. */
export const nativeSizes: { binary: number; fold: number; matmul: number; sort: number } = {
  binary: 1024,
  fold: 512,
  matmul: 4096,
  sort: 256,
};

/** What the addon takes; arrays of more axes that cannot be walked as fewer are rare. */
const mostAxes = 16;

/** `out = a op b`, all of the dtypes that the operation computes in. False if nothing was done. */
export function runBinary(name: BinaryCodeName, out: View, a: View, b: View): boolean {
  if (sizeOf(out.shape) < nativeSizes.binary) return false;
  const binding = nativeKernels();
  if (binding === undefined) return false;
  const axes = rowAxes(out.shape, [out.stride, a.stride, b.stride]);
  if (axes.length > mostAxes) return false;
  const { frame } = binding;
  frame[0] = axes.length;
  let at = 1;
  for (const { length } of axes) frame[at++] = length;
  const windows = [out, a, b];
  for (let index = 0; index < windows.length; index++) {
    frame[at++] = windows[index].offset;
    for (const { step } of axes) frame[at++] = step[index];
  }
  const status = binding.binary(binaryCodes.indexOf(name), out.data, a.data, b.data);
  return status === undefined || refused(status);
}

/** `count` neighbours folded; undefined if nothing was done. Sums of integers are bigints. */
export function runFold(
  name: FoldCodeName,
  data: View["data"],
  offset: number,
  count: number,
): number | bigint | undefined {
  if (count < nativeSizes.fold) return undefined;
  const binding = nativeKernels();
  if (binding === undefined) return undefined;
  const value = binding.fold(foldCodes.indexOf(name), data, offset, count);
  if (value === undefined) refused(binding.frame[0]);
  return value;
}

/** The sum of products of two rows of neighbours of one float dtype; undefined if nothing was done. */
export function runDot(
  a: View["data"],
  aOffset: number,
  b: View["data"],
  bOffset: number,
  count: number,
): number | undefined {
  if (count < nativeSizes.fold) return undefined;
  const binding = nativeKernels();
  if (binding === undefined) return undefined;
  const value = binding.dot(a, aOffset, b, bOffset, count);
  if (value === undefined) refused(binding.frame[0]);
  return value;
}

/** `out += a x b`, floats. False if nothing was done. */
export function runMatmul(out: Matrix, a: Matrix, b: Matrix): boolean {
  if (out.rows * out.columns * a.columns < nativeSizes.matmul) return false;
  const binding = nativeKernels();
  if (binding === undefined) return false;
  const { frame } = binding;
  frame[0] = out.rows;
  frame[1] = out.columns;
  frame[2] = a.columns;
  let at = 3;
  for (const { offset, down, right } of [out, a, b]) {
    frame[at++] = offset;
    frame[at++] = down;
    frame[at++] = right;
  }
  const status = binding.matmul(out.data, a.data, b.data);
  return status === undefined || refused(status);
}

/** Sorts a row in ascending order, NaN last and -0 before 0. False if nothing was done. */
export function runSort(row: View["data"], dtype: DType): boolean {
  if (row.length < nativeSizes.sort || !isPlain(dtype)) return false;
  const binding = nativeKernels();
  if (binding === undefined) return false;
  const status = binding.sort(row, 0, row.length);
  return status === undefined || refused(status);
}

/**
 * What the addon declines JavaScript does.
 * @throws RangeError if the elements are not where a view says
 */
function refused(status: number): false {
  if (statuses[status] !== "outOfRange") return false;
  throw new RangeError(
    "The elements of an operand lie outside its data; expected shape, stride and offset to fit the data's length",
  );
}

/** The addon's name of a binary operation on elements of a dtype; undefined where it has none. */
export function nativeBinaryOf(name: string, dtype: DType): BinaryCodeName | undefined {
  if (!isPlain(dtype)) return undefined;
  const own = dtype === "bool" ? (ofBools[name] ?? name) : name;
  return binaryCodes.find((code) => code === own);
}

/** Bools are 0 and 1: their sum is "or", their product "and". */
const ofBools: Readonly<Record<string, BinaryCodeName>> = {
  add: "bitwiseOr",
  multiply: "bitwiseAnd",
  logicalAnd: "bitwiseAnd",
  logicalOr: "bitwiseOr",
  logicalXor: "bitwiseXor",
};
