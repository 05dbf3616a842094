import { ShelfError, type Storage } from "@nodemm/shelf";
import type { DType } from "../../src/dtype.ts";
import { dtypeInfo } from "../../src/dtype.ts";
import { makeArray } from "../../src/make-array.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { contiguousStride } from "../../src/shape.ts";

/** A storage in memory that writes down what is asked of it, and undoes snapshots when a transaction throws. */
export class RecordingStorage implements Storage {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  /** `[offset, length]` in bytes, in the order of the calls. */
  readonly flushed: [number, number][] = [];
  readonly persistedAsync: [number, number][] = [];
  readonly snapshots: [number, number][] = [];
  drains = 0;
  commits = 0;
  /** Refuses snapshots once this many bytes are recorded. */
  room = Infinity;
  #saved: { at: number; bytes: Uint8Array }[] = [];
  #depth = 0;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    this.buffer = new ArrayBuffer(byteLength);
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    const { buffer, byteOffset: from, byteLength } = source;
    new Uint8Array(this.buffer).set(new Uint8Array(buffer, from, byteLength), byteOffset);
  }

  async copyAsync(byteOffset: number, source: ArrayBufferView): Promise<void> {
    this.copy(byteOffset, source);
  }

  persist(byteOffset: number, byteLength: number): void {
    this.flush(byteOffset, byteLength);
    this.drain();
  }

  async persistAsync(byteOffset: number, byteLength: number, options?: { signal?: AbortSignal }): Promise<void> {
    options?.signal?.throwIfAborted();
    if (byteLength > 0) this.persistedAsync.push([byteOffset, byteLength]);
  }

  flush(byteOffset: number, byteLength: number): void {
    this.flushed.push([byteOffset, byteLength]);
  }

  drain(): void {
    this.drains++;
  }

  snapshot(byteOffset: number, byteLength: number): void {
    if (this.#depth === 0) throw new ShelfError("ERR_SHELF_NO_TRANSACTION", "snapshot outside a transaction");
    this.room -= byteLength;
    if (this.room < 0) throw new ShelfError("ERR_SHELF_NO_SPACE", "the log is full");
    this.snapshots.push([byteOffset, byteLength]);
    this.#saved.push({ at: byteOffset, bytes: new Uint8Array(this.buffer.slice(byteOffset, byteOffset + byteLength)) });
  }

  snapshotMany(ranges: readonly number[] | Float64Array): void {
    for (let index = 0; index < ranges.length; index += 2) this.snapshot(ranges[index], ranges[index + 1]);
  }

  transaction<Result>(work: () => Result): Result {
    this.#depth++;
    try {
      const result = work();
      if (this.#depth === 1) this.commits++;
      return result;
    } catch (error) {
      for (const { at, bytes } of this.#saved.toReversed()) new Uint8Array(this.buffer).set(bytes, at);
      throw error;
    } finally {
      if (--this.#depth === 0) this.#saved = [];
    }
  }
}

/** A contiguous array of 0, 1, 2, ... on a recording storage. */
export function recordedArray<D extends DType>(
  shape: readonly number[],
  dtype: D,
): { readonly array: NDArray<D>; readonly storage: RecordingStorage } {
  const info = dtypeInfo(dtype);
  const size = shape.reduce((product, length) => product * length, 1);
  const storage = new RecordingStorage(size * info.itemsize);
  const data = info.over(storage.buffer, 0, size);
  for (let at = 0; at < size; at++) data[at] = info.scalar === "bigint" ? BigInt(at) : at;
  return {
    array: makeArray({ data, dtype, shape, stride: contiguousStride(shape, "C"), offset: 0, storage }),
    storage,
  };
}
