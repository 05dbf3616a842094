import { dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { canCastSameKind } from "../promotion.ts";
import { atomically } from "../runs.ts";
import { type Element, elementOf, isScalar, operandOf } from "../scalar.ts";
import type { View } from "../view.ts";
import { convertKernel, copyElements } from "./convert.ts";
import { broadcastTo, detangle, type Operand, viewOfOperand, viewOfScalar } from "./operand.ts";

/** Which conversions {@link assignTo} makes: any, or those that keep the kind (no fraction to integer). */
export type Casting = "unsafe" | "same_kind";

/** Stores a scalar or a broadcast array in every element; failure-atomic on a shelf. */
export function assignTo(target: View, value: Operand, casting: Casting): void {
  const convert = casting === "unsafe" ? elementOf : operandOf;
  if (isScalar(value)) return fillElements(target, convert(value, target.dtype));
  const aligned = sourceFor(target, value, casting);
  atomically(target, () => copyElements(target, aligned));
}

/** What is to be stored in a target, shown under its shape and apart from it. */
export function sourceFor(target: View, value: Operand, casting: Casting): View {
  const source = viewOfOperand(value, target.dtype, casting === "unsafe" ? elementOf : operandOf);
  if (casting === "same_kind" && !canCastSameKind(source.dtype, target.dtype)) {
    throw new TypeError(
      `Cannot copy ${source.dtype} into ${target.dtype} with same_kind casting; pass { casting: "unsafe" } to cut values off`,
    );
  }
  return detangle(target, broadcastTo(source, target.shape));
}

/** Stores one scalar in every element; failure-atomic on a shelf. */
export function fillWith(target: View, value: unknown): void {
  fillElements(target, elementOf(value, target.dtype));
}

/** Rows of as many bytes are stored past the caches, which could not keep them. */
const streamBytesMin: number = 4 * 2 ** 20;
const blockBytes: number = 128 * 1024;
/** Longer blocks are copied by several threads: worth it where the row is much longer than its block, which is made first. */
const sharedBlockBytes: number = 16 * 2 ** 20;
const sharedRowBytesMin: number = 16 * sharedBlockBytes;

/**
 * Stores one element over and over in a long row on a shelf with non-temporal stores, which need not read the lines that
 * they overwrite. False if the row is short, or in DRAM.
 */
function streamFill({ storage, data, dtype }: View, element: View["data"], at: number, count: number): boolean {
  const { itemsize, allocate } = dtypeInfo(dtype);
  if (storage === undefined || count * itemsize < streamBytesMin) return false;
  const block = allocate((count * itemsize < sharedRowBytesMin ? blockBytes : sharedBlockBytes) / itemsize);
  block.fill(element[0] as never);
  for (let done = 0; done < count; done += block.length) {
    const length = Math.min(block.length, count - done);
    storage.copy(data.byteOffset + (at + done) * itemsize, block.subarray(0, length));
  }
  return true;
}

function fillElements(target: View, element: Element): void {
  const { data } = target;
  const { words } = dtypeInfo(target.dtype);
  const kernel = convertKernel(target.dtype, target.dtype);
  const source = viewOfScalar(element, target.dtype);
  atomically(target, () => {
    forEachRow(target.shape, [target.stride], [target.offset], (count, at, step) => {
      if (step[0] === 1 && words === 1 && streamFill(target, source.data, at[0], count)) return;
      if (step[0] === 1 && words === 1) data.fill(source.data[0] as never, at[0], at[0] + count);
      else kernel(data, at[0], step[0], source.data, 0, 0, count);
    });
  });
}
