import { forEachRow, type RowVisitor } from "./iterate.ts";
import type { View } from "./view.ts";

/** Snapshots are handed to the shelf in batches of this many ranges, so that memory stays bounded on any view. */
const rangesPerBatch = 4096;

/** Bytes of a cache line: what one flush instruction writes back. */
const lineLengthBytes = 64;

/** Calls `visit` with each contiguous byte range of a view's elements, as offsets into its storage. */
function forEachRun(
  view: Pick<View, "data" | "shape" | "stride" | "offset">,
  visit: (byteOffset: number, byteLength: number) => void,
): void {
  const { data, shape, stride } = view;
  const itemsize = data.BYTES_PER_ELEMENT;
  // A negative stride visits the same bytes as the positive one from the other end.
  let offset = view.offset;
  const upward = stride.map((step, axis) => {
    if (step < 0) offset += (shape[axis] - 1) * step;
    return Math.abs(step);
  });
  const visitRow: RowVisitor = (count, at, step) => {
    const begin = data.byteOffset + at[0] * itemsize;
    if (step[0] === 1 || count === 1) return visit(begin, count * itemsize);
    for (let element = 0; element < count; element++) visit(begin + element * step[0] * itemsize, itemsize);
  };
  forEachRow(shape, [upward], [offset], visitRow, "ascending");
}

/**
 * Runs `write`, which changes elements of `view`, failure-atomically: on a shelf, exactly the bytes of the view are
 * recorded first, and a throw or a crash brings them back. In DRAM it just runs.
 */
export function atomically(view: View, write: () => void): void {
  const { storage } = view;
  if (storage === undefined) return write();
  storage.transaction(() => {
    let ranges: number[] = [];
    forEachRun(view, (byteOffset, byteLength) => {
      if (ranges.push(byteOffset, byteLength) < 2 * rangesPerBatch) return;
      storage.snapshotMany(ranges);
      ranges = [];
    });
    if (ranges.length > 2) storage.snapshotMany(ranges);
    else if (ranges.length === 2) storage.snapshot(ranges[0], ranges[1]);
    write();
  });
}

/** Starts the write-back of a view's bytes, each cache line once where rows share lines. Durable after a drain. */
export function flushView(view: View): void {
  const storage = view.storage!;
  let begin = 0;
  let end = 0;
  forEachRun(view, (byteOffset, byteLength) => {
    const joins =
      end > begin && byteOffset >= begin && byteOffset <= Math.ceil(end / lineLengthBytes) * lineLengthBytes;
    if (joins) {
      end = Math.max(end, byteOffset + byteLength);
      return;
    }
    if (end > begin) storage.flush(begin, end - begin);
    begin = byteOffset;
    end = byteOffset + byteLength;
  });
  if (end > begin) storage.flush(begin, end - begin);
}
