import { setImmediate } from "node:timers/promises";
import { describe, dtypeInfo } from "./dtype.ts";
import { pieces } from "./pieces.ts";
import { forEachFlush } from "./runs.ts";
import { contiguousStride, sizeOf } from "./shape.ts";
import { isContiguousC, isContiguousF, type Layout, type View, withLayout } from "./view.ts";

/** Starts the write-back of a view's bytes; durable after a drain. */
function flushView(view: View): void {
  const storage = view.storage!;
  forEachFlush(view, (byteOffset, byteLength) => storage.flush(byteOffset, byteLength));
}

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
  for (const part of partsOf(view, offset, length)) flushView(part);
  view.storage!.drain();
}

/** How {@link NDArray.persistAsync} can be ended early. */
export interface PersistOptions {
  /** Stops after the piece in progress: the promise rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Elements of a view with gaps that are flushed between two turns of the event loop: under a millisecond's work. */
const pieceElements = 1 << 14;

/** Makes elements durable away from the event loop: neighbours on the thread pool, a view with gaps piece by piece. */
export async function persistAsync(view: View, offset: number, length: number, options: PersistOptions): Promise<void> {
  const storage = view.storage!;
  const { itemsize } = dtypeInfo(view.dtype);
  for (const part of partsOf(view, offset, length)) {
    for (const piece of pieces(part, pieceElements)) {
      const size = sizeOf(piece.shape);
      if (size === 0) continue;
      if (isContiguousC(piece) || isContiguousF(piece)) {
        await storage.persistAsync(view.data.byteOffset + piece.offset * itemsize, size * itemsize, options);
        continue;
      }
      flushView(withLayout(view, piece));
      storage.drain();
      await setImmediate();
      // Asks after the signal and the variable's life.
      await storage.persistAsync(0, 0, options);
    }
  }
}

function partsOf(view: View, offset: number, length: number): View[] {
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
  return boxes(view, offset, offset + length).map((part) => withLayout(view, part));
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
