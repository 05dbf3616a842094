/** Results put together of several arrays: by a mask, within bounds, one behind another. */
import { checkAxes } from "../axes.ts";
import { allocateView } from "../make-array.ts";
import { resultType, resultTypeOf } from "../promotion.ts";
import { checkAxis } from "../shape.ts";
import { atomically, atomicallyIn, forEachMaskedRun } from "../runs.ts";
import { elementOf, isScalar } from "../scalar.ts";
import { mayOverlap, type View, withLayout } from "../view.ts";
import { applyBinary, type OutOptions, prepareOut } from "./apply.ts";
import { convertKernel, copyElements } from "./convert.ts";
import { evaluateUnary } from "./evaluate.ts";
import type { UnaryLoop } from "./kernel.ts";
import { apart, broadcastTo, type Operand, viewOfOperand } from "./operand.ts";
import { operandViews } from "./weak.ts";

/** Stores the elements of `source`, of the same shape, where `mask` is true. */
function copyWhere(target: View, source: View, mask: View): void {
  const { dtype } = target;
  const loop: UnaryLoop = { strided: convertKernel(dtype, source.dtype), dense: undefined };
  evaluateUnary(loop, { inputs: [source.dtype], output: dtype }, target, source, mask);
}

/** As {@link copyWhere}, failure-atomically: only what the mask lets through is recorded. */
export function storeWhere(target: View, source: View, mask: View): void {
  atomicallyIn(
    target,
    (visit) => forEachMaskedRun(target, mask, visit),
    () => copyWhere(target, source, mask),
  );
}

/** A mask as a view of a shape. */
export function maskOf(name: string, mask: Operand, shape: readonly number[]): View {
  const view = viewOfOperand(mask, "bool", elementOf);
  if (view.dtype !== "bool")
    throw new TypeError(`${name}: expected a mask of bool, found ${view.dtype}; compare it first`);
  return broadcastTo(view, shape);
}

/** `x` where the condition is true, else `y`. */
export function where(condition: Operand, x: Operand, y: Operand): View {
  const [first] = operandViews([condition]);
  const test = first.dtype === "bool" ? first : applyBinary("notEqual", first, 0);
  const [left, right] = operandViews([x, y]);
  const { out } = prepareOut("where", resultType(left.dtype, right.dtype), [left, right, test], {});
  copyElements(out, broadcastTo(right, out.shape));
  copyWhere(out, broadcastTo(left, out.shape), broadcastTo(test, out.shape));
  return out;
}

/** Elements below `low` become it, above `high` become it; undefined or null for no bound. */
export function clip(
  source: Operand,
  low: Operand | null | undefined,
  high: Operand | null | undefined,
  options: OutOptions,
): View {
  const bounds = [low, high].filter((bound) => bound !== undefined && bound !== null);
  if (bounds.length === 0) throw new TypeError("clip: expected a lower or an upper bound, found neither");
  const views = operandViews([source, ...bounds]);
  const dtype = resultTypeOf(views.map((view) => view.dtype));
  const target = prepareOut("clip", dtype, views, options);
  // The first half of the work writes what the second reads a bound from, where it lies in the same memory.
  const upper = high === undefined || high === null ? undefined : apartFrom(target.out, high);
  const write = (): void => {
    // Recorded once, for both halves of the work.
    const out: View = { ...withLayout(target.out, target.out), isNonatomic: true };
    const lowered =
      low === undefined || low === null ? source : applyBinary("maximum", source, low, { ...options, out });
    if (upper === undefined) return;
    applyBinary("minimum", lowered === source ? source : out, upper, { ...options, out });
  };
  if (target.isNew) write();
  else if (target.where === undefined) atomically(target.out, write);
  else atomicallyIn(target.out, (visit) => forEachMaskedRun(target.out, target.where!, visit), write);
  return target.out;
}

/** An operand, or a copy of it if it shares memory with `out`: even of the same window. */
function apartFrom(out: View, operand: Operand): Operand {
  if (isScalar(operand) || Array.isArray(operand)) return operand;
  const [view] = operandViews([operand]);
  return mayOverlap(out, view) ? apart(out, view) : operand;
}

/**
 * Arrays one behind another along an axis that they have.
 * @throws RangeError if there are none or their other lengths differ
 */
export function concatenate(operands: readonly Operand[], axis: number): View {
  if (!Array.isArray(operands) || operands.length === 0) {
    throw new RangeError("concatenate: expected a list of at least one array");
  }
  const views = operandViews(operands);
  const rank = views[0].shape.length;
  if (rank === 0) throw new RangeError("concatenate: arrays of no axes cannot be joined; use stack");
  const along = checkAxis(axis, rank);
  for (const { shape } of views) {
    if (shape.length !== rank || shape.some((length, at) => at !== along && length !== views[0].shape[at])) {
      const found = views.map((view) => `[${view.shape.join(", ")}]`).join(" and ");
      throw new RangeError(`concatenate: expected equal lengths on all axes but ${along}, found ${found}`);
    }
  }
  const total = views.reduce((sum, { shape }) => sum + shape[along], 0);
  const shape = views[0].shape.map((length, at) => (at === along ? total : length));
  const result = allocateView(shape, resultTypeOf(views.map((view) => view.dtype)));
  let place = 0;
  for (const view of views) {
    copyElements({ ...result, shape: view.shape, offset: place * result.stride[along] }, view);
    place += view.shape[along];
  }
  return result;
}

/** Arrays of one shape side by side on a new axis. */
export function stack(operands: readonly Operand[], axis: number): View {
  if (!Array.isArray(operands) || operands.length === 0) {
    throw new RangeError("stack: expected a list of at least one array");
  }
  const parts = operandViews(operands);
  const [{ shape }] = parts;
  for (const part of parts) {
    if (part.shape.length !== shape.length || part.shape.some((length, at) => length !== shape[at])) {
      throw new RangeError(
        `stack: expected arrays of one shape, found [${shape.join(", ")}] and [${part.shape.join(", ")}]`,
      );
    }
  }
  const views = parts.map((view) => {
    const [at] = checkAxes(axis, view.shape.length + 1);
    return withLayout(view, {
      shape: view.shape.toSpliced(at, 0, 1),
      stride: view.stride.toSpliced(at, 0, 0),
      offset: view.offset,
    });
  });
  return concatenate(views, axis);
}
