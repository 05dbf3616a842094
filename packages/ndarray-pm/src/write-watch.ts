/**
 * Who wants to know of elements before they change in place: an asynchronous copy of them that must first have taken what
 * is there now. Without a watcher it costs one comparison an operation.
 */
import { dtypeInfo } from "./dtype.ts";
import { reach, type View } from "./view.ts";

/**
 * Called with the bytes, gaps of a view included, that an in-place operation is about to change, in DRAM or on a shelf.
 * When it returns they change. What it throws ends the operation before anything has changed.
 */
export type WriteWatcher = (buffer: ArrayBufferLike, byteOffset: number, byteLength: number) => void;

const watchers = new Set<WriteWatcher>();

/**
 * Has `watcher` called before every in-place operation of this package, until the returned function is called. Elements
 * stored by `set` and through `data` are not seen; who stores so announces it with {@link announceWrite}.
 */
export function watchWrites(watcher: WriteWatcher): () => void {
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
  };
}

/** Tells those who watch that the elements of an array, or of a view of one, are about to change by plain stores. */
export function announceWrite(view: Pick<View, "data" | "dtype" | "shape" | "stride" | "offset">): void {
  if (watchers.size === 0) return;
  const span = reach(view);
  if (span === undefined) return;
  const { itemsize } = dtypeInfo(view.dtype);
  const { buffer, byteOffset } = view.data;
  const length = (span.highest - span.lowest + 1) * itemsize;
  for (const watcher of watchers) watcher(buffer, byteOffset + span.lowest * itemsize, length);
}
