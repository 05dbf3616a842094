import { failureError } from "./failures.ts";
import { PmemError } from "./errors.ts";
import { loadBinding } from "./load-binding.ts";
import { MappedRegion } from "./mapped-region.ts";
import type { Granularity, Region } from "./region.ts";
import {
  persistenceDomains,
  sourceKinds,
  sysfsRemark,
  sysfsRoot,
  type PersistenceDomain,
  type SourceKind,
} from "./source.ts";
import { Status } from "./status.ts";

/** What was chosen once, at mapping. */
export interface Instructions {
  /** How flushed bytes are written back: `clwb`, `clflushopt`, `clflush`, `dc cvap`, `dc cvadp`, `msync` or `none`. */
  readonly flush: string;
  /** The vector extension of non-temporal copies and fills: `avx512`, `avx2`, `sse2`, or `memcpy` for cached ones. */
  readonly copy: string;
  /** How CRC-32C is computed: `sse4.2`, `armv8-crc` or `table`. */
  readonly crc: string;
}

/** A file or DAX device mapped into memory. Only its opener writes it: every other opening is refused while it lives. */
export interface MappedFile extends Region, Disposable {
  readonly path: string;
  /** Whether this opening created the file. */
  readonly created: boolean;
  readonly instructions: Instructions;
  readonly kind: SourceKind;
  /** What the platform reports for the persistent memory under it; `none` where no such memory was found. */
  readonly persistenceDomain: PersistenceDomain;
}

export interface MapFileOptions {
  /** Whether the file must exist (`open`, the default), must not (`create`), or may. */
  readonly mode?: "open" | "create" | "open-or-create";
  /** Bytes of a file to be created. An existing file or a device keeps its own size. */
  readonly size?: number;
  /**
   * Map for reading: other readers are let in, writers are not. Stores through a view stay in this process. DAX devices
   * refuse it.
   */
  readonly readOnly?: boolean;
  /** The coarsest granularity to accept. */
  readonly granularity?: Granularity;
  /**
   * Behave with this granularity whatever the file is on: for tests and emulation. The durability statement stays true.
   * The environment variable `NODEMM_FORCE_GRANULARITY` does the same for every mapping; this option wins.
   */
  readonly forceGranularity?: Granularity;
  /** Bytes of address space to reserve for growth. By default 1 TiB, less where the system refuses it; a device's size. */
  readonly capacity?: number;
}

const modes = ["open", "create", "open-or-create"] as const;
const granularities = ["byte", "cache-line", "page"] as const;
const survivals = ["none", "process-exit", "power-failure"] as const;

/**
 * Maps a file or a DAX device (`/dev/daxX.Y`): opened or created, locked for this opener alone, all of it really
 * allocated, synced with its folder.
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
  checkPath(path);
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, got ${typeof options}; pass { mode, size, ... } or nothing`);
  }
  const { mode = "open", size, readOnly = false, granularity, capacity } = options;
  const creation = choice("mode", mode, modes);
  if (typeof readOnly !== "boolean") {
    throw new TypeError(`readOnly must be a boolean, got ${typeof readOnly}; pass true or false`);
  }
  if (readOnly && mode !== "open") {
    throw new TypeError(`readOnly cannot be combined with mode "${mode}": a created file must be written; use "open"`);
  }
  checkBytes(path, "size", size);
  checkBytes(path, "capacity", capacity);
  if (size === undefined && mode === "create") {
    throw new PmemError("ERR_PMEM_SIZE", path, `creating ${path} needs a size, got none; pass size in bytes`);
  }
  if (size !== undefined && capacity !== undefined && mode !== "open" && size > capacity) {
    throw new PmemError(
      "ERR_PMEM_CAPACITY",
      path,
      `${path} of ${size} bytes does not fit its capacity of ${capacity}; pass a capacity of at least the size`,
    );
  }
  const forced = forcedGranularity(options.forceGranularity);
  const demanded = granularity === undefined ? -1 : choice("granularity", granularity, granularities);

  const binding = loadBinding();
  // Without a size an absent file cannot be made: then "open-or-create" is "open", with its own words.
  const effective = size === undefined ? 0 : creation;
  const opened = binding.open(path, effective, readOnly, size ?? 0, capacity ?? 0, demanded, forced, sysfsRoot());
  if (opened.handle === undefined) {
    if (opened.status === Status.notFound && effective !== creation) {
      throw new PmemError(
        "ERR_PMEM_SIZE",
        path,
        `${path} does not exist and creating it needs a size, got none; pass size in bytes`,
      );
    }
    throw failureError(path, opened);
  }
  const region = new MappedRegion(binding, path, readOnly, opened, {
    granularity: granularities[opened.granularity],
    durability: { survives: survivals[opened.survives], reason: opened.reason + sysfsRemark() },
    kind: sourceKinds[opened.kind],
    persistenceDomain: persistenceDomains[opened.persistenceDomain],
  });
  if (region.kind === "dax-device" && process.env["DAX_RESET"] === "1") reset(region);
  return region;
}

function reset(region: MappedFile): void {
  process.stderr.write(`DAX_RESET=1: clearing all ${region.length} bytes of ${region.path}\n`);
  try {
    region.fill(0, region.length, 0);
    region.drain();
  } catch (error) {
    region.close();
    throw error;
  }
}

function checkPath(path: unknown): void {
  if (typeof path !== "string") {
    throw new TypeError(`path must be a string, got ${typeof path}; pass the file's path`);
  }
  if (path === "" || path.includes("\0")) {
    throw new TypeError(`path must not be ${path === "" ? "empty" : "cut by a NUL character"}; pass the file's path`);
  }
}

function choice(name: string, value: unknown, choices: readonly string[]): number {
  const index = choices.indexOf(value as string);
  if (index >= 0) return index;
  const found = typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new TypeError(`${name} must be one of ${choices.map((text) => `"${text}"`).join(", ")}, got ${found}`);
}

function checkBytes(path: string, name: string, bytes: unknown): void {
  if (bytes === undefined) return;
  if (typeof bytes !== "number") {
    throw new TypeError(`${name} must be a number, got ${typeof bytes}; pass bytes as a plain number`);
  }
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new PmemError(
    "ERR_PMEM_SIZE",
    path,
    `${name} of ${path} must be a whole number of bytes from 1 to 2^53 - 1, got ${bytes}; pass such a number`,
  );
}

function forcedGranularity(option: Granularity | undefined): number {
  if (option !== undefined) return choice("forceGranularity", option, granularities);
  const variable = process.env["NODEMM_FORCE_GRANULARITY"];
  return variable ? choice("NODEMM_FORCE_GRANULARITY", variable, granularities) : -1;
}
