import { failureError } from "./failures.ts";
import type { MappedFile } from "./map-file.ts";
import { MappedRegion } from "./mapped-region.ts";
import { openRegion, openRegionAsync, type OpenRequest } from "./open-region.ts";
import {
  checkBoolean,
  checkBytes,
  checkFits,
  checkMapOptions,
  checkOptions,
  mapOptionNames,
  type MapOptions,
} from "./options.ts";
import type { AsyncOptions } from "./region.ts";

/** Numbers of `Creation` in native/core/source.h. */
const creations = { small: 3, huge: 4 } as const;
/** The kernel's limit of such labels. */
const longestLabelBytes = 249;

export interface MapMemoryOptions extends MapOptions {
  /** Bytes, all zero at first and all really there. */
  readonly size: number;
  /** What `/proc` and error messages call it. Labels need not differ. */
  readonly name?: string;
  /** Use huge pages, of which the system must have set some aside (`vm.nr_hugepages`). */
  readonly hugePages?: boolean;
}

const optionNames: readonly (keyof MapMemoryOptions | "signal")[] = [
  "size",
  "name",
  "hugePages",
  "signal",
  ...mapOptionNames,
];

/**
 * Maps new memory without a name (a memfd): a region like any other, of which nothing survives its `close`.
 *
 * @throws PmemError `ERR_PMEM_SIZE`, `ERR_PMEM_CAPACITY`, `ERR_PMEM_NO_SPACE` where memory or huge pages are too few,
 *   `ERR_PMEM_UNSUPPORTED` on systems without memfds, `ERR_PMEM_GRANULARITY`, `ERR_PMEM_SYSTEM`, `ERR_PMEM_NO_BINDING`
 * @example
 * const region = mapMemory({ size: 1 << 20 });
 * region.fill(0, 4096, 1);
 * region.close();
 */
export function mapMemory(options: MapMemoryOptions): MappedFile {
  const request = checkMapMemory(options);
  const region = openRegion(request);
  if (region instanceof MappedRegion) return region;
  throw failureError(request.source, region);
}

/**
 * {@link mapMemory} away from the event loop, which zeroing gigabytes would stop. An abort ends it between steps.
 *
 * @throws PmemError (rejects) `ERR_PMEM_ABORTED`, and what {@link mapMemory} throws
 */
export async function mapMemoryAsync(options: MapMemoryOptions & AsyncOptions): Promise<MappedFile> {
  const request = checkMapMemory(options);
  const region = await openRegionAsync(request, options);
  if (region instanceof MappedRegion) return region;
  throw failureError(request.source, region);
}

function checkMapMemory(options: MapMemoryOptions): OpenRequest {
  checkOptions("mapMemory", options, optionNames);
  const { size, name = "memory", hugePages = false } = options;
  checkName(name);
  checkBoolean("hugePages", hugePages);
  if (size === undefined) throw new TypeError("size must be a number, got undefined; pass bytes as a plain number");
  checkBytes(name, "size", size);
  const checked = checkMapOptions(name, options);
  checkFits(name, size, checked.capacity);
  const creation = hugePages ? creations.huge : creations.small;
  return { source: name, path: name, creation, readOnly: false, size, ...checked };
}

function checkName(name: unknown): void {
  if (typeof name !== "string") throw new TypeError(`name must be a string, got ${typeof name}; pass a label`);
  if (name !== "" && !name.includes("\0") && Buffer.byteLength(name) <= longestLabelBytes) return;
  throw new TypeError(
    `name must have 1 to ${longestLabelBytes} bytes of UTF-8 and no NUL character, got ${Buffer.byteLength(name)} bytes; ` +
      `pass a shorter label`,
  );
}
