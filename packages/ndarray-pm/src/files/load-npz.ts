import { dtypeInfo } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { contiguousStride, sizeOf } from "../shape.ts";
import { settle } from "./chunks.ts";
import { npzMembers } from "./npz-members.ts";
import { type Arriving, type LoadingShelf, publishFrom } from "./publish.ts";
import { checkFileOptions, type FileOptions, type FilePath, pathOf } from "./save.ts";

export interface LoadzOptions extends FileOptions {
  /** The arrays to load; all by default. */
  readonly names?: readonly string[] | undefined;
}

/**
 * The arrays of an `.npz` file, in DRAM, by their names: what NumPy's `np.load` gives, but all at once. Checksums are
 * verified; nothing in the file is evaluated.
 * @throws ArrayFileError where the file is damaged or holds what is no array of numbers; the system's errors; if the signal
 * aborts, its reason
 */
export async function loadz(path: FilePath, options: LoadzOptions = {}): Promise<Map<string, NDArray>> {
  checkFileOptions("loadz", options, "names");
  const arrays = new Map<string, NDArray>();
  for await (const { name, header, chunks } of npzMembers(pathOf(path), options.names)) {
    const { dtype, shape, order, nbytes, bigEndian } = header;
    const data = dtypeInfo(dtype).allocate(sizeOf(shape));
    const bytes = new Uint8Array(data.buffer);
    let done = 0;
    for await (const chunk of chunks()) {
      bytes.set(chunk, done);
      done += chunk.length;
      options.onProgress?.(done, nbytes);
      options.signal?.throwIfAborted();
    }
    settle(bytes, dtype, bigEndian);
    arrays.set(name, makeArray({ data, dtype, shape, stride: contiguousStride(shape, order), offset: 0 }));
  }
  return arrays;
}

/**
 * Reads arrays of an `.npz` file into variables of their names, through a few megabytes of DRAM, away from the event loop.
 * They are there, replacing variables of those names, once all are durable, and then together; until then they lie under
 * their names followed by ` (loading)`, which a load that was cut short leaves behind and the next one replaces.
 * @returns the names, in the order of the file or of `names`
 * @throws as {@link loadz}, with nothing changed; ShelfError `ERR_SHELF_NO_SPACE`
 */
export async function loadzInto(shelf: LoadingShelf, path: FilePath, options: LoadzOptions = {}): Promise<string[]> {
  checkFileOptions("loadzInto", options, "names");
  const arrivals: AsyncIterable<Arriving> = npzMembers(pathOf(path), options.names);
  return publishFrom(shelf, arrivals, options);
}
