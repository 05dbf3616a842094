/**
 * Runs inner loops over arrays: in long rows, with operands and results converted on the way where the loop is written
 * for another dtype, and stored only where a mask says so. Everything has been checked, and broadcast to one shape, before
 * it comes here.
 */
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { runBinary } from "../native/kernels.ts";
import type { View } from "../view.ts";
import { convertKernel } from "./convert.ts";
import type { BinaryLoop, UnaryLoop } from "./kernel.ts";
import { maskedStore } from "./masked.ts";
import { farIndex, nearRow } from "./near.ts";

/** Elements converted at a time (NumPy's buffer size is 8192). */
const chunkLength = 2048;

/** Rows of neighbours from this length on are worth a window of their own, for the loops over whole arrays. */
const denseLength = 256;

/** Half precision has no loops of its own: it is computed in float32, as in NumPy. */
export function loopDType(dtype: DType): DType {
  return isHalf(dtype) ? "float32" : dtype;
}

/** What a loop reads and writes. */
export interface LoopTypes {
  readonly inputs: readonly DType[];
  readonly output: DType;
}

/** `out = f(a)`, where `where` (bool, of the same shape) is true, or everywhere. */
export function evaluateUnary(loop: UnaryLoop, types: LoopTypes, out: View, a: View, where?: View): void {
  const { strided, dense } = loop;
  if (where !== undefined || out.dtype !== types.output || a.dtype !== types.inputs[0]) {
    return evaluateInChunks(types, out, [a], where, (to, from, at, step, count) =>
      strided(to, 0, 1, from[0], at[0], step[0], count),
    );
  }
  forEachRow(out.shape, [out.stride, a.stride], [out.offset, a.offset], (count, at, step) => {
    if (dense !== undefined && step[0] === 1 && step[1] === 1 && count >= denseLength) {
      dense(window(out.data, at[0], count), window(a.data, at[1], count));
    } else if (at[0] < farIndex && at[1] < farIndex) {
      strided(out.data, at[0], step[0], a.data, at[1], step[1], count);
    } else {
      const [to, from] = [out, a].map((view, k) => nearRow(view.data, at[k], step[k], count, wordsOf(view)));
      strided(to.data, to.at, step[0], from.data, from.at, step[1], count);
    }
  });
}

function wordsOf({ dtype }: View): number {
  return dtypeInfo(dtype).words;
}

/**
 * `out = f(a, b)`, where `where` (bool, of the same shape) is true, or everywhere.
 */
export function evaluateBinary(loop: BinaryLoop, types: LoopTypes, out: View, a: View, b: View, where?: View): void {
  const { strided, dense } = loop;
  if (where !== undefined || out.dtype !== types.output || a.dtype !== types.inputs[0] || b.dtype !== types.inputs[1]) {
    return evaluateInChunks(types, out, [a, b], where, (to, from, at, step, count) =>
      strided(to, 0, 1, from[0], at[0], step[0], from[1], at[1], step[1], count),
    );
  }
  if (loop.native !== undefined && runBinary(loop.native, out, a, b)) return;
  const strides = [out.stride, a.stride, b.stride];
  forEachRow(out.shape, strides, [out.offset, a.offset, b.offset], (count, at, step) => {
    const [o, i, j] = at;
    const [oStep, iStep, jStep] = step;
    if (o >= farIndex || i >= farIndex || j >= farIndex) {
      const [to, x, y] = [out, a, b].map((view, k) => nearRow(view.data, at[k], step[k], count, wordsOf(view)));
      return strided(to.data, to.at, oStep, x.data, x.at, iStep, y.data, y.at, jStep, count);
    }
    if (dense === undefined || oStep !== 1 || count < denseLength || iStep + jStep === 0 || iStep > 1 || jStep > 1) {
      return strided(out.data, o, oStep, a.data, i, iStep, b.data, j, jStep, count);
    }
    const to = window(out.data, o, count);
    if (iStep === 1 && jStep === 1) dense.arrays(to, window(a.data, i, count), window(b.data, j, count));
    else if (iStep === 1 && jStep === 0) dense.scalarRight(to, window(a.data, i, count), b.data[j] as number);
    else if (iStep === 0 && jStep === 1) dense.scalarLeft(to, a.data[i] as number, window(b.data, j, count));
    else strided(out.data, o, oStep, a.data, i, iStep, b.data, j, jStep, count);
  });
}

function window(data: View["data"], at: number, count: number): View["data"] {
  return at === 0 && count === data.length ? data : data.subarray(at, at + count);
}

type ChunkVisitor = (
  out: View["data"],
  inputs: readonly View["data"][],
  at: readonly number[],
  step: readonly number[],
  count: number,
) => void;

/** Computes into a buffer of the loop's dtype, chunk by chunk, and stores it converted. */
function evaluateInChunks(
  types: LoopTypes,
  out: View,
  inputs: readonly View[],
  where: View | undefined,
  compute: ChunkVisitor,
): void {
  const length = Math.min(chunkLength, sizeHint(out));
  const result = dtypeInfo(types.output).allocate(length);
  const store = convertKernel(out.dtype, types.output);
  const converted = out.dtype === types.output ? result : dtypeInfo(out.dtype).allocate(length);
  const mask = where === undefined ? undefined : maskedStore(out.dtype);
  const loads = inputs.map((input, k) => {
    if (input.dtype === types.inputs[k]) return undefined;
    return { chunk: dtypeInfo(types.inputs[k]).allocate(length), load: convertKernel(types.inputs[k], input.dtype) };
  });
  const data = inputs.map((input, k) => loads[k]?.chunk ?? input.data);
  const operands = where === undefined ? [out, ...inputs] : [out, ...inputs, where];
  const starts = inputs.map(() => 0);
  const steps = inputs.map(() => 1);
  const strides = operands.map(({ stride }) => stride);
  const offsets = operands.map(({ offset }) => offset);
  forEachRow(out.shape, strides, offsets, (total, at, step) => {
    for (let done = 0; done < total; done += length) {
      const count = Math.min(length, total - done);
      for (const [k, input] of inputs.entries()) {
        const from = at[k + 1] + done * step[k + 1];
        const conversion = loads[k];
        conversion?.load(conversion.chunk, 0, 1, input.data, from, step[k + 1], count);
        starts[k] = conversion === undefined ? from : 0;
        steps[k] = conversion === undefined ? step[k + 1] : 1;
      }
      compute(result, data, starts, steps, count);
      const to = at[0] + done * step[0];
      if (mask === undefined) {
        store(out.data, to, step[0], result, 0, 1, count);
        continue;
      }
      if (converted !== result) store(converted, 0, 1, result, 0, 1, count);
      const m = operands.length - 1;
      mask(out.data, to, step[0], converted, 0, 1, where!.data, at[m] + done * step[m], step[m], count);
    }
  });
}

function sizeHint(view: View): number {
  return Math.max(
    1,
    view.shape.reduce((product, length) => product * length, 1),
  );
}
