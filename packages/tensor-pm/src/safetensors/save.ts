/** Safetensors out of a shelf, or of DRAM: a piece at a time, in the layout of the reference implementation. */
import { NDArray, replaceFileAsync } from "@nodemm/ndarray-pm";
import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { encodeHeader, type Unplaced } from "./header.ts";
import type { SafetensorsOptions } from "./load.ts";

/** Tensors by their names. */
export type SafetensorsTensors = ReadonlyMap<string, Tensor | NDArray> | Readonly<Record<string, Tensor | NDArray>>;

export interface SaveSafetensorsOptions extends SafetensorsOptions {
  /** Texts that the header keeps besides, such as `{ format: "pt" }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const pieceBytes = 4 * 1024 * 1024;

interface Item extends Unplaced {
  readonly array: NDArray;
}

/**
 * Writes tensors, of a shelf or of DRAM, as a safetensors file, bit for bit as the reference implementation does. The file
 * appears whole, in place of one of that name, whose permissions it keeps, and survives a power failure when the promise is
 * fulfilled; a link stays, and leads to the new file. Takes a few MiB of DRAM, but for tensors with gaps, each of which is
 * copied; leave the elements alone until it is done.
 *
 *     await saveSafetensors("model.safetensors", { weight: shelf.get("weight") }, { metadata: { format: "pt" } });
 *
 * @throws TypeError for what is no tensor or has a dtype that the format has no name for; (rejects) ShelfError
 * `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`; the signal's reason; what the file system rejects with
 */
export async function saveSafetensors(
  path: string | URL,
  tensors: SafetensorsTensors,
  options: SaveSafetensorsOptions = {},
): Promise<void> {
  const target = resolve(path instanceof URL ? fileURLToPath(path) : path);
  const pieces = safetensorsPieces(tensors, options);
  await replaceFileAsync(target, async (file) => {
    for await (const piece of pieces) await writeWhole(file, piece);
  });
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length;) done += (await file.write(piece, done, piece.length - done)).bytesWritten;
}

/**
 * The bytes of {@link saveSafetensors}, one piece after another, for streams and requests: `Readable.from(pieces)`. A piece
 * is valid until the next is asked for.
 * @throws TypeError as {@link saveSafetensors}, at the call
 */
export function safetensorsPieces(
  tensors: SafetensorsTensors,
  options: SaveSafetensorsOptions = {},
): AsyncGenerator<Uint8Array, void> {
  checkOptions("safetensors", options, ["metadata", "signal", "onProgress"]);
  const items = itemsOf(tensors);
  const { bytes, ordered } = encodeHeader(items, options.metadata);
  return generate(bytes, ordered, options);
}

async function* generate(
  header: Uint8Array,
  ordered: readonly Item[],
  { signal, onProgress }: SafetensorsOptions,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted();
  yield header;
  const total = ordered.reduce((sum, { array }) => sum + array.nbytes, 0);
  // What is handed on must not be the shelf's own bytes, which may be detached while the system reads them.
  const buffer = new Uint8Array(Math.min(pieceBytes, total));
  let done = 0;
  for (const { array } of ordered) {
    const dense = array.layout === "C" ? array : array.copy();
    for (let at = 0; at < array.nbytes; at += pieceBytes) {
      signal?.throwIfAborted();
      const piece = buffer.subarray(0, Math.min(pieceBytes, array.nbytes - at));
      // Asked for at each piece: it throws once the variable has gone.
      const { data, offset, itemsize } = dense;
      piece.set(new Uint8Array(data.buffer, data.byteOffset + offset * itemsize + at, piece.length));
      yield piece;
      done += piece.length;
      onProgress?.(done, total);
    }
  }
}

function itemsOf(tensors: SafetensorsTensors): Item[] {
  if (typeof tensors !== "object" || tensors === null) throw new TypeError("Expected a Map or an object of tensors");
  const entries: [string, unknown][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  return entries.map(([name, value]) => {
    if (typeof name !== "string") throw new TypeError(`Expected names of tensors to be strings, found ${typeof name}`);
    const array: unknown = value instanceof Tensor ? value.array : value;
    if (NDArray.isNDArray(array)) return { name, dtype: array.dtype, shape: array.shape, array };
    throw new TypeError(`Expected ${JSON.stringify(name)} to be a Tensor or an NDArray`);
  });
}
