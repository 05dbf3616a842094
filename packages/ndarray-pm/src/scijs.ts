/** The layouts of scijs `ndarray`'s view methods. Unlike there, what lies outside the array is refused. */
import { checkIndex } from "./slice.ts";
import type { Layout } from "./view.ts";

type Arguments = readonly (number | null | undefined)[];

export function loLayout(layout: Layout, starts: Arguments): Layout {
  const shape = [...layout.shape];
  let offset = layout.offset;
  forEachGiven("lo", layout, starts, (start, axis) => {
    checkLength("lo", start, shape[axis], axis);
    shape[axis] -= start;
    // An empty axis starts nowhere: keeping the offset keeps it inside the data.
    if (shape[axis] > 0) offset += start * layout.stride[axis];
  });
  return { shape, stride: layout.stride, offset };
}

export function hiLayout(layout: Layout, lengths: Arguments): Layout {
  const shape = [...layout.shape];
  forEachGiven("hi", layout, lengths, (length, axis) => {
    checkLength("hi", length, shape[axis], axis);
    shape[axis] = length;
  });
  return { shape, stride: layout.stride, offset: layout.offset };
}

export function stepLayout(layout: Layout, steps: Arguments): Layout {
  const shape = [...layout.shape];
  const stride = [...layout.stride];
  let offset = layout.offset;
  forEachGiven("step", layout, steps, (step, axis) => {
    if (!Number.isSafeInteger(step) || step === 0) {
      throw new RangeError(`step: expected an integer other than 0 on axis ${axis}, found ${step}`);
    }
    if (step < 0 && shape[axis] > 0) offset += (shape[axis] - 1) * stride[axis];
    shape[axis] = Math.ceil(shape[axis] / Math.abs(step));
    stride[axis] *= step;
  });
  return { shape, stride, offset };
}

export function pickLayout(layout: Layout, indices: Arguments): Layout {
  const kept = new Set(layout.shape.keys());
  let offset = layout.offset;
  forEachGiven("pick", layout, indices, (index, axis) => {
    if (index < 0) return;
    offset += checkIndex(index, layout.shape[axis], axis) * layout.stride[axis];
    kept.delete(axis);
  });
  const axes = [...kept];
  return { shape: axes.map((axis) => layout.shape[axis]), stride: axes.map((axis) => layout.stride[axis]), offset };
}

function forEachGiven(
  method: string,
  layout: Layout,
  values: Arguments,
  visit: (value: number, axis: number) => void,
): void {
  if (values.length > layout.shape.length) {
    throw new RangeError(`${method}: expected at most ${layout.shape.length} arguments, found ${values.length}`);
  }
  for (const [axis, value] of values.entries()) {
    if (value === null || value === undefined) continue;
    if (typeof value !== "number") throw new TypeError(`${method}: expected numbers or null, found a ${typeof value}`);
    visit(value, axis);
  }
}

function checkLength(method: string, value: number, length: number, axis: number): void {
  if (!Number.isInteger(value) || value < 0 || value > length) {
    throw new RangeError(`${method}: expected an integer from 0 to ${length} on axis ${axis}, found ${value}`);
  }
}
