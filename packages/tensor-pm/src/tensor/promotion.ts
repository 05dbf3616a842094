/**
 * PyTorch's type promotion, where NumPy's differs: a floating-point dtype stays what it is beside integers of any width; a
 * tensor without axes, or a scalar, changes the dtype of a tensor with axes only if it is of a higher kind (bool, integer,
 * floating point, complex); and the floating-point dtype without being told is float32.
 */
import { type DType, dtypeInfo, resultType } from "@nodemm/ndarray-pm";

/** What promotion needs to know of an operand. */
export interface Ranked {
  readonly dtype: DType;
  /** Tensors with axes decide before those without, those before scalars. */
  readonly rank: "axes" | "no axes" | "scalar";
}

/** The dtype of floating-point results of integers. */
export const defaultDType = "float32";

function isFloat(dtype: DType): boolean {
  return dtypeInfo(dtype).kind === "f";
}

function isComplex(dtype: DType): boolean {
  return dtypeInfo(dtype).kind === "c";
}

function isWhole(dtype: DType): boolean {
  return dtypeInfo(dtype).kind === "i" || dtypeInfo(dtype).kind === "u";
}

const wideUnsigned: readonly DType[] = ["uint16", "uint32", "uint64"];

/**
 * The dtype of a result of two tensors with axes, as `torch.promote_types`.
 * @throws TypeError for uint16, uint32 or uint64 with another integer dtype, as in PyTorch
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  if (isComplex(a) || isComplex(b)) return promoteComplex(a, b);
  if (isFloat(a) && isFloat(b)) return resultType(a, b);
  if (isFloat(a)) return a;
  if (isFloat(b)) return b;
  if (isWhole(a) && isWhole(b) && (wideUnsigned.includes(a) || wideUnsigned.includes(b))) {
    throw new TypeError(`There is no common dtype of ${a} and ${b}, as in PyTorch; convert one with to() first`);
  }
  return resultType(a, b);
}

function promoteComplex(a: DType, b: DType): DType {
  const isWide = [a, b].some((dtype) => dtype === "complex128" || dtype === "float64");
  return isWide ? "complex128" : "complex64";
}

/**
 * The dtype that an operation on these operands is done in, as `torch.result_type`.
 * @throws TypeError as {@link promoteTypes}
 */
export function resultTypeOf(operands: readonly Ranked[]): DType {
  const within = (rank: Ranked["rank"]): DType | undefined => {
    const dtypes = operands.filter((operand) => operand.rank === rank).map(({ dtype }) => dtype);
    return dtypes.length === 0 ? undefined : dtypes.reduce(promoteTypes);
  };
  return combine(within("axes"), combine(within("no axes"), within("scalar")))!;
}

/** What operands that come first make of those that come second. */
function combine(higher: DType | undefined, lower: DType | undefined): DType | undefined {
  if (higher === undefined || lower === undefined) return higher ?? lower;
  if (isComplex(higher)) return higher;
  if (isFloat(higher)) return isComplex(lower) ? (higher === "float64" ? "complex128" : "complex64") : higher;
  if (higher === "bool" || isFloat(lower) || isComplex(lower)) return promoteTypes(higher, lower);
  return higher;
}

/** Whether results of one dtype may be stored in a tensor of another, as `torch.can_cast`: never to a lower kind. */
export function canCast(from: DType, to: DType): boolean {
  if (isComplex(from) && !isComplex(to)) return false;
  if (isFloat(from) && !isFloat(to) && !isComplex(to)) return false;
  return from === "bool" || to !== "bool";
}
