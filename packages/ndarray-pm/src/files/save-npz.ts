import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { describe } from "../dtype.ts";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { chunksOf, fileOrder } from "./chunks.ts";
import { npyHeader } from "./npy-header.ts";
import { replaceFileAsync } from "./replace-file.ts";
import { checkFileOptions, type FileOptions, type FilePath, pathOf } from "./save.ts";

/** Members that might be larger, with their header, have 64-bit lengths. */
const zip64From = 2 ** 32 - 2 ** 20;

/** The time of every member, so that the same arrays make the same file. */
const memberTime: Date = new Date(1980, 0, 1);

/**
 * Writes arrays to an `.npz` file, as NumPy's `np.savez`: a zip archive of `.npy` files, not compressed. It passes through
 * a few megabytes of DRAM, away from the event loop; the file is durable when the promise is fulfilled, and replaces one of
 * that name as a whole.
 * @throws TypeError for what is no array, for bfloat16, or a name that no archive can hold; the system's errors; if the signal aborts, its
 * reason; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
 */
export async function savez(
  path: FilePath,
  arrays: Readonly<Record<string, NDArray>>,
  options: FileOptions = {},
): Promise<void> {
  checkFileOptions("savez", options);
  await write(path, arrays, false, options);
}

/** {@link savez}, compressed (deflated), as NumPy's `np.savez_compressed`. */
export async function savezCompressed(
  path: FilePath,
  arrays: Readonly<Record<string, NDArray>>,
  options: FileOptions = {},
): Promise<void> {
  checkFileOptions("savezCompressed", options);
  await write(path, arrays, true, options);
}

async function write(
  path: FilePath,
  arrays: Readonly<Record<string, NDArray>>,
  compress: boolean,
  options: FileOptions,
): Promise<void> {
  const members = Object.entries(arrays).map(([name, array]) => [memberName(name), expectNDArray(array)] as const);
  const totalBytes = members.reduce((sum, [, { nbytes }]) => sum + nbytes, 0);
  let doneBytes = 0;
  async function* bytesOf(array: NDArray): AsyncGenerator<Uint8Array> {
    yield npyHeader(array.dtype, array.shape, fileOrder(array));
    for (const chunk of chunksOf(array)) {
      yield Uint8Array.from(chunk);
      doneBytes += chunk.length;
      options.onProgress?.(doneBytes, totalBytes);
    }
  }
  await replaceFileAsync(pathOf(path), async (file) => {
    const zip = new ZipFile();
    const output = zip.outputStream as Readable;
    const fail = (error: Error): unknown => output.destroy(error);
    zip.on("error", fail);
    for (const [name, array] of members) {
      const forceZip64Format = array.nbytes >= zip64From;
      const stream = Readable.from(bytesOf(array), { objectMode: false, highWaterMark: 1 }).on("error", fail);
      zip.addReadStream(stream, name, { compress, mtime: memberTime, mode: 0o100600, forceZip64Format });
    }
    zip.end();
    for await (const chunk of output as AsyncIterable<Buffer>) {
      options.signal?.throwIfAborted();
      await file.writeFile(chunk);
    }
  });
}

function memberName(name: string): string {
  const isPlain = name !== "" && !name.startsWith("/") && !name.includes("\\") && !/^[a-zA-Z]:/u.test(name);
  if (isPlain && !name.split("/").includes("..") && Buffer.byteLength(name) < 65_000) return `${name}.npy`;
  throw new TypeError(`Expected a name that a zip archive can hold, found ${describe(name)}`);
}
