import { fstatSync } from "node:fs";
import { PmemError } from "./errors.ts";
import { failureError } from "./failures.ts";
import type { MappedFile } from "./map-file.ts";
import { MappedRegion } from "./mapped-region.ts";
import { openRegion, openRegionAsync, type OpenRequest } from "./open-region.ts";
import { checkBoolean, checkMapOptions, checkOptions, mapOptionNames, type MapOptions } from "./options.ts";
import type { AsyncOptions } from "./region.ts";

export interface MapDescriptorOptions extends MapOptions {
  /** Map for reading: other readers are let in, writers are not. Stores through a view stay in this process. */
  readonly readOnly?: boolean;
}

const optionNames: readonly (keyof MapDescriptorOptions | "signal")[] = ["readOnly", "signal", ...mapOptionNames];

/**
 * Maps what an open file descriptor stands for: a file that another process opened and handed on, one whose name was
 * removed, a memfd, a DAX device.
 *
 * It is opened anew, so the descriptor stays the caller's, to use or to close; this user needs the right to the file
 * itself; and the lock is the region's own, which other openers are refused by, through the same descriptor too. What has
 * no name survives no longer than the last process that has it open, which `durability` says.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND` for a number that is no open descriptor, and what `mapFile` throws for a file
 *   that exists
 * @throws TypeError or RangeError if `descriptor` is no whole number from 0 to 2^31 - 1
 */
export function mapDescriptor(descriptor: number, options: MapDescriptorOptions = {}): MappedFile {
  const request = checkMapDescriptor(descriptor, options);
  const region = openRegion(request);
  if (region instanceof MappedRegion) return region;
  throw failureError(request.source, region);
}

/**
 * {@link mapDescriptor} away from the event loop. The descriptor must stay open until the promise is settled.
 *
 * @throws PmemError (rejects) `ERR_PMEM_ABORTED`, and what {@link mapDescriptor} throws
 */
export async function mapDescriptorAsync(
  descriptor: number,
  options: MapDescriptorOptions & AsyncOptions = {},
): Promise<MappedFile> {
  const request = checkMapDescriptor(descriptor, options);
  const region = await openRegionAsync(request, options);
  if (region instanceof MappedRegion) return region;
  throw failureError(request.source, region);
}

function checkMapDescriptor(descriptor: number, options: MapDescriptorOptions): OpenRequest {
  if (typeof descriptor !== "number") {
    throw new TypeError(`descriptor must be a number, got ${typeof descriptor}; pass an open file descriptor`);
  }
  if (!Number.isInteger(descriptor) || descriptor < 0 || descriptor >= 2 ** 31) {
    throw new RangeError(
      `descriptor must be a whole number from 0 to 2^31 - 1, got ${descriptor}; pass an open file descriptor`,
    );
  }
  checkOptions("mapDescriptor", options, optionNames);
  const { readOnly = false } = options;
  checkBoolean("readOnly", readOnly);
  const source = `descriptor ${descriptor}`;
  const checked = checkMapOptions(source, options);
  checkOpen(descriptor, source);
  const path = `${process.platform === "linux" ? "/proc/self/fd" : "/dev/fd"}/${descriptor}`;
  return { source, path, creation: 0, readOnly, size: 0, ...checked };
}

function checkOpen(descriptor: number, source: string): void {
  try {
    fstatSync(descriptor);
  } catch (cause) {
    throw new PmemError(
      "ERR_PMEM_NOT_FOUND",
      source,
      `${source} is not open in this process; pass one that is, such as an entry of stdio that the parent gave`,
      { cause },
    );
  }
}
