/**
 * Operands that have no dtype of their own: JavaScript's scalars and nested arrays. Beside an array they take its dtype if
 * that can hold their kind, as Python's scalars do in NumPy 2; a whole number counts as an integer, because JavaScript
 * does not tell 1 from 1.0.
 */
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { type Nested } from "../nested.ts";
import { isComplex, isScalar, operandOf, type Scalar } from "../scalar.ts";
import { floatFor, resultTypeOf } from "../promotion.ts";
import type { View } from "../view.ts";
import type { BinaryName } from "./binary.ts";
import { comparisons, floatFunctions, logic } from "./compare.ts";
import { type Operand, viewOfOperand, viewOfScalar } from "./operand.ts";

type Weak = Scalar | readonly Nested[];
type Kind = "bool" | "integer" | "float" | "complex";
const kinds: readonly Kind[] = ["bool", "integer", "float", "complex"];

function isWeak(operand: Operand): operand is Weak {
  return isScalar(operand) || Array.isArray(operand);
}

/** The operands as views; those without a dtype get the one that NumPy's promotion gives them beside the others. */
export function operandViews(operands: readonly Operand[]): View[] {
  const strong = operands.map((operand) =>
    isWeak(operand) ? undefined : viewOfOperand(operand, "float64", operandOf),
  );
  const dtypes = strong.filter((view) => view !== undefined).map(({ dtype }) => dtype);
  const weakKinds = operands.filter(isWeak).map(kindOf);
  const base = dtypes.length > 0 ? resultTypeOf(dtypes) : undefined;
  const highest = kinds[Math.max(-1, ...weakKinds.map((kind) => kinds.indexOf(kind)))];
  return operands.map((operand, at) => {
    const own = strong[at];
    if (own !== undefined) return own;
    const dtype = base === undefined ? natural(highest, operands) : besides(kindOf(operand as Weak), base);
    return viewOfOperand(operand, dtype, operandOf);
  });
}

function kindOf(weak: Weak): Kind {
  if (Array.isArray(weak)) {
    const inner = (weak as readonly Weak[]).map((item) => kinds.indexOf(kindOf(item)));
    return inner.length === 0 ? "float" : kinds[inner.reduce((a, b) => Math.max(a, b))];
  }
  if (typeof weak === "boolean") return "bool";
  if (typeof weak === "bigint") return "integer";
  if (typeof weak === "number") return Number.isInteger(weak) ? "integer" : "float";
  if (isComplex(weak)) return "complex";
  // What is none of them is refused, by name, when it is stored.
  return "float";
}

/** Among operands of which none has a dtype, numbers are float64, unless bigints or booleans say otherwise. */
function natural(highest: Kind, operands: readonly Operand[]): DType {
  if (highest === "complex") return "complex128";
  if (highest === "bool") return "bool";
  return highest === "integer" && operands.some((operand) => typeof operand === "bigint") ? "int64" : "float64";
}

function besides(kind: Kind, base: DType): DType {
  const info = dtypeInfo(base);
  if (kind === "bool") return "bool";
  if (kind === "integer") return info.kind === "b" ? "int64" : base;
  if (kind === "float") return info.kind === "f" || info.kind === "c" ? base : "float64";
  if (info.kind === "c") return base;
  return isHalf(base) || base === "float32" ? "complex64" : "complex128";
}

/** The operations that {@link operandsBeyond} knows. */
const computedElsewhere: ReadonlySet<string> = new Set([
  ...[comparisons, logic, floatFunctions].flatMap((table) => Object.keys(table)),
  "divide",
]);

/**
 * Operands of an operation that does not compute in the dtype of an integer array, with a whole number that this dtype
 * cannot hold and NumPy takes all the same. What the operation makes of it stands in the number's place: for comparisons an
 * infinity, for logic a truth, else a floating-point number. Undefined for every other operation.
 */
export function operandsBeyond(name: BinaryName, a: Operand, b: Operand): [Operand, Operand] | undefined {
  if (!computedElsewhere.has(name)) return undefined;
  const [left, right] = [beyond(name, a, b), beyond(name, b, a)];
  if (left !== undefined) return [left, b];
  return right === undefined ? undefined : [a, right];
}

function beyond(name: BinaryName, scalar: Operand, other: Operand): Operand | undefined {
  if (typeof scalar !== "bigint" && !(typeof scalar === "number" && Number.isInteger(scalar))) return undefined;
  if (isWeak(other)) return undefined;
  const info = dtypeInfo(viewOfOperand(other, "float64", operandOf).dtype);
  const { kind, min, max } = info;
  if ((kind !== "i" && kind !== "u") || (scalar >= min && scalar <= max)) return undefined;
  if (Object.hasOwn(comparisons, name)) return scalar > max ? Infinity : -Infinity;
  if (Object.hasOwn(logic, name)) return true;
  return viewOfScalar(Number(scalar), name === "divide" ? "float64" : floatFor(info));
}
