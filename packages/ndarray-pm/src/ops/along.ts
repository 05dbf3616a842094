/** Elements chosen by arrays of indices that have the array's own axes. */
import { broadcastShapes } from "../axes.ts";
import { describe } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import { copySelected, gather, type Selection, selectionOf, type Selector } from "../select.ts";
import { broadcastStride, checkAxis, sizeOf } from "../shape.ts";
import { checkIndex } from "../slice.ts";
import { type View, withLayout } from "../view.ts";
import { checkOut } from "./apply.ts";
import { assignTo } from "./assign.ts";
import { copyElements } from "./convert.ts";
import { forEachPlace } from "./fold.ts";
import type { Operand } from "./operand.ts";
import { operandViews } from "./weak.ts";

/** Elements at indices of an axis, or of all elements in C order. */
export function take(source: View, indices: Selector, axis: number | undefined): View {
  const list = typeof indices === "number" ? [indices] : indices;
  if (typeof list !== "object" || list === null) {
    throw new TypeError(`take: expected an index or an array of indices, found ${describe(indices)}`);
  }
  let from = source;
  let along = axis;
  if (along === undefined) {
    from = flattened(source);
    along = 0;
  }
  const place = checkAxis(along, from.shape.length);
  const selectors = [...new Array<null>(place).fill(null), list];
  const taken = gather(from, selectionOf(from, selectors));
  if (typeof indices !== "number") return taken;
  const { shape, stride } = taken;
  return { ...taken, shape: shape.toSpliced(place, 1), stride: stride.toSpliced(place, 1) };
}

function flattened(source: View): View {
  const flat = allocateView([sizeOf(source.shape)], source.dtype);
  const whole = allocateView(source.shape, source.dtype);
  copyElements({ ...flat, shape: whole.shape, stride: whole.stride }, source);
  return flat;
}

/**
 * For each place the element at an index of its own along the axis: what puts elements in the order of `argsort`. Into
 * `out`, which may be the source, failure-atomically.
 */
export function takeAlongAxis(source: View, indices: Operand, axis: number, out: View | undefined): View {
  const [list] = operandViews([indices]);
  const along = checkAxis(axis, source.shape.length);
  if (list.shape.length !== source.shape.length) {
    throw new RangeError(`takeAlongAxis: expected indices of ${source.shape.length} axes, found ${list.shape.length}`);
  }
  const others = source.shape.map((length, at) => (at === along ? 1 : length));
  const shape = broadcastShapes(
    others,
    list.shape.map((length, at) => (at === along ? 1 : length)),
  );
  shape[along] = list.shape[along];
  const result = allocateView(shape, source.dtype);
  if (out !== undefined) checkOut("takeAlongAxis", out, source.dtype, shape);
  const selection: Selection = {
    base: { shape: [], stride: [], offset: 0 },
    places: placesAlong(source, list, along, shape),
    placesShape: shape,
    before: 0,
  };
  copySelected(source, selection, result, "gather");
  if (out === undefined) return result;
  assignTo(out, result, "same_kind");
  return out;
}

function placesAlong(source: View, list: View, along: number, shape: readonly number[]): Float64Array {
  const places = new Float64Array(sizeOf(shape));
  const wide = allocateView(shape, "float64");
  copyElements(
    wide,
    withLayout(list, { shape, stride: broadcastStride(list.shape, list.stride, shape), offset: list.offset }),
  );
  const base = source.stride.map((step, axis) => (axis === along || source.shape[axis] === 1 ? 0 : step));
  forEachPlace({ shape, stride: base, offset: source.offset }, (at, place) => {
    const index = checkIndex(wide.data[place], source.shape[along], along);
    places[place] = at + index * source.stride[along];
  });
  return places;
}
