/**
 * NumPy's advanced indexing: integers in any order, repeated, and masks. What it selects is seldom a view, so reading
 * copies, and writing goes to the places one by one. An index array or mask stands for its axis as a slice does; index
 * arrays are broadcast together, and their axes come where they stood, or first if slices lie between them.
 */
import { broadcastShapes } from "./axes.ts";
import { allocateView } from "./make-array.ts";
import { fromNested, type Nested } from "./nested.ts";
import { convertKernel, copyElements } from "./ops/convert.ts";
import { type NumericTypedArray, viewOfTypedArray } from "./ops/operand.ts";
import { broadcastStride, contiguousStride, sizeOf } from "./shape.ts";
import { checkIndex, ellipsis, expandEllipsis, newaxis, type Slice, sliceLayout } from "./slice.ts";
import type { Layout, View } from "./view.ts";

/** What `select` takes for an axis: a slice as text, an index, null, or an array of indices; a mask for one axis or more. */
export type Selector = number | null | undefined | string | View | NumericTypedArray | readonly Nested[];

/** The elements that a selection names: `base`, a layout, once at each of `places`. */
export interface Selection {
  /** The axes that slices left, starting at no place in particular. */
  readonly base: Layout;
  /** What to add to the base's offset, one for each element of the index arrays, in C order. */
  readonly places: Float64Array;
  /** The shape of the index arrays, broadcast together. */
  readonly placesShape: readonly number[];
  /** How many axes of the base come before those of the index arrays. */
  readonly before: number;
}

interface Indices {
  readonly shape: readonly number[];
  /** In C order. */
  readonly values: Float64Array;
  readonly stride: number;
}

/**
 * What selectors name in a layout.
 * @throws TypeError or RangeError if a selector is malformed, an index out of range or a mask of another shape
 */
export function selectionOf(layout: Layout, selectors: readonly Selector[]): Selection {
  const given = selectors.map(arrayOf);
  const gap = given.indexOf(ellipsis);
  const keys = expandEllipsis(given, layout.shape.length, widthOf);
  const slices: Slice[] = [];
  const kinds: Kind[] = [];
  const arrays: Indices[] = [];
  let axis = 0;
  let first = -1;
  for (const [at, key] of keys.entries()) {
    if (at === gap) kinds.push("gap");
    if (!isView(key)) {
      slices.push(key);
      kinds.push(typeof key === "number" ? "index" : "slice");
      if (key !== newaxis) axis++;
      continue;
    }
    // The axis stays in the slices as its first element; the places say how far from there.
    if (first === -1) first = kinds.filter((kind) => kind === "slice").length;
    const found = key.dtype === "bool" ? maskIndices(key, layout, axis) : [listIndices(key, layout, axis)];
    arrays.push(...found);
    // A mask of no axes stands on an axis of its own.
    slices.push(...found.map(() => (widthOf(key) === 0 ? newaxis : null)));
    kinds.push(...found.map(() => "array" as const));
    axis += widthOf(key);
  }
  const placesShape = broadcastShapes(...arrays.map(({ shape }) => shape));
  return {
    base: withoutArrayAxes(layout, slices, kinds),
    places: placesOf(arrays, placesShape),
    placesShape,
    before: areAdjacent(kinds) ? Math.max(0, first) : 0,
  };
}

type Key = View | number | null | undefined | string;

/** What a key is; a gap is where an ellipsis stands, which parts arrays of indices also where it stands for no axes. */
type Kind = "slice" | "array" | "index" | "gap";

function isView(key: Key): key is View {
  return typeof key === "object" && key !== null;
}

function arrayOf(selector: Selector): Key {
  if (typeof selector !== "object" || selector === null) return selector;
  const view = viewOfTypedArray(selector) ?? (Array.isArray(selector) ? indicesOf(selector) : (selector as View));
  const isIndex = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"].includes(
    view.dtype,
  );
  // NumPy takes an empty list, whose dtype nobody said, as no indices.
  if (isIndex || (Array.isArray(selector) && sizeOf(view.shape) === 0)) return view;
  throw new TypeError(`Expected indices of an integer dtype or a mask of bool, found elements of ${view.dtype}`);
}

function indicesOf(list: readonly Nested[]): View {
  const natural = fromNested(list);
  if (natural.dtype !== "float64") return natural;
  // Numbers are float64 by themselves; as indices they must be whole.
  for (const value of natural.data) {
    if (!Number.isSafeInteger(value)) throw new RangeError(`Expected whole numbers as indices, found ${value}`);
  }
  return {
    ...natural,
    dtype: "int64",
    data: BigInt64Array.from(natural.data as Float64Array, (value) => BigInt(value) as never),
  };
}

function widthOf(key: Key): number {
  return isView(key) && key.dtype === "bool" ? key.shape.length : 1;
}

function listIndices(key: View, layout: Layout, axis: number): Indices {
  const values = new Float64Array(sizeOf(key.shape));
  copyElements(
    {
      data: values,
      dtype: "float64",
      shape: key.shape,
      stride: contiguousStride(key.shape, "C"),
      offset: 0,
      storage: undefined,
    },
    key,
  );
  for (let at = 0; at < values.length; at++) values[at] = checkIndex(values[at], layout.shape[axis], axis);
  return { shape: key.shape, values, stride: layout.stride[axis] };
}

/** The indices of a mask's true elements on each of the axes that it covers. */
function maskIndices(mask: View, layout: Layout, axis: number): Indices[] {
  const covered = layout.shape.slice(axis, axis + mask.shape.length);
  if (covered.join() !== mask.shape.join()) {
    throw new RangeError(
      `Expected a mask of shape [${covered.join(", ")}] from axis ${axis} on, found [${mask.shape.join(", ")}]`,
    );
  }
  const whole = allocateView(mask.shape, "bool");
  copyElements(whole, mask);
  const flat = trueIndices(whole.data);
  if (mask.shape.length === 0) return [{ shape: [flat.length], values: flat, stride: 0 }];
  const steps = contiguousStride(mask.shape, "C");
  return mask.shape.map((length, k) => ({
    shape: [flat.length],
    values: flat.map((place) => Math.floor(place / steps[k]) % length),
    stride: layout.stride[axis + k],
  }));
}

/** The indices of the elements that are not 0. */
function trueIndices(data: Uint8Array): Float64Array {
  let count = 0;
  for (let at = 0; at < data.length; at++) if (data[at] !== 0) count++;
  const found = new Float64Array(count);
  for (let at = 0, next = 0; at < data.length; at++) if (data[at] !== 0) found[next++] = at;
  return found;
}

function withoutArrayAxes(layout: Layout, slices: readonly Slice[], kinds: readonly Kind[]): Layout {
  const sliced = sliceLayout(layout, slices);
  const left = kinds.filter((kind) => kind !== "index" && kind !== "gap");
  const kept = sliced.shape.map((_, place) => place).filter((place) => left[place] !== "array");
  return {
    shape: kept.map((place) => sliced.shape[place]),
    stride: kept.map((place) => sliced.stride[place]),
    offset: sliced.offset,
  };
}

/** NumPy takes an index beside an array as an array of one, which keeps arrays together or parts them. */
function areAdjacent(kinds: readonly Kind[]): boolean {
  const isArray = kinds.map((kind) => kind === "array" || kind === "index");
  return !isArray.slice(isArray.indexOf(true), isArray.lastIndexOf(true)).includes(false);
}

function placesOf(arrays: readonly Indices[], shape: readonly number[]): Float64Array {
  const places = new Float64Array(sizeOf(shape));
  for (const { shape: own, values, stride } of arrays) {
    const source: View = {
      data: values,
      dtype: "float64",
      shape,
      stride: broadcastStride(own, contiguousStride(own, "C"), shape),
      offset: 0,
      storage: undefined,
    };
    const spread = own.join() === shape.join() ? values : new Float64Array(places.length);
    if (spread !== values) copyElements({ ...source, data: spread, stride: contiguousStride(shape, "C") }, source);
    for (let at = 0; at < places.length; at++) places[at] += spread[at] * stride;
  }
  return places;
}

/** The shape that a selection has as an array. */
export function selectedShape({ base, placesShape, before }: Selection): number[] {
  return [...base.shape.slice(0, before), ...placesShape, ...base.shape.slice(before)];
}

/** Copies what is selected of `source` into `target`, a view of the selection's shape, or the other way round. */
export function copySelected(source: View, selection: Selection, target: View, way: "gather" | "scatter"): void {
  const { base, places, before } = selection;
  const packedShape = [...base.shape.slice(0, before), places.length, ...base.shape.slice(before)];
  // The axes of the index arrays follow each other, in C order in both: one axis is as good.
  const packed = packedView(target, selection, packedShape);
  const rest = packedShape.map((_, axis) => axis).filter((axis) => axis !== before);
  const restStride = rest.map((axis) => packed.stride[axis]);
  const step = packed.stride[before];
  if (sizeOf(packedShape) === 0) return;
  const [to, from] = way === "gather" ? [packed.dtype, source.dtype] : [source.dtype, packed.dtype];
  const kernel = convertKernel(to, from);
  for (let k = 0; k < places.length; k++) {
    const inSource = base.offset + places[k];
    const inPacked = packed.offset + k * step;
    if (rest.length <= 1) {
      const count = base.shape[0] ?? 1;
      const [s, p] = [base.stride[0] ?? 0, restStride[0] ?? 0];
      if (way === "gather") kernel(packed.data, inPacked, p, source.data, inSource, s, count);
      else kernel(source.data, inSource, s, packed.data, inPacked, p, count);
      continue;
    }
    const a: View = { ...pick(source), shape: base.shape, stride: base.stride, offset: inSource };
    const b: View = { ...pick(packed), shape: base.shape, stride: restStride, offset: inPacked };
    if (way === "gather") copyElements(b, a);
    else copyElements(a, b);
  }
}

function pick({ data, dtype, storage }: View): Pick<View, "data" | "dtype" | "storage"> {
  return { data, dtype, storage };
}

function packedView(target: View, selection: Selection, packedShape: readonly number[]): View {
  const { placesShape, before } = selection;
  const own = target.stride.slice(before, before + placesShape.length);
  const isFlat = placesShape.every(
    (_, axis) => axis === placesShape.length - 1 || own[axis] === own[axis + 1] * placesShape[axis + 1],
  );
  if (isFlat) {
    const stride = [...target.stride.slice(0, before), own.at(-1) ?? 0, ...target.stride.slice(before + own.length)];
    return { ...pick(target), shape: packedShape, stride, offset: target.offset };
  }
  const copy = allocateView(target.shape, target.dtype);
  copyElements(copy, target);
  return { ...pick(copy), shape: packedShape, stride: contiguousStride(packedShape, "C"), offset: 0 };
}

/** What is selected, copied to DRAM. */
export function gather(source: View, selection: Selection): View {
  const result = allocateView(selectedShape(selection), source.dtype);
  copySelected(source, selection, result, "gather");
  return result;
}
