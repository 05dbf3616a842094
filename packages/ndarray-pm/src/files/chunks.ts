import { dtypeInfo } from "../dtype.ts";
import type { NDArray } from "../ndarray.ts";
import { copyElements } from "../ops/convert.ts";
import { pieces } from "../pieces.ts";
import { contiguousStride, type Order, sizeOf } from "../shape.ts";
import { isContiguousC, withLayout } from "../view.ts";

/** Bytes that are on their way between a file and an array at one time. */
export const chunkBytes: number = 4 << 20;

/** The order an array is written in: its own where it has no gaps, C where it has. */
export function fileOrder(array: NDArray): Order {
  return array.layout === "F" ? "F" : "C";
}

/**
 * The bytes of an array's elements in {@link fileOrder}, in chunks: windows on its own memory where that has no gaps, else
 * one buffer in DRAM that is filled again and again. Use each before the next is asked for.
 */
export function* chunksOf(array: NDArray): Generator<Uint8Array> {
  if (array.size === 0) return;
  const order = fileOrder(array);
  const source = order === "F" ? array.T : array;
  const { itemsize, allocate } = dtypeInfo(array.dtype);
  const elements = Math.max(1, Math.floor(chunkBytes / itemsize));
  let scratch: ReturnType<typeof allocate> | undefined;
  for (const piece of pieces(source, elements, "C")) {
    const size = sizeOf(piece.shape);
    // Asked for anew each time: between two chunks the variable may have been erased.
    const { data } = source;
    const begin = data.byteOffset + piece.offset * itemsize;
    if (isContiguousC(piece)) {
      for (let done = 0; done < size * itemsize; done += chunkBytes) {
        yield new Uint8Array(source.data.buffer, begin + done, Math.min(chunkBytes, size * itemsize - done));
      }
      continue;
    }
    scratch ??= allocate(elements);
    const target = { data: scratch, dtype: array.dtype, offset: 0, storage: undefined };
    const { shape } = piece;
    copyElements({ ...target, shape, stride: contiguousStride(shape, "C") }, withLayout(source, piece));
    yield new Uint8Array(scratch.buffer, scratch.byteOffset, size * itemsize);
  }
}

/** Turns bytes as a file has them into those of an array: reverses big-endian numbers, makes 0 or 1 of every bool. */
export function settle(bytes: Uint8Array, dtype: NDArray["dtype"], bigEndian: boolean): void {
  const { itemsize, words } = dtypeInfo(dtype);
  const width = itemsize / words;
  for (let done = 0; done < bytes.length; done += chunkBytes) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset + done, Math.min(chunkBytes, bytes.length - done));
    if (dtype === "bool") for (let at = 0; at < chunk.length; at++) chunk[at] = chunk[at] === 0 ? 0 : 1;
    if (!bigEndian || width === 1) continue;
    if (width === 2) chunk.swap16();
    else if (width === 4) chunk.swap32();
    else chunk.swap64();
  }
}
