import type { Storage } from "@nodemm/shelf";
import { empty } from "../create.ts";
import { describe, dtypeInfo } from "../dtype.ts";
import { settle } from "./chunks.ts";
import { ArrayFileError } from "./file-error.ts";
import type { NpyHeader } from "./npy-header.ts";
import type { FileOptions } from "./save.ts";

/** What loading needs of a shelf. */
export interface LoadingShelf {
  readonly closed: boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  delete(name: string): boolean;
  rename(name: string, newName: string): void;
  storage(name: string): Storage;
  transaction<Result>(work: () => Result): Result;
}

/** An array on its way to a shelf: what it will be, and its bytes as the file has them. */
export interface Arriving {
  readonly name: string;
  readonly header: NpyHeader;
  /** Together as many bytes as the header says; each chunk may be used again once the next is asked for. */
  readonly chunks: () => AsyncIterable<Uint8Array>;
}

const suffix = " (loading)";

/** The names under which arrays are on their way. */
const underWay = new WeakMap<LoadingShelf, Set<string>>();

/**
 * Brings arrays to a shelf under other names and then, in one transaction, under theirs.
 * @throws ArrayFileError `ERR_ARRAY_FILE_BUSY`; whatever a source of bytes throws; with nothing changed
 */
export async function publishFrom(
  shelf: LoadingShelf,
  arrivals: Iterable<Arriving> | AsyncIterable<Arriving>,
  options: FileOptions,
): Promise<string[]> {
  expectShelf(shelf);
  const busy = underWay.get(shelf) ?? new Set<string>();
  underWay.set(shelf, busy);
  const names: string[] = [];
  try {
    for await (const { name, header, chunks } of arrivals) {
      if (busy.has(name)) {
        throw new ArrayFileError(
          "ERR_ARRAY_FILE_BUSY",
          name,
          "another load into this variable is under way; await it first",
        );
      }
      busy.add(name);
      names.push(name);
      const aside = name + suffix;
      shelf.set(aside, empty(header.shape, header.dtype, { order: header.order }));
      if (header.nbytes > 0) await fillFrom(shelf.storage(aside), header, chunks(), options);
    }
    options.signal?.throwIfAborted();
    nameArrived(shelf, names);
  } catch (error) {
    if (!shelf.closed) for (const name of names) shelf.delete(name + suffix);
    throw error;
  } finally {
    for (const name of names) busy.delete(name);
  }
  return names;
}

function expectShelf(shelf: unknown): void {
  if (typeof shelf === "object" && shelf !== null && "transaction" in shelf) return;
  throw new TypeError(`Expected the shelf that takes the arrays, found ${describe(shelf)}`);
}

/** Gives arrays that have arrived the names that they were loaded for, together. */
export function nameArrived(shelf: LoadingShelf, names: readonly string[]): void {
  shelf.transaction(() => {
    for (const name of names) shelf.rename(name + suffix, name);
  });
}

async function fillFrom(
  storage: Storage,
  header: NpyHeader,
  chunks: AsyncIterable<Uint8Array>,
  options: FileOptions,
): Promise<void> {
  const { dtype, bigEndian, nbytes } = header;
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  let done = 0;
  for await (const chunk of chunks) {
    await storage.copyAsync(done, chunk, { signal });
    done += chunk.length;
    onProgress?.(done, nbytes);
    signal?.throwIfAborted();
  }
  const { itemsize, words } = dtypeInfo(dtype);
  if (dtype !== "bool" && (!bigEndian || itemsize === words)) return;
  settle(new Uint8Array(storage.buffer), dtype, bigEndian);
  await storage.persistAsync(0, nbytes, { signal });
}
