import type { Storage } from "@nodemm/shelf";
import type { NDArray } from "../ndarray.ts";
import type { View } from "../view.ts";

/**
 * Whose bytes other libraries hold. An array that comes back from one lies on the shelf again: its in-place operations are
 * recorded, and it can be persisted.
 */
const storages = new WeakMap<ArrayBufferLike, Storage>();

/** The elements of an array, for another library to hold. */
export function lend(array: NDArray): View["data"] {
  const { data, storage } = array;
  if (storage !== undefined) storages.set(data.buffer, storage);
  return data;
}

/** The shelf's bytes under a buffer that was lent; undefined in DRAM. */
export function storageUnder(buffer: ArrayBufferLike): Storage | undefined {
  return storages.get(buffer);
}
