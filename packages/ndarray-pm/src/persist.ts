import { describe } from "./dtype.ts";
import { flushView } from "./runs.ts";
import { contiguousStride, sizeOf } from "./shape.ts";
import { isContiguousC, type Layout, type View } from "./view.ts";

/** Makes all elements of a view on a shelf durable. */
export function persistView(view: View): void {
  flushView(view);
  view.storage!.drain();
}

/**
 * Makes `length` elements from the `offset`-th on, in C order, durable.
 * @throws TypeError if they are no numbers; RangeError if they are not within the view
 */
export function persistElements(view: View, offset: number, length: number): void {
  const size = sizeOf(view.shape);
  for (const value of [offset, length]) {
    if (typeof value !== "number")
      throw new TypeError(`persist: expected numbers of elements, found ${describe(value)}`);
  }
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0 || offset + length > size) {
    throw new RangeError(
      `persist: expected a range within ${size} elements, found offset ${offset} and length ${length}`,
    );
  }
  for (const part of boxes(view, offset, offset + length)) flushView(within(view, part));
  view.storage!.drain();
}

/** Layouts that together show elements `begin` to `end` (excluded) of a layout in C order: at most two for each axis. */
function boxes(layout: Layout, begin: number, end: number): Layout[] {
  if (begin >= end) return [];
  const { shape, stride } = layout;
  if (isContiguousC(layout)) return [{ shape: [end - begin], stride: [1], offset: layout.offset + begin }];
  const rowLength = contiguousStride(shape, "C")[0];
  const row = (index: number): Layout => ({
    shape: shape.slice(1),
    stride: stride.slice(1),
    offset: layout.offset + index * stride[0],
  });
  const first = Math.floor(begin / rowLength);
  const last = Math.floor(end / rowLength);
  if (first === last) return boxes(row(first), begin - first * rowLength, end - first * rowLength);
  const head = begin > first * rowLength ? boxes(row(first), begin - first * rowLength, rowLength) : [];
  const whole = head.length > 0 ? first + 1 : first;
  const body = { shape: [last - whole, ...shape.slice(1)], stride, offset: layout.offset + whole * stride[0] };
  const tail = end > last * rowLength ? boxes(row(last), 0, end - last * rowLength) : [];
  return [...head, ...(last > whole ? [body] : []), ...tail];
}

function within(view: View, layout: Layout): View {
  const { data, dtype, storage } = view;
  return { data, dtype, storage, shape: layout.shape, stride: layout.stride, offset: layout.offset };
}
