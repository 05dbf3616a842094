import { resolve } from "node:path";
import { checkOptions } from "@nodemm/pmem-native";
import type { Codec } from "../codecs/codec.ts";
import { CodecRegistry } from "../codecs/registry.ts";
import { mapBeside } from "../map-path.ts";
import { ShelfReader } from "./reader.ts";

export interface ReaderOptions {
  /** Codecs for types beyond the shelf's own. */
  readonly types?: readonly Codec[];
}

/**
 * Opens the shelf of a file or device for reading, whether or not anybody has it open for writing, any number of times.
 * Nothing is written, and no writer is kept out. See {@link ShelfReader}.
 *
 * Do not store into what it gives; copy what is to be changed. Such a store never reaches the shelf, but the page that it
 * went to shows nothing any more of what the writer does to it, in this variable, another or the catalog, until the reader
 * is opened again.
 *
 * A DAX device has one mapping for all: what is stored into a reader's arrays does go to the shelf there; and a
 * transaction that was cut short is put right by the next writer alone, until when opening is refused
 * (`ERR_SHELF_BUSY`).
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND`, `ERR_PMEM_UNSUPPORTED` outside Linux;
 *   ShelfError `ERR_SHELF_NOT_A_SHELF`, `ERR_SHELF_CORRUPT`, `ERR_SHELF_FORMAT_VERSION`, `ERR_SHELF_FEATURES`,
 *   `ERR_SHELF_BUSY`
 * @example
 * using reader = openReader("state.shelf");
 * if (reader.stale) reader.refresh();
 * const epoch = reader.get("epoch");
 */
export function openReader<Variables extends object = Record<string, unknown>>(
  path: string,
  options: ReaderOptions = {},
): ShelfReader<Variables> {
  return open("openReader", path, options);
}

/**
 * Attaches to a shelf that this process, or one that it works with, has open: as {@link openReader}, but what is stored
 * into arrays goes to the shelf's own bytes, for its owner and every other worker to see at once. Who stores where is
 * theirs to agree on; names, transactions and durability stay the owner's. While anybody is attached, `compact` moves
 * nothing.
 *
 * @throws ShelfError `ERR_SHELF_NO_OWNER`; `ERR_SHELF_BUSY` if the owner is compacting it; and what {@link openReader} throws
 */
export function attachShelf<Variables extends object = Record<string, unknown>>(
  path: string,
  options: ReaderOptions = {},
): ShelfReader<Variables> {
  return open("attachShelf", path, options);
}

function open<Variables extends object>(
  opener: "openReader" | "attachShelf",
  path: string,
  options: ReaderOptions,
): ShelfReader<Variables> {
  if (typeof path !== "string" || path === "") throw new TypeError("a reader takes the path of a shelf's file");
  checkOptions(opener, options, ["types"] satisfies (keyof ReaderOptions)[]);
  const attaches = opener === "attachShelf";
  const { types } = options;
  if (types !== undefined && !Array.isArray(types)) throw new TypeError("types must be an array of codecs");
  // It is mapped anew now and then, also after the process has gone to another folder.
  const absolute = resolve(path);
  return new ShelfReader({ map: () => mapBeside(absolute, !attaches), codecs: new CodecRegistry(types), attaches });
}
