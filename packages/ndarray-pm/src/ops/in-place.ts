import { type DType, dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { canCastSameKind, resultType } from "../promotion.ts";
import { atomically } from "../runs.ts";
import { operandOf } from "../scalar.ts";
import type { View } from "../view.ts";
import { type AnyBinary, type AnyDense, binaryKernel, denseKernels } from "./binary.ts";
import { convertKernel } from "./convert.ts";
import type { BinaryOperation } from "./kernel.ts";
import { broadcastTo, detangle, type Operand, viewOfOperand } from "./operand.ts";

/** Elements converted at a time where the operands' dtypes differ (NumPy's buffer size is 8192). */
const chunkLength = 2048;

/** Rows of neighbours from this length on are worth a window of their own, for the loops over whole arrays. */
const denseLength = 256;

/**
 * `target = target op operand`, elementwise, with NumPy's casting, broadcasting, wrap-around and sign rules;
 * failure-atomic on a shelf. Everything that can be refused is refused before the first byte changes.
 */
export function applyInPlace(operation: BinaryOperation, target: View, operand: Operand): void {
  const source = viewOfOperand(operand, target.dtype, operandOf);
  const dtype = computeType(operation, target.dtype, source.dtype);
  const kernel = binaryKernel(operation, dtype);
  if (kernel === undefined) throw noLoop(operation, dtype);
  if (operation === "power") refuseNegativePowers(source, dtype);
  const aligned = detangle(target, broadcastTo(source, target.shape));
  const row =
    target.dtype === dtype && source.dtype === dtype
      ? directRow(kernel, denseKernels(operation, dtype), target, aligned)
      : convertedRow(kernel, dtype, target, aligned);
  atomically(target, () => {
    forEachRow(target.shape, [target.stride, aligned.stride], [target.offset, aligned.offset], row);
  });
}

/** The dtype the operation is computed in, by NumPy's promotion, if its result may be stored in the target. */
function computeType(operation: BinaryOperation, target: DType, source: DType): DType {
  const promoted = resultType(target, source);
  const integer = dtypeInfo(promoted).kind !== "f";
  // True division of integers gives float64, which no integer array can hold.
  const dtype = operation === "divide" && integer ? "float64" : promoted;
  if (!canCastSameKind(dtype, target)) {
    const advice = operation === "divide" && integer ? "use ifloordiv, or astype first" : "convert with astype first";
    throw new TypeError(
      `Cannot ${operation} ${source} in place into ${target}: the result is ${dtype}, which ${target} cannot hold; ${advice}`,
    );
  }
  return dtype;
}

function noLoop(operation: BinaryOperation, dtype: DType): TypeError {
  const advice = dtype === "bool" ? "convert with astype first, or use iand, ior, ixor" : "expected an integer dtype";
  return new TypeError(`${operation} is not defined for ${dtype}; ${advice}`);
}

function refuseNegativePowers(exponents: View, dtype: DType): void {
  if (dtypeInfo(dtype).kind !== "i") return;
  forEachRow(exponents.shape, [exponents.stride], [exponents.offset], (count, at, step) => {
    for (let k = 0, i = at[0]; k < count; k++, i += step[0]) {
      if (exponents.data[i] < 0) {
        throw new RangeError(`Integers cannot be raised to the negative power ${exponents.data[i]}; use a float dtype`);
      }
    }
  });
}

type Row = (count: number, at: readonly number[], step: readonly number[]) => void;

function directRow(kernel: AnyBinary, dense: AnyDense | undefined, target: View, source: View): Row {
  const out = target.data;
  const b = source.data;
  return (count, at, step) => {
    const loops = step[0] === 1 && count >= denseLength ? dense : undefined;
    if (loops !== undefined && step[1] === 1) loops.withArray(window(out, at[0], count), window(b, at[1], count));
    else if (loops !== undefined && step[1] === 0) loops.withScalar(window(out, at[0], count), b[at[1]] as number);
    else kernel(out, at[0], step[0], out, at[0], step[0], b, at[1], step[1], count);
  };
}

function window(data: View["data"], at: number, count: number): View["data"] {
  return at === 0 && count === data.length ? data : data.subarray(at, at + count);
}

/** Converts both operands chunk by chunk into the dtype of the computation, and its result back. */
function convertedRow(kernel: AnyBinary, dtype: DType, target: View, source: View): Row {
  const load = convertKernel(dtype, target.dtype);
  const loadSource = convertKernel(dtype, source.dtype);
  const store = convertKernel(target.dtype, dtype);
  const a = dtypeInfo(dtype).allocate(chunkLength);
  const b = dtypeInfo(dtype).allocate(chunkLength);
  return (count, at, step) => {
    for (let done = 0; done < count; done += chunkLength) {
      const length = Math.min(chunkLength, count - done);
      const to = at[0] + done * step[0];
      load(a, 0, 1, target.data, to, step[0], length);
      loadSource(b, 0, 1, source.data, at[1] + done * step[1], step[1], length);
      kernel(a, 0, 1, a, 0, 1, b, 0, 1, length);
      store(target.data, to, step[0], a, 0, 1, length);
    }
  };
}
