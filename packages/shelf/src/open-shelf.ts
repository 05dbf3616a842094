import { endianness } from "node:os";
import { unlinkSync } from "node:fs";
import { resolve } from "node:path";
import {
  type AsyncOptions,
  checkOptions,
  formatSize,
  type MappedFile,
  parseSize,
  PmemError,
  type Region,
} from "@nodemm/pmem-native";
import type { Codec } from "./codecs/codec.ts";
import { CodecRegistry } from "./codecs/registry.ts";
import { countRegion, makeCounters } from "./counters.ts";
import { createShelf } from "./create.ts";
import { ShelfError } from "./errors.ts";
import type { Growth } from "./growth.ts";
import { lanesOffset, pageBytes, roundUp, sizeBytesMin } from "./layout.ts";
import { cutFile, identify, mapShelf, mapShelfAsync } from "./map-path.ts";
import { joiningMark, marksOf, writerMark } from "./readers/marks.ts";
import { openReader, type ReaderOptions } from "./readers/open-reader.ts";
import type { ShelfReader } from "./readers/reader.ts";
import { recoverShelf } from "./recovery.ts";
import { Shelf } from "./shelf.ts";
import { ShutdownRecord } from "./shutdown-record.ts";
import type { Store } from "./store.ts";
import { beginsAsShelf, type Found, isBlankBehind, type Superblock, SuperblockPair } from "./superblock.ts";

export interface OpenShelfOptions {
  /**
   * How large to make the shelf where there is none: bytes, or text such as `"512 MiB"`. An existing shelf keeps its size,
   * unless it is made anew and this is larger. Needed to create by path.
   */
  readonly size?: number | string;
  /**
   * Open it to read only, beside its writer too, as {@link openReader} does, whose options alone go with it. By path only.
   */
  readonly readOnly?: false;
  /** Start empty: what an existing shelf holds is gone, at once and for good. A file that is no shelf is still refused. */
  readonly forceNew?: boolean;
  /**
   * Open a shelf although power failed while it was open and its memory modules could not save everything, so that bytes
   * which had been flushed may be lost. Only modules that count such failures let it be noticed.
   */
  readonly acceptUnsafeShutdown?: boolean;
  /**
   * How far the shelf can grow while it is open, in bytes or as text: address space to reserve, not memory. By default
   * 1 TiB, less where the system refuses it. Beyond it, open the shelf again with more. By path only.
   */
  readonly capacity?: number | string;
  /**
   * What a shelf that is full does: `"manual"`, the default, throws `ERR_SHELF_NO_SPACE`; `"auto"` grows in place, by a
   * quarter of its size or, where the medium has no room for that, what is needed, as far as the address space reserved
   * for it allows; an object says by how much at once, and how far.
   */
  readonly grow?: "manual" | "auto" | { readonly step?: number | string; readonly max?: number | string };
  /** Count what the shelf does, for {@link Shelf.counters}. It costs some tens of nanoseconds a call. False by default. */
  readonly counters?: boolean;
  /** Codecs for types beyond the shelf's own, such as `ndarrayCodec` of `@nodemm/ndarray-pm`. */
  readonly types?: readonly Codec[];
}

const optionNames: readonly (keyof OpenShelfOptions | "signal")[] = [
  "size",
  "readOnly",
  "forceNew",
  "acceptUnsafeShutdown",
  "capacity",
  "grow",
  "counters",
  "types",
  "signal",
];

/** What `readOnly` makes of {@link OpenShelfOptions}. */
export type ReadOnlyOptions = ReaderOptions & { readonly readOnly: true };

/**
 * Opens the shelf at a path, or in a region, recovering it if need be; creates it where there is none and a size is given:
 * no file, nothing but zeros, or a creation that was cut short. Anything else is left alone.
 * Takes no time per byte of data: values are opened when they are first asked for. The shelf is this process's alone until
 * it is closed. A region handed in belongs to the shelf from now on, which closes it with itself, or if opening fails.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND`, `ERR_PMEM_LOCKED`, `ERR_PMEM_NO_SPACE`, `ERR_PMEM_PERMISSION` and others of the medium
 * @throws ShelfError `ERR_SHELF_NOT_A_SHELF`, `ERR_SHELF_CORRUPT`, `ERR_SHELF_SIZE`, `ERR_SHELF_FORMAT_VERSION`,
 *   `ERR_SHELF_FEATURES`, `ERR_SHELF_UNSAFE_SHUTDOWN`; the file is untouched
 *
 * @example
 * using shelf = openShelf("state.shelf", { size: "512 MiB" });
 * shelf.vars.epoch = 7;
 */
export function openShelf<Variables extends object = Record<string, unknown>>(
  path: string,
  options: ReadOnlyOptions,
): ShelfReader<Variables>;
export function openShelf<Variables extends object = Record<string, unknown>>(
  pathOrRegion: string | Region,
  options?: OpenShelfOptions,
): Shelf<Variables>;
export function openShelf<Variables extends object>(
  pathOrRegion: string | Region,
  options: OpenShelfOptions | ReadOnlyOptions = {},
): Shelf<Variables> | ShelfReader<Variables> {
  if (typeof pathOrRegion !== "string") return new Shelf<Variables>(openGiven(pathOrRegion, options));
  if (isReadOnly(options)) return openToRead(pathOrRegion, options);
  const settings = readOptions(options);
  return new Shelf<Variables>(openMapped(mapShelf(pathOrRegion, settings), settings, pathOrRegion));
}

/**
 * {@link openShelf} with what may take seconds away from the event loop: allocating the space of a new file, which it
 * does in steps, and writing back a DAX device. What follows, reading the catalog and recovering, takes well under a
 * microsecond a name and is done at once. An abort by `signal` leaves nothing of a new file; once the file is there, the
 * shelf is opened. A region is there already, so that nothing is waited for.
 *
 * @throws PmemError (rejects) `ERR_PMEM_ABORTED`, and what {@link openShelf} throws
 *
 * @example
 * using shelf = await openShelfAsync("state.shelf", { size: "512 GiB", signal: AbortSignal.timeout(60_000) });
 */
export async function openShelfAsync<Variables extends object = Record<string, unknown>>(
  path: string,
  options: ReadOnlyOptions,
): Promise<ShelfReader<Variables>>;
export async function openShelfAsync<Variables extends object = Record<string, unknown>>(
  pathOrRegion: string | Region,
  options?: OpenShelfOptions & AsyncOptions,
): Promise<Shelf<Variables>>;
export async function openShelfAsync<Variables extends object>(
  pathOrRegion: string | Region,
  options: (OpenShelfOptions & AsyncOptions) | ReadOnlyOptions = {},
): Promise<Shelf<Variables> | ShelfReader<Variables>> {
  if (typeof pathOrRegion !== "string") return new Shelf<Variables>(openGiven(pathOrRegion, options));
  if (isReadOnly(options)) return openToRead(pathOrRegion, options);
  const settings = readOptions(options);
  const { signal } = options;
  // The process may go to another folder meanwhile.
  const absolute = resolve(pathOrRegion);
  const region = await mapShelfAsync(absolute, settings, signal === undefined ? {} : { signal });
  return new Shelf<Variables>(openMapped(region, settings, absolute));
}

function isReadOnly(options: OpenShelfOptions | ReadOnlyOptions): options is ReadOnlyOptions {
  return options?.readOnly === true;
}

function openToRead<Variables extends object>(path: string, options: ReadOnlyOptions): ShelfReader<Variables> {
  const { readOnly: _, ...rest } = options;
  return openReader<Variables>(path, rest);
}

function openGiven(region: Region, options: OpenShelfOptions | ReadOnlyOptions): Store {
  if (typeof region !== "object" || region === null || typeof region.view !== "function") {
    throw new TypeError("openShelf takes a path or a region");
  }
  return openOrClose(region, () => {
    const settings = readOptions(options);
    return openStore(region, { ...settings, sizeBytes: settings.sizeBytes ?? region.length });
  });
}

/** Options, checked. */
interface Settings {
  readonly sizeBytes: number | undefined;
  readonly forceNew: boolean;
  readonly acceptUnsafeShutdown: boolean;
  readonly codecs: CodecRegistry;
  readonly growth: Growth | undefined;
  readonly capacity: number | undefined;
  readonly counters: boolean;
}

function openMapped(region: MappedFile, settings: Settings, path: string): Store {
  return openOrClose(region, () => {
    try {
      return openStore(region, settings, path);
    } catch (error) {
      // The file is ours alone, while it is locked, and holds nothing yet: leave no half-made shelf behind.
      if (region.created) unlinkSync(path);
      throw error;
    }
  });
}

function openOrClose(region: Region, open: () => Store): Store {
  try {
    return open();
  } catch (error) {
    region.close();
    throw error;
  }
}

function openStore(given: Region, settings: Settings, path?: string): Store {
  const counters = settings.counters ? makeCounters() : undefined;
  const region = counters === undefined ? given : countRegion(given, counters);
  const { sizeBytes, forceNew, acceptUnsafeShutdown, codecs, growth } = settings;
  if (region.readOnly)
    throw new ShelfError("ERR_SHELF_READ_ONLY", `${region.source} is mapped read-only; map it writable`);
  if (region.length < lanesOffset) failShort(region);
  const shutdowns = new ShutdownRecord(region);
  const superblocks = new SuperblockPair(region);
  let found = readSuperblocks(superblocks, forceNew);
  if (found.kind === "foreign") failForeign(region, "its first bytes are no shelf's");
  if (found.kind !== "shelf" && sizeBytes === undefined) {
    failForeign(region, "it is empty, or its creation was cut short; give a size to make it a shelf");
  }
  if (found.kind === "zeros" && !isCreated(region) && !isBlankBehind(region)) {
    failForeign(region, "it begins with zeros, but other bytes follow");
  }
  if (found.kind !== "shelf" || forceNew) {
    refuseBesideReaders(region);
    if (sizeBytes !== undefined && sizeBytes > region.length) region.grow(sizeBytes);
    shutdowns.clear();
    createShelf(region, superblocks);
    found = superblocks.read();
  } else if (!acceptUnsafeShutdown) shutdowns.check();
  if (found.kind !== "shelf")
    throw new ShelfError("ERR_SHELF_CORRUPT", "the new shelf cannot be read back", { offset: 0 });
  const cut = path === undefined ? undefined : giveBack(path);
  const store = recoverShelf(region, superblocks, found, { codecs, shutdowns, growth, cut, counters });
  shutdowns.markOpen();
  return store;
}

/** A shelf whose superblocks are damaged may still be started anew. */
function readSuperblocks(superblocks: SuperblockPair, forceNew: boolean): Found {
  try {
    return superblocks.read();
  } catch (error) {
    if (forceNew && error instanceof ShelfError && error.code === "ERR_SHELF_CORRUPT") return { kind: "unfinished" };
    throw error;
  }
}

function giveBack(path: string): ((superblock: Superblock) => void) | undefined {
  const absolute = resolve(path);
  const opened = identify(absolute);
  return opened === undefined ? undefined : ({ sizeBytes }) => cutFile(absolute, opened, sizeBytes);
}

/** A new shelf would lie where readers look at the old one, whose extents it knows nothing of. */
function refuseBesideReaders(region: Region): void {
  if (marksOf(region)?.heldByOthers(joiningMark, writerMark) !== true) return;
  throw new ShelfError(
    "ERR_SHELF_READERS",
    `${region.source} has readers, under whom it cannot be made anew; close them first, or erase with shelf.clear()`,
  );
}

/** Whether this opening made the file, so that nothing can be in it. */
function isCreated(region: Region | MappedFile): boolean {
  return "created" in region && region.created;
}

function failShort(region: Region): never {
  if (!beginsAsShelf(region)) {
    failForeign(region, `it is ${region.length} bytes long; the smallest shelf takes ${sizeBytesMin}`);
  }
  throw new ShelfError(
    "ERR_SHELF_CORRUPT",
    `${region.source} begins as a shelf, but only ${region.length} bytes of it are there: was the file cut short? ` +
      `It was left untouched; restore it from a copy`,
    { structure: "superblock", offset: 0 },
  );
}

function failForeign(region: Region, reason: string): never {
  throw new ShelfError(
    "ERR_SHELF_NOT_A_SHELF",
    `${region.source} is not a shelf: ${reason}. It was left untouched; open another path, or move it away`,
  );
}

function shelfSize(size: number | string, option = "size"): number {
  const bytes = parseShelfSize(size);
  if (bytes < sizeBytesMin) {
    const least = formatSize(sizeBytesMin);
    throw new ShelfError(
      "ERR_SHELF_SIZE",
      `a shelf takes at least ${least}, ${option} says ${size}; give ${least} or more`,
    );
  }
  return roundUp(bytes, pageBytes);
}

function parseShelfSize(size: number | string): number {
  try {
    return parseSize(size);
  } catch (error) {
    if (error instanceof RangeError) throw new ShelfError("ERR_SHELF_SIZE", error.message, { cause: error });
    throw error;
  }
}

function readOptions(options: OpenShelfOptions | ReadOnlyOptions): Settings {
  checkOptions("openShelf", options, optionNames);
  if (isReadOnly(options)) throw new TypeError("readOnly goes with a path: a reader maps the shelf's file itself");
  if (endianness() !== "LE") {
    throw new PmemError("ERR_PMEM_UNSUPPORTED", "this machine", "shelves need a little-endian machine");
  }
  const {
    size,
    readOnly = false,
    forceNew = false,
    acceptUnsafeShutdown = false,
    capacity,
    grow,
    types,
    counters = false,
  } = options;
  if (typeof readOnly !== "boolean") throw new TypeError(`readOnly must be true or false, got ${typeof readOnly}`);
  if (typeof counters !== "boolean") throw new TypeError(`counters must be true or false, got ${typeof counters}`);
  if (typeof forceNew !== "boolean") throw new TypeError(`forceNew must be true or false, got ${typeof forceNew}`);
  if (typeof acceptUnsafeShutdown !== "boolean") {
    throw new TypeError(`acceptUnsafeShutdown must be true or false, got ${typeof acceptUnsafeShutdown}`);
  }
  if (types !== undefined && !Array.isArray(types)) {
    throw new TypeError("types must be an array of codecs, such as [ndarrayCodec]");
  }
  const sizeBytes = size === undefined ? undefined : shelfSize(size);
  return {
    sizeBytes,
    forceNew,
    counters,
    acceptUnsafeShutdown,
    codecs: new CodecRegistry(types),
    growth: growthOf(grow),
    capacity: capacity === undefined ? undefined : shelfSize(capacity, "capacity"),
  };
}

function growthOf(grow: OpenShelfOptions["grow"]): Growth | undefined {
  if (grow === undefined || grow === "manual") return undefined;
  if (grow === "auto") return { step: undefined, max: Infinity };
  if (typeof grow !== "object" || grow === null) {
    throw new TypeError(`grow must be "manual", "auto" or { step, max }, got ${JSON.stringify(grow) ?? typeof grow}`);
  }
  checkOptions("grow", grow, ["step", "max"] satisfies (keyof typeof grow)[]);
  const { step, max } = grow;
  return {
    step: step === undefined ? undefined : roundUp(parseShelfSize(step), pageBytes),
    max: max === undefined ? Infinity : parseShelfSize(max),
  };
}
