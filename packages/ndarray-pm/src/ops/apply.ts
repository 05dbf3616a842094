/** Elementwise operations with NumPy's `out` and `where`: operands checked, broadcast, kept apart from the result. */
import { broadcastShapes } from "../axes.ts";
import { describe, type DType } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { canCastSameKind } from "../promotion.ts";
import { atomically, atomicallyIn, forEachMaskedRun } from "../runs.ts";
import { elementOf } from "../scalar.ts";
import { isContiguousC, isContiguousF, type View } from "../view.ts";
import { type BinaryName, planBinary } from "./binary.ts";
import { evaluateBinary, evaluateUnary } from "./evaluate.ts";
import { refuseNegativePowers } from "./in-place.ts";
import { broadcastTo, detangle, type Operand, viewOfOperand } from "./operand.ts";
import { planUnary, type UnaryName } from "./unary.ts";
import { operandsBeyond, operandViews } from "./weak.ts";

/** Where the result of an operation goes. */
export interface OutOptions {
  /** An array that takes the result; failure-atomic if it lies on a shelf. Without it, the result is new, in DRAM. */
  readonly out?: View | undefined;
  /** A mask that broadcasts: elements of `out` where it is false stay as they are, or are 0 in a new array. */
  readonly where?: Operand | undefined;
}

/** The result of a unary operation: `out`, or a new array in DRAM. */
export function applyUnary(name: UnaryName, operand: Operand, options: OutOptions = {}): View {
  const [source] = operandViews([operand]);
  const { loop, types, result } = planUnary(name, source.dtype);
  const target = prepareOut(name, result, [source], options);
  const aligned = detangle(target.out, broadcastTo(source, target.out.shape));
  return store(target, () => evaluateUnary(loop, types, target.out, aligned, target.where));
}

/** The result of a binary operation: `out`, or a new array in DRAM. */
export function applyBinary(name: BinaryName, a: Operand, b: Operand, options: OutOptions = {}): View {
  const beyond = operandsBeyond(name, a, b);
  const [left, right] = operandViews(beyond ?? [a, b]);
  const { loop, types, result } = planBinary(name, left.dtype, right.dtype);
  if (name === "power") refuseNegativePowers(right, result);
  const target = prepareOut(name, result, [left, right], options);
  const [x, y] = [left, right].map((source) => detangle(target.out, broadcastTo(source, target.out.shape)));
  return store(target, () => evaluateBinary(loop, types, target.out, x, y, target.where));
}

/** Where a result goes, checked and with everything of one shape. */
export interface Target {
  readonly out: View;
  readonly where: View | undefined;
  readonly isNew: boolean;
}

/**
 * The place of a result of dtype `result` with the shape that `sources` have together.
 * @throws TypeError if `out` is no array or holds no such dtype; RangeError if it has another shape
 */
export function prepareOut(name: string, result: DType, sources: readonly View[], options: OutOptions): Target {
  const mask = options.where === undefined ? undefined : viewOfOperand(options.where, "bool", elementOf);
  if (mask !== undefined && mask.dtype !== "bool") {
    throw new TypeError(`${name}: expected a mask of bool as where, found ${mask.dtype}; compare it with something`);
  }
  const inputs = mask === undefined ? sources : [...sources, mask];
  const shape = broadcastShapes(...inputs.map((source) => source.shape));
  if (options.out === undefined) {
    const out = allocateView(shape, result, resultOrder(sources, shape));
    return { out, where: mask && broadcastTo(mask, shape), isNew: true };
  }
  const out = checkOut(name, options.out, result, shape);
  return { out, where: mask && detangle(out, broadcastTo(mask, out.shape)), isNew: false };
}

/** `out`, if it takes results of a dtype and shape. */
export function checkOut(name: string, out: View, result: DType, shape: readonly number[]): View {
  if (typeof out !== "object" || out === null || !("stride" in out)) {
    throw new TypeError(`${name}: expected an NDArray as out, found ${describe(out)}`);
  }
  if (!canCastSameKind(result, out.dtype)) {
    throw new TypeError(`${name}: the result is ${result}, which out, of ${out.dtype}, cannot hold; convert it after`);
  }
  if (broadcastShapes(shape, out.shape).join() !== out.shape.join()) {
    throw new RangeError(`${name}: expected out of shape [${shape.join(", ")}], found [${out.shape.join(", ")}]`);
  }
  return out;
}

/** Fortran order where every operand of the full shape has it, as NumPy keeps it. */
function resultOrder(sources: readonly View[], shape: readonly number[]): "C" | "F" {
  const whole = sources.filter((source) => source.shape.length === shape.length && source.shape.length > 1);
  return whole.length > 0 && whole.every((source) => isContiguousF(source) && !isContiguousC(source)) ? "F" : "C";
}

/** Runs `write`, which stores the result, failure-atomically where it goes to a shelf; only what changes is recorded. */
function store({ out, where, isNew }: Target, write: () => void): View {
  if (isNew) write();
  else if (where === undefined) atomically(out, write);
  else atomicallyIn(out, (visit) => forEachMaskedRun(out, where, visit), write);
  return out;
}
