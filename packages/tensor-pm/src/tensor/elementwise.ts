/** Elementwise operations with PyTorch's dtypes, done by ndarray-pm's: new in DRAM, or in place and failure-atomic. */
import * as nd from "@nodemm/ndarray-pm";
import { type DType, dtypeInfo, type NDArray } from "@nodemm/ndarray-pm";
import { asDType, commonDType, type TensorOperand, unwrap } from "./operand.ts";
import { canCast, defaultDType } from "./promotion.ts";

/** An operation on arrays of one dtype. */
export type Formula = (...operands: NDArray[]) => NDArray;

export type BinaryName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "floor_divide"
  | "remainder"
  | "pow"
  | "atan2"
  | "hypot"
  | "copysign"
  | "bitwise_and"
  | "bitwise_or"
  | "bitwise_xor"
  | "maximum"
  | "minimum";

/** Operations of two operands that ndarray-pm has by itself, hence in place without a copy. */
const binaries: Readonly<Record<BinaryName, nd.BinaryFunction>> = {
  add: nd.add,
  sub: nd.subtract,
  mul: nd.multiply,
  div: nd.divide,
  floor_divide: nd.floorDivide,
  remainder: nd.remainder,
  pow: nd.power,
  atan2: nd.arctan2,
  hypot: nd.hypot,
  copysign: nd.copysign,
  bitwise_and: nd.bitwiseAnd,
  bitwise_or: nd.bitwiseOr,
  bitwise_xor: nd.bitwiseXor,
  maximum: nd.maximum,
  minimum: nd.minimum,
};

export type ComparisonName = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** Of two operands, giving bool. */
const comparisons: Readonly<Record<ComparisonName, nd.BinaryFunction>> = {
  eq: nd.equal,
  ne: nd.notEqual,
  lt: nd.less,
  le: nd.lessEqual,
  gt: nd.greater,
  ge: nd.greaterEqual,
};

type FloatUnaryName =
  | "sqrt"
  | "exp"
  | "exp2"
  | "expm1"
  | "log"
  | "log2"
  | "log10"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "reciprocal";

/** Of one operand, giving floating point: float32 for integers. */
const floatUnaries: Readonly<Record<FloatUnaryName, nd.UnaryFunction>> = {
  sqrt: nd.sqrt,
  exp: nd.exp,
  exp2: nd.exp2,
  expm1: nd.expm1,
  log: nd.log,
  log2: nd.log2,
  log10: nd.log10,
  log1p: nd.log1p,
  sin: nd.sin,
  cos: nd.cos,
  tan: nd.tan,
  asin: nd.arcsin,
  acos: nd.arccos,
  atan: nd.arctan,
  sinh: nd.sinh,
  cosh: nd.cosh,
  tanh: nd.tanh,
  asinh: nd.arcsinh,
  acosh: nd.arccosh,
  atanh: nd.arctanh,
  reciprocal: nd.reciprocal,
};

type SameUnaryName = "neg" | "abs" | "sign" | "square" | "floor" | "ceil" | "trunc";

/** Of one operand, keeping its dtype. */
const sameUnaries: Readonly<Record<SameUnaryName, nd.UnaryFunction>> = {
  neg: nd.negative,
  abs: nd.absolute,
  sign: nd.sign,
  square: nd.square,
  floor: nd.floor,
  ceil: nd.ceil,
  trunc: nd.trunc,
};

type FormulaName = "rsqrt" | "sigmoid" | "frac";

/** Several steps, done in float32 for half precision so that it is rounded once. */
const formulas: Readonly<Record<FormulaName, Formula>> = {
  rsqrt: (x: NDArray) => nd.reciprocal(nd.sqrt(x)),
  sigmoid: (x: NDArray) => nd.reciprocal(nd.add(nd.exp(nd.negative(x)), 1)),
  frac: (x: NDArray) => nd.subtract(x, nd.trunc(x)),
};

export type UnaryName = FloatUnaryName | SameUnaryName | FormulaName | "round" | "relu";

interface UnaryPlan {
  readonly dtype: DType;
  /** With an `out` where ndarray-pm does it by itself. */
  readonly direct: nd.UnaryFunction | undefined;
  readonly formula: Formula;
}

function isFloating(dtype: DType): boolean {
  return dtypeInfo(dtype).kind === "f" || dtypeInfo(dtype).kind === "c";
}

function planUnary(name: UnaryName, own: DType): UnaryPlan {
  const floating = isFloating(own) ? own : defaultDType;
  if (name === "relu") return { dtype: own, direct: undefined, formula: (x) => nd.maximum(x, 0) };
  if (own === "bool" && name === "sign") return { dtype: own, direct: undefined, formula: (x) => x.copy() };
  if (own === "bool" && name === "square") return { dtype: "int64", direct: undefined, formula: (x) => nd.square(x) };
  if (name === "round") {
    const direct = isFloating(own) ? nd.rint : nd.floor;
    return { dtype: own, direct, formula: (x) => direct(x) };
  }
  if (Object.hasOwn(formulas, name)) {
    return { dtype: floating, direct: undefined, formula: formulas[name as FormulaName] };
  }
  const isFloat = Object.hasOwn(floatUnaries, name);
  const direct = isFloat ? floatUnaries[name as FloatUnaryName] : sameUnaries[name as SameUnaryName];
  return { dtype: isFloat ? floating : own, direct, formula: (x) => direct(x) };
}

/** A new array in DRAM. */
export function unary(name: UnaryName, operand: NDArray): NDArray {
  const { dtype, formula } = planUnary(name, operand.dtype);
  return computeWide(dtype, formula, [operand]);
}

/** @throws TypeError if the result is of a higher kind than the array */
export function unaryInPlace(name: UnaryName, target: NDArray): void {
  const { dtype, direct, formula } = planUnary(name, target.dtype);
  refuseResult(name, dtype, target.dtype);
  if (direct !== undefined) direct(target, { out: target });
  else target.assign(computeWide(dtype, formula, [target]));
}

/**
 * The dtype that an operation of these operands is done in; that of a division is never whole.
 * @throws TypeError for a subtraction with bool, as in PyTorch
 */
function dtypeOf(name: string, operands: readonly TensorOperand[]): DType {
  if (name === "sub" && operands.some((operand) => commonDType([operand]) === "bool")) {
    throw new TypeError("sub is not defined for bool, on either side; use bitwise_xor, or convert with to() first");
  }
  const common = commonDType(operands);
  const isFloat = name === "div" || name === "atan2" || name === "hypot" || name === "copysign";
  return isFloat && !isFloating(common) ? defaultDType : common;
}

/** A new array in DRAM. */
export function binary(name: BinaryName, a: TensorOperand, b: TensorOperand): NDArray {
  const dtype = dtypeOf(name, [a, b]);
  return inDType(dtype, binaries[name](asDType(a, dtype), asDType(b, dtype)));
}

/** A new array of bool in DRAM. */
export function compare(name: ComparisonName, a: TensorOperand, b: TensorOperand): NDArray<"bool"> {
  const dtype = commonDType([a, b]);
  return comparisons[name](asDType(a, dtype), asDType(b, dtype)) as NDArray<"bool">;
}

/** @throws TypeError if the result is of a higher kind than the array; RangeError if the operand does not broadcast */
export function binaryInPlace(name: BinaryName, target: NDArray, operand: TensorOperand): void {
  const dtype = dtypeOf(name, [target, operand]);
  refuseResult(name, dtype, target.dtype);
  const other = asDType(operand, dtype);
  if (target.dtype === dtype) binaries[name](target, other, { out: target });
  else assignShaped(target, binaries[name](target.astype(dtype), other));
}

/** A new array by a formula of several operands, in their common dtype. */
export function combined(name: string, formula: Formula, operands: readonly TensorOperand[]): NDArray {
  return computeWide(dtypeOf(name, operands), formula, operands);
}

/**
 * Stores what a formula gives of several operands, among them the target; done in DRAM first, hence all or nothing.
 * @throws as {@link binaryInPlace}
 */
export function combineInPlace(
  name: string,
  target: NDArray,
  formula: Formula,
  operands: readonly TensorOperand[],
): void {
  const dtype = dtypeOf(name, operands);
  refuseResult(name, dtype, target.dtype);
  assignShaped(target, computeWide(dtype, formula, operands));
}

/** Computes in a dtype, or in float32 where that is a half-precision one. */
function computeWide(dtype: DType, formula: Formula, operands: readonly TensorOperand[]): NDArray {
  const wide: DType = dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
  return inDType(dtype, formula(...operands.map((operand) => asDType(operand, wide))));
}

function inDType(dtype: DType, result: NDArray): NDArray {
  return result.dtype === dtype ? result : result.astype(dtype);
}

/** A result that has grown by broadcasting is no result in place. */
function assignShaped(target: NDArray, result: NDArray): void {
  if (result.shape.join() !== target.shape.join()) {
    throw new RangeError(
      `Operands of shape [${result.shape.join(", ")}] do not broadcast to the tensor's [${target.shape.join(", ")}]`,
    );
  }
  target.assign(result);
}

export function refuseResult(name: string, result: DType, target: DType): void {
  if (canCast(result, target)) return;
  const advice = name === "div" ? `use floor_divide_, or to("${result}") first` : `convert with to("${result}") first`;
  throw new TypeError(`${name}_: the result is ${result}, which a tensor of ${target} cannot hold; ${advice}`);
}

/** Whether a mask is one. @throws TypeError if not */
export function maskOf(name: string, mask: TensorOperand): NDArray<"bool"> {
  const found = unwrap(mask);
  if (nd.NDArray.isNDArray(found) && found.dtype === "bool") return found as NDArray<"bool">;
  throw new TypeError(`${name}: expected a mask of bool, such as x.gt(0)`);
}
