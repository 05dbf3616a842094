/** Writing to places that indices and masks name. */
import { describe } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { atomicallyIn, forEachRun, type RangeVisitor } from "../runs.ts";
import { elementOf } from "../scalar.ts";
import { copySelected, selectedShape, type Selection, selectionOf, type Selector } from "../select.ts";
import { contiguousStride, sizeOf } from "../shape.ts";
import type { View } from "../view.ts";
import { copyElements } from "./convert.ts";
import { apart, broadcastTo, type Operand, viewOfOperand } from "./operand.ts";

/** `target[selectors] = value`, failure-atomic on a shelf. */
export function assignSelected(target: View, selectors: readonly Selector[], value: Operand): void {
  // A typed array would be taken for an index on each axis.
  if (!Array.isArray(selectors)) {
    throw new TypeError(
      `assignSelected: expected a list of selectors such as [mask] or [indices, "1:"], found ${describe(selectors)}; put it in a list`,
    );
  }
  scatter(target, selectionOf(target, selectors), value);
}

/** Stores values at places counted in C order, over and over if there are too few. */
export function put(target: View, indices: Selector, values: Operand): void {
  const size = sizeOf(target.shape);
  const { places: flat } = selectionOf({ shape: [size], stride: [1], offset: 0 }, [asList(indices)]);
  if (flat.length === 0) return;
  const steps = contiguousStride(target.shape, "C");
  const places = flat.map((place) =>
    steps.reduce((at, step, axis) => at + (Math.floor(place / step) % target.shape[axis]) * target.stride[axis], 0),
  );
  const base = { shape: [], stride: [], offset: target.offset };
  scatter(target, { base, places, placesShape: [places.length], before: 0 }, repeated(target, values, places.length));
}

/** Values in C order, from the first again as often as needed. */
function repeated(target: View, values: Operand, count: number): View {
  const source = viewOfOperand(values, target.dtype, elementOf);
  const available = sizeOf(source.shape);
  if (available === 0) throw new RangeError("put: expected at least one value, found none");
  const flat = allocateView([available], source.dtype);
  copyElements({ ...flat, shape: source.shape, stride: contiguousStride(source.shape, "C") }, source);
  const result = allocateView([count], source.dtype);
  for (let begin = 0; begin < count; begin += available) {
    const length = Math.min(available, count - begin);
    copyElements({ ...result, shape: [length], offset: begin }, { ...flat, shape: [length] });
  }
  return result;
}

function asList(indices: Selector): Selector {
  return typeof indices === "number" ? [indices] : indices;
}

function scatter(target: View, selection: Selection, value: Operand): void {
  const source = viewOfOperand(value, target.dtype, elementOf);
  const aligned = apart(target, broadcastTo(source, selectedShape(selection)));
  atomicallyIn(
    target,
    (visit) => forEachSelectedRun(target, selection, visit),
    () => copySelected(target, selection, aligned, "scatter"),
  );
}

/** Calls `visit` with each byte range that a selection names, once however often an index repeats. */
function forEachSelectedRun(target: View, { base, places }: Selection, visit: RangeVisitor): void {
  for (const place of new Set(places.toSorted())) {
    forEachRun({ data: target.data, dtype: target.dtype, ...base, offset: base.offset + place }, visit);
  }
}
