import { describe } from "./dtype.ts";
import type { Layout } from "./view.ts";

/**
 * What `slice` takes for one axis: an index (the axis goes), null (all of it), `[start, stop, step]` or `"start:stop:step"`
 * with any part left out. Negative positions count from the end; a negative step walks backwards. `"..."` stands for all
 * the axes that are not named, `"newaxis"` for a new axis of length 1. NumPy's rules.
 */
export type Slice = number | null | undefined | string | readonly (number | null | undefined)[];

/** In a list of slices: all the axes that are not named. */
export const ellipsis = "...";

/** In a list of slices: a new axis of length 1. */
export const newaxis = "newaxis";

/**
 * The layout that a list of slices selects; axes beyond the list stay whole.
 * @throws TypeError or RangeError if a slice is malformed, an index is out of range, or there are too many
 */
export function sliceLayout(layout: Layout, slices: readonly Slice[]): Layout {
  let offset = layout.offset;
  let axis = 0;
  const shape: number[] = [];
  const stride: number[] = [];
  for (const slice of expandEllipsis(slices, layout.shape.length, () => 1)) {
    if (slice === newaxis) {
      shape.push(1);
      stride.push(0);
      continue;
    }
    const length = layout.shape[axis];
    const step = layout.stride[axis];
    if (typeof slice === "number") {
      offset += checkIndex(slice, length, axis++) * step;
      continue;
    }
    const range = resolveRange(parseSlice(slice), length);
    // An empty range starts nowhere: keeping the offset keeps it inside the data.
    if (range.count > 0) offset += range.start * step;
    shape.push(range.count);
    stride.push(step * range.step);
    axis++;
  }
  return { shape, stride, offset };
}

/**
 * A list of slices with one for each axis: `"..."`, or its absence at the end, replaced by as many nulls as fit. `width`
 * says how many axes any other key takes.
 * @throws RangeError if there are too many, or a second ellipsis
 */
export function expandEllipsis<Key>(keys: readonly Key[], rank: number, width: (key: Key) => number): (Key | null)[] {
  const named = keys.reduce((sum, key) => (key === ellipsis || key === newaxis ? sum : sum + width(key)), 0);
  if (named > rank) {
    throw new RangeError(`Too many slices: expected at most ${rank} for an array of ${rank} axes, found ${named}`);
  }
  const at = keys.findIndex((key) => key === ellipsis);
  if (at !== -1 && keys.slice(at + 1).some((key) => key === ellipsis)) {
    throw new RangeError(`Expected at most one "${ellipsis}", found more`);
  }
  const rest = new Array<null>(rank - named).fill(null);
  return at === -1 ? [...keys, ...rest] : [...keys.slice(0, at), ...rest, ...keys.slice(at + 1)];
}

/**
 * An index on an axis, negative ones counted from the end.
 * @throws TypeError if it is not a number; RangeError if it is fractional or out of range
 */
export function checkIndex(index: number, length: number, axis: number): number {
  if (typeof index !== "number") throw new TypeError(`Expected an index on axis ${axis}, found ${describe(index)}`);
  const place = index < 0 ? index + length : index;
  if (!Number.isInteger(index) || place < 0 || place >= length) {
    const allowed = length === 0 ? "the axis is empty" : `expected an integer from ${-length} to ${length - 1}`;
    throw new RangeError(`Index ${index} is out of range on axis ${axis}: ${allowed}`);
  }
  return place;
}

interface Range {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

function parseSlice(slice: Exclude<Slice, number>): Range {
  if (slice === null || slice === undefined) return { start: undefined, stop: undefined, step: 1 };
  const parts = typeof slice === "string" ? parseText(slice) : slice;
  if (!Array.isArray(parts) || parts.length > 3) {
    throw new TypeError(`Expected an index, null, [start, stop, step] or "start:stop:step", found ${describe(slice)}`);
  }
  const [start, stop, step] = (parts as unknown[]).map((part) => {
    if (part === null || part === undefined) return undefined;
    if (typeof part !== "number") throw new TypeError(`Expected numbers in a slice, found ${describe(part)}`);
    if (!Number.isSafeInteger(part)) throw new RangeError(`Expected integers in a slice, found ${part}`);
    return part;
  });
  if (step === 0) throw new RangeError("A slice's step cannot be 0; leave it out to take every element");
  return { start, stop, step: step ?? 1 };
}

function parseText(text: string): (number | undefined)[] {
  const match = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?$/.exec(text);
  if (match === null) {
    throw new TypeError(`Expected a slice such as "1:5", "::2" or "::-1", found ${describe(text)}`);
  }
  return match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
}

/** Python's `slice.indices`, with the count of elements in place of the stop. */
function resolveRange({ start, stop, step }: Range, length: number): { start: number; count: number; step: number } {
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? length : length - 1;
  const clamp = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + length : position, lowest), highest);
  const first = start === undefined ? (step > 0 ? lowest : highest) : clamp(start);
  const end = stop === undefined ? (step > 0 ? highest : lowest) : clamp(stop);
  return { start: first, count: Math.max(0, Math.ceil((end - first) / step)), step };
}
