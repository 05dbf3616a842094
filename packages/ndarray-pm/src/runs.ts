import { dtypeInfo } from "./dtype.ts";
import { forEachRow, type RowVisitor } from "./iterate.ts";
import type { View } from "./view.ts";
import { announceWrite } from "./write-watch.ts";

/** Snapshots are handed to the shelf in batches of this many ranges, so that memory stays bounded on any view. */
const rangesPerBatch = 4096;

/** Bytes of a cache line: what one flush instruction writes back. */
const lineLengthBytes = 64;

/** Takes a range of bytes of a storage. */
export type RangeVisitor = (byteOffset: number, byteLength: number) => void;

/** What the walks below need to know of a view. */
type Bytes = Pick<View, "data" | "dtype" | "shape" | "stride" | "offset">;

/** Calls `visit` with each contiguous byte range of a view's elements, as offsets into its storage. */
export function forEachRun(view: Bytes, visit: RangeVisitor): void {
  const { data, shape, stride } = view;
  const { itemsize } = dtypeInfo(view.dtype);
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

/** As {@link forEachRun}, of the elements where `mask`, a bool view of the same shape, is true. */
export function forEachMaskedRun(view: Bytes, mask: View, visit: RangeVisitor): void {
  const { itemsize } = dtypeInfo(view.dtype);
  const strides = [view.stride, mask.stride];
  forEachRow(view.shape, strides, [view.offset, mask.offset], (count, at, step) => {
    const begin = view.data.byteOffset + at[0] * itemsize;
    let first = -1;
    for (let k = 0; k <= count; k++) {
      const isTrue = k < count && mask.data[at[1] + k * step[1]] !== 0;
      if (isTrue && step[0] !== 1) visit(begin + k * step[0] * itemsize, itemsize);
      else if (isTrue && first === -1) first = k;
      else if (!isTrue && first !== -1) {
        visit(begin + first * itemsize, (k - first) * itemsize);
        first = -1;
      }
    }
  });
}

/**
 * Runs `write`, which changes elements of `view`, failure-atomically: on a shelf, exactly the bytes of the view are
 * recorded first, and a throw or a crash brings them back. In DRAM, and on a view made by `nonatomic`, it just runs.
 * @throws TypeError if the view shows an element more than once
 */
export function atomically(view: View, write: () => void): void {
  atomicallyIn(view, (visit) => forEachRun(view, visit), write);
}

/** As {@link atomically}, where `write` changes only the bytes of `view` that `forEachRange` visits. */
export function atomicallyIn(view: View, forEachRange: (visit: RangeVisitor) => void, write: () => void): void {
  if (view.stride.some((step, axis) => step === 0 && view.shape[axis] > 1)) {
    throw new TypeError(
      "This view was broadcast: it shows elements more than once and cannot be written; copy() it first",
    );
  }
  announceWrite(view);
  const { storage } = view;
  if (storage === undefined || view.isNonatomic === true) return write();
  storage.transaction(() => {
    let ranges: number[] = [];
    forEachRange((byteOffset, byteLength) => {
      if (ranges.push(byteOffset, byteLength) < 2 * rangesPerBatch) return;
      storage.snapshotMany(ranges);
      ranges = [];
    });
    if (ranges.length > 2) storage.snapshotMany(ranges);
    else if (ranges.length === 2) storage.snapshot(ranges[0], ranges[1]);
    write();
  });
}

/** Calls `flush` with a view's bytes, neighbouring ranges as one and each cache line once where rows share lines. */
export function forEachFlush(view: Bytes, flush: RangeVisitor): void {
  let begin = 0;
  let end = 0;
  forEachRun(view, (byteOffset, byteLength) => {
    const joins =
      end > begin && byteOffset >= begin && byteOffset <= Math.ceil(end / lineLengthBytes) * lineLengthBytes;
    if (joins) {
      end = Math.max(end, byteOffset + byteLength);
      return;
    }
    if (end > begin) flush(begin, end - begin);
    begin = byteOffset;
    end = byteOffset + byteLength;
  });
  if (end > begin) flush(begin, end - begin);
}
