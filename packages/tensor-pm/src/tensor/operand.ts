/** What stands beside a tensor in an operation, and the dtype that the operation is done in. */
import { array, asarray, type DType, NDArray, type NumericTypedArray, type Operand } from "@nodemm/ndarray-pm";
import { TensorFacts } from "./facts.ts";
import { defaultDType, type Ranked, resultTypeOf } from "./promotion.ts";

/** A right-hand side: a number, or anything that broadcasts to the tensor's shape. */
export type TensorOperand = TensorFacts | Operand;

/** The array of a tensor; everything else as it is. */
export function unwrap(operand: TensorOperand): Operand {
  return operand instanceof TensorFacts ? operand.array : operand;
}

/** The operand as an array, or what it is where it has no dtype of its own. */
function strong(operand: TensorOperand): NDArray | undefined {
  const value: unknown = unwrap(operand);
  if (NDArray.isNDArray(value)) return value;
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? asarray(value as NumericTypedArray) : undefined;
}

function rankedOf(operand: TensorOperand): Ranked {
  const own = strong(operand);
  if (own !== undefined) return { dtype: own.dtype, rank: own.ndim > 0 ? "axes" : "no axes" };
  return { dtype: weakDType(operand), rank: "scalar" };
}

/** JavaScript does not tell 1 from 1.0: whole numbers count as integers, beside which a tensor keeps its dtype. */
function weakDType(value: unknown): DType {
  if (Array.isArray(value)) {
    const inner = value.map((item): Ranked => ({ dtype: weakDType(item), rank: "scalar" }));
    return inner.length === 0 ? defaultDType : resultTypeOf(inner);
  }
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : defaultDType;
  if (typeof value === "object" && value !== null && "re" in value && "im" in value) return "complex64";
  const found = value === null ? "null" : typeof value;
  throw new TypeError(
    `Expected a number, a tensor, an n-d array or nested arrays of numbers as operand, found ${found}`,
  );
}

/** The dtype that an operation on operands is done in, by PyTorch's rules. */
export function commonDType(operands: readonly TensorOperand[]): DType {
  return resultTypeOf(operands.map(rankedOf));
}

/** An operand with a dtype; itself where it has it, else converted in DRAM. */
export function asDType(operand: TensorOperand, dtype: DType): NDArray {
  const own = strong(operand);
  if (own === undefined) return array(operand as never, dtype);
  return own.dtype === dtype ? own : own.astype(dtype);
}
