import { type DType, dtypeInfo } from "../dtype.ts";
import { forEachRow } from "../iterate.ts";
import { canCastSameKind } from "../promotion.ts";
import { atomically } from "../runs.ts";
import { operandOf } from "../scalar.ts";
import type { View } from "../view.ts";
import { type BinaryName, planBinary } from "./binary.ts";
import { evaluateBinary } from "./evaluate.ts";
import { broadcastTo, detangle, type Operand, viewOfOperand } from "./operand.ts";

/**
 * `target = target op operand`, elementwise, with NumPy's casting, broadcasting, wrap-around and sign rules;
 * failure-atomic on a shelf. Everything that can be refused is refused before the first byte changes.
 */
export function applyInPlace(operation: BinaryName, target: View, operand: Operand): void {
  const source = viewOfOperand(operand, target.dtype, operandOf);
  const { loop, types, result } = planBinary(operation, target.dtype, source.dtype);
  refuseResult(operation, result, target.dtype, source.dtype);
  if (operation === "power") refuseNegativePowers(source, result);
  const aligned = detangle(target, broadcastTo(source, target.shape));
  atomically(target, () => evaluateBinary(loop, types, target, target, aligned));
}

/** Refuses results of a wider kind than the target's. */
function refuseResult(operation: BinaryName, result: DType, target: DType, source: DType): void {
  if (canCastSameKind(result, target)) return;
  const fraction = operation === "divide" && "iub".includes(dtypeInfo(target).kind);
  const advice = fraction ? "use ifloordiv, or astype first" : "convert with astype first";
  throw new TypeError(
    `Cannot ${operation} ${source} in place into ${target}: the result is ${result}, which ${target} cannot hold; ${advice}`,
  );
}

/**
 * Refuses integers to negative powers, which are fractions.
 * @throws RangeError if the result would be an integer and an exponent is negative
 */
export function refuseNegativePowers(exponents: View, result: DType): void {
  if (dtypeInfo(result).kind !== "i" || dtypeInfo(exponents.dtype).kind !== "i") return;
  forEachRow(exponents.shape, [exponents.stride], [exponents.offset], (count, at, step) => {
    for (let k = 0, i = at[0]; k < count; k++, i += step[0]) {
      if (exponents.data[i] < 0) {
        throw new RangeError(`Integers cannot be raised to the negative power ${exponents.data[i]}; use a float dtype`);
      }
    }
  });
}
