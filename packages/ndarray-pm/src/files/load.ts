import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { type DataOf, type DType, dtypeInfo } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { contiguousStride } from "../shape.ts";
import { chunkBytes, settle } from "./chunks.ts";
import { ArrayFileError } from "./file-error.ts";
import { type NpyHeader, npyHeaderBytes, npyPrefixBytes, parseNpyHeader } from "./npy-header.ts";
import { checkFileOptions, type FileOptions, type FilePath, pathOf } from "./save.ts";
import { type LoadingShelf, publishFrom } from "./publish.ts";

/**
 * The array in an `.npy` file, as NumPy's `np.load`. Only the header is read at once; the elements are where the array is
 * first used, so that `shelf.vars.x = load("x.npy")` reads them straight into the shelf, without a copy in DRAM. Keep the
 * file as it is until then. Big-endian numbers are turned round, Fortran order is kept; nothing in the file is evaluated.
 * @throws ArrayFileError where the file is damaged, cut off, or holds records, Python objects or texts; the system's
 * errors, such as `ENOENT`
 */
export function load(path: FilePath): NDArray {
  const source = pathOf(path);
  const header = withFile(source, (fd) => readHeader(fd, source));
  const { dtype, shape, order } = header;
  const recipe = {
    write: (data: DataOf<DType>): void => withFile(source, (fd) => readElements(fd, source, header, data)),
  };
  const data = dtypeInfo(dtype).allocate(0);
  return makeArray({ data, dtype, shape, stride: contiguousStride(shape, order), offset: 0, recipe });
}

/**
 * Reads an `.npy` file into a new variable away from the event loop, through a few megabytes of DRAM. The variable is there,
 * replacing one of that name, once all elements are durable, and then as a whole; until then they lie under the name
 * followed by ` (loading)`, which a load that was cut short leaves behind and the next one replaces.
 * @returns the array on the shelf
 * @throws as {@link load}, as a rejection; if the signal aborts, its reason; ShelfError `ERR_SHELF_NO_SPACE`
 */
export async function loadInto(
  shelf: LoadingShelf,
  name: string,
  path: FilePath,
  options: FileOptions = {},
): Promise<NDArray> {
  checkFileOptions("loadInto", options);
  const source = pathOf(path);
  const file = await open(source);
  try {
    const prefix = Buffer.alloc(npyPrefixBytes);
    const { bytesRead } = await file.read(prefix, 0, npyPrefixBytes, 0);
    const headerBytes = npyHeaderBytes(prefix.subarray(0, bytesRead), source);
    const bytes = Buffer.alloc(headerBytes);
    const found = await file.read(bytes, 0, headerBytes, 0);
    const header = checkedHeader(bytes.subarray(0, found.bytesRead), headerBytes, (await file.stat()).size, source);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      const chunk = Buffer.alloc(Math.min(chunkBytes, header.nbytes));
      for (let done = 0; done < header.nbytes;) {
        const wanted = Math.min(chunk.length, header.nbytes - done);
        const { bytesRead: count } = await file.read(chunk, 0, wanted, header.dataOffset + done);
        if (count === 0) throw truncated(source, header, done);
        yield chunk.subarray(0, count);
        done += count;
      }
    }
    await publishFrom(shelf, [{ name, header, chunks }], options);
  } finally {
    await file.close();
  }
  return shelf.get(name) as NDArray;
}

function withFile<Result>(path: string, work: (fd: number) => Result): Result {
  const fd = openSync(path, "r");
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

function readHeader(fd: number, source: string): NpyHeader {
  const prefix = Buffer.alloc(npyPrefixBytes);
  const headerBytes = npyHeaderBytes(prefix.subarray(0, readAt(fd, prefix, 0)), source);
  const bytes = Buffer.alloc(headerBytes);
  return checkedHeader(bytes.subarray(0, readAt(fd, bytes, 0)), headerBytes, fstatSync(fd).size, source);
}

function checkedHeader(bytes: Uint8Array, headerBytes: number, fileBytes: number, source: string): NpyHeader {
  if (bytes.length < headerBytes) {
    throw new ArrayFileError("ERR_ARRAY_FILE_TRUNCATED", source, "the file ends within its header");
  }
  const header = parseNpyHeader(bytes, source);
  if (fileBytes < headerBytes + header.nbytes) throw truncated(source, header, fileBytes - headerBytes);
  return header;
}

function truncated(source: string, { shape, dtype, nbytes }: NpyHeader, found: number): ArrayFileError {
  const message = `shape [${shape.join(", ")}] of ${dtype} needs ${nbytes} bytes of elements, the file has ${found}`;
  return new ArrayFileError("ERR_ARRAY_FILE_TRUNCATED", source, message);
}

/** Reads the elements where they will live. */
function readElements(fd: number, source: string, header: NpyHeader, data: DataOf<DType>): void {
  const now = readHeader(fd, source);
  if (JSON.stringify(now) !== JSON.stringify(header)) {
    throw new ArrayFileError(
      "ERR_ARRAY_FILE_CHANGED",
      source,
      "the file has changed since it was loaded; load it again",
    );
  }
  for (let done = 0; done < header.nbytes;) {
    const length = Math.min(chunkBytes, header.nbytes - done);
    const chunk = new Uint8Array(data.buffer, data.byteOffset + done, length);
    const count = readAt(fd, chunk, header.dataOffset + done);
    if (count < length) throw truncated(source, header, done + count);
    settle(chunk, header.dtype, header.bigEndian);
    done += length;
  }
}

/** Reads until the bytes are full or the file ends; returns how many there were. */
function readAt(fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
