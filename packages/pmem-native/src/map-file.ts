import type { NativeFailure } from "./binding.ts";
import { failureError } from "./failures.ts";
import { PmemError } from "./errors.ts";
import { MappedRegion } from "./mapped-region.ts";
import type { Marks } from "./marks.ts";
import type { ByteRange, MediaFact } from "./media.ts";
import { openRegion, openRegionAsync, type OpenRequest } from "./open-region.ts";
import {
  checkBoolean,
  checkBytes,
  checkFits,
  checkMapOptions,
  checkOptions,
  choice,
  mapOptionNames,
  type MapOptions,
} from "./options.ts";
import type { AsyncOptions, Region } from "./region.ts";
import type { PersistenceDomain, SourceKind } from "./source.ts";
import { Status } from "./status.ts";

/** What was chosen once, at mapping. */
export interface Instructions {
  /** How flushed bytes are written back: `clwb`, `clflushopt`, `clflush`, `dc cvap`, `dc cvadp`, `msync` or `none`. */
  readonly flush: string;
  /** The extension that stores past the caches: `movdir64b`, `avx512`, `avx2`, `sse2`, or `memcpy` for cached stores. */
  readonly copy: string;
  /** How CRC-32C is computed: `sse4.2`, `armv8-crc` or `table`. */
  readonly crc: string;
  /** From how many bytes on flushes, copies and fills are shared among threads; `Infinity` on a single processor. */
  readonly parallelBytes: number;
  /** From how many bytes on a persist writes back all caches (`/proc/wbinvd`); `Infinity` where that cannot be had. */
  readonly wholeCacheBytes: number;
}

/** A file, DAX device or nameless memory, mapped. Only its opener writes it: every other opening is refused while it lives. */
export interface MappedFile extends Region, Disposable {
  readonly path: string;
  /** Whether this opening created the file. */
  readonly created: boolean;
  readonly instructions: Instructions;
  readonly kind: SourceKind;
  /** What the platform reports for the persistent memory under it; `none` where no such memory was found. */
  readonly persistenceDomain: PersistenceDomain;
  /** Where the medium was known to be unreadable at opening, in bytes of the region; ascending. */
  readonly badBlocks: MediaFact<readonly ByteRange[]>;
  /** How often, by opening, the power had gone without the memory modules under the region having saved all. */
  readonly unsafeShutdowns: MediaFact<number>;
  /**
   * A copy of a range. Where a byte cannot be read it throws and changes nothing: the region goes on, whereas a fault
   * through a view or another verb ends its use.
   * @throws PmemError `ERR_PMEM_FAULT` with the offset
   */
  readSafely(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** {@link readSafely} away from the event loop. */
  readSafelyAsync(offset: number, length: number, options?: AsyncOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** What this opener tells the others, and they it. */
  readonly marks: Marks;
}

export interface MapFileOptions extends MapOptions {
  /** Whether the file must exist (`open`, the default), must not (`create`), or may. */
  readonly mode?: "open" | "create" | "open-or-create";
  /** Bytes of a file to be created. An existing file or a device keeps its own size. */
  readonly size?: number;
  /**
   * Map for reading: other readers are let in, writers are not. Stores through a view stay in this process. DAX devices
   * refuse it.
   */
  readonly readOnly?: boolean;
  /**
   * Map beside whoever has the file open, without a lock: nothing then keeps two openers from writing the same bytes, so
   * both must know of each other. {@link MappedFile.marks} are for that. For what exists already. It cannot grow
   * (`ERR_PMEM_UNSUPPORTED`): who holds the lock may have made the file longer in the meantime.
   */
  readonly beside?: boolean;
}

const optionNames: readonly (keyof MapFileOptions | "signal")[] = [
  "mode",
  "size",
  "readOnly",
  "beside",
  "signal",
  ...mapOptionNames,
];

const modes = ["open", "create", "open-or-create"] as const;

/**
 * Maps a file or a DAX device (`/dev/daxX.Y`): opened or created, locked for this opener alone, all of it really
 * allocated and synced. A file that it creates is synced with its folder; who gave an existing one its name syncs that.
 *
 * A device is mapped whole, in units of its alignment, and never grows. What a killed process left in the processor's
 * caches is flushed at opening, which reads through all of the device. With `DAX_RESET=1` in the environment, opening a
 * device clears it, and says so on the standard error stream.
 *
 * A creation that fails leaves no file behind; an existing file's bytes are never changed by opening it.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND`, `ERR_PMEM_EXISTS`, `ERR_PMEM_LOCKED`, `ERR_PMEM_PERMISSION`,
 *   `ERR_PMEM_NOT_A_FILE`, `ERR_PMEM_SIZE`, `ERR_PMEM_NO_SPACE`, `ERR_PMEM_CAPACITY`, `ERR_PMEM_GRANULARITY`,
 *   `ERR_PMEM_UNSUPPORTED`, `ERR_PMEM_SYNC_FAILED`, `ERR_PMEM_SYSTEM`, `ERR_PMEM_NO_BINDING`
 * @example
 * using region = mapFile("state.pm", { mode: "open-or-create", size: 1 << 20 });
 * const counts = new Float64Array(region.view(0, 800));
 * counts[3] += 1;
 * region.persist(24, 8);
 */
export function mapFile(path: string, options: MapFileOptions = {}): MappedFile {
  const request = checkMapFile(path, options);
  return regionOrThrow(request, openRegion(request), options);
}

/**
 * {@link mapFile} away from the event loop, which allocating a large file or flushing a device would stop for seconds.
 * An abort ends it between steps of the allocation, and leaves nothing of a new file; one that comes after the last step
 * leaves it there, closed.
 *
 * @throws PmemError (rejects) `ERR_PMEM_ABORTED`, and what {@link mapFile} throws
 */
export async function mapFileAsync(path: string, options: MapFileOptions & AsyncOptions = {}): Promise<MappedFile> {
  const request = checkMapFile(path, options);
  return regionOrThrow(request, await openRegionAsync(request, options), options);
}

function checkMapFile(path: string, options: MapFileOptions): OpenRequest {
  checkPath(path);
  checkOptions("mapFile", options, optionNames);
  const { mode = "open", size, readOnly = false, beside = false } = options;
  const creation = choice("mode", mode, modes);
  checkBoolean("readOnly", readOnly);
  if (readOnly && mode !== "open") {
    throw new TypeError(`readOnly cannot be combined with mode "${mode}": a created file must be written; use "open"`);
  }
  checkBoolean("beside", beside);
  if (beside && mode !== "open") {
    throw new TypeError(`beside cannot be combined with mode "${mode}": a new file has no other opener; use "open"`);
  }
  checkBytes(path, "size", size);
  const checked = checkMapOptions(path, options);
  if (size === undefined && mode === "create") {
    throw new PmemError("ERR_PMEM_SIZE", path, `creating ${path} needs a size, got none; pass size in bytes`);
  }
  if (mode !== "open") checkFits(path, size ?? 0, checked.capacity);
  // Without a size an absent file cannot be made: then "open-or-create" is "open", with its own words.
  return {
    source: path,
    path,
    creation: size === undefined ? 0 : creation,
    readOnly,
    beside,
    size: size ?? 0,
    ...checked,
  };
}

function regionOrThrow(
  { path, creation }: OpenRequest,
  opened: MappedRegion | NativeFailure,
  { mode = "open" }: MapFileOptions,
): MappedFile {
  if (opened instanceof MappedRegion) return opened;
  if (opened.status === Status.notFound && creation !== modes.indexOf(mode)) {
    throw new PmemError(
      "ERR_PMEM_SIZE",
      path,
      `${path} does not exist and creating it needs a size, got none; pass size in bytes`,
    );
  }
  throw failureError(path, opened);
}

function checkPath(path: unknown): void {
  if (typeof path !== "string") {
    throw new TypeError(`path must be a string, got ${typeof path}; pass the file's path`);
  }
  if (path === "" || path.includes("\0")) {
    throw new TypeError(`path must not be ${path === "" ? "empty" : "cut by a NUL character"}; pass the file's path`);
  }
}
