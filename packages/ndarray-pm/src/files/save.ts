import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { checkOptions } from "../options.ts";
import { chunksOf, fileOrder } from "./chunks.ts";
import { npyHeader } from "./npy-header.ts";
import { replaceFile, replaceFileAsync } from "./replace-file.ts";

/** How long work on files is watched and ended. */
export interface FileOptions {
  /** Ends the work after the chunk in progress: the promise rejects, and nothing has changed. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk with the bytes of elements that are done, of all. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** @throws TypeError for others than {@link FileOptions} and `more` */
export function checkFileOptions(what: string, options: FileOptions, ...more: readonly string[]): void {
  checkOptions(what, options, ["signal", "onProgress", ...more]);
}

/** A path, or a `file:` URL. */
export type FilePath = string | URL;

/** @throws TypeError */
export function pathOf(path: FilePath): string {
  if (typeof path === "string") return path;
  if (path instanceof URL) return fileURLToPath(path);
  throw new TypeError(`Expected a path or a file: URL, found a ${typeof path}`);
}

/**
 * Writes an array to an `.npy` file, byte for byte as NumPy's `np.save` does: elements in Fortran order where the array has
 * it, else in C order. From a shelf, the bytes go to the file without a copy in DRAM. The file is durable on return and
 * replaces one of that name as a whole, whose permissions it keeps: a crash leaves the old one.
 * @throws TypeError for bfloat16; the system's errors, such as `ENOSPC`; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
 */
export function save(path: FilePath, array: NDArray): void {
  const source = expectNDArray(array);
  replaceFile(pathOf(path), (fd) => {
    writeAll(fd, npyHeader(source.dtype, source.shape, fileOrder(source)));
    for (const chunk of chunksOf(source)) writeAll(fd, chunk);
  });
}

/**
 * {@link save} away from the event loop, through a few megabytes of DRAM. Elements that are stored meanwhile may or may not
 * be in the file.
 * @throws as {@link save}, as a rejection; if the signal aborts, its reason
 */
export async function saveAsync(path: FilePath, array: NDArray, options: FileOptions = {}): Promise<void> {
  checkFileOptions("saveAsync", options);
  const source = expectNDArray(array);
  options.signal?.throwIfAborted();
  await replaceFileAsync(pathOf(path), async (file) => {
    await file.writeFile(npyHeader(source.dtype, source.shape, fileOrder(source)));
    let done = 0;
    for (const chunk of chunksOf(source)) {
      options.signal?.throwIfAborted();
      // A copy: the variable may be erased while the thread pool reads.
      await file.writeFile(Uint8Array.from(chunk));
      done += chunk.length;
      options.onProgress?.(done, source.nbytes);
    }
  });
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done);
}
