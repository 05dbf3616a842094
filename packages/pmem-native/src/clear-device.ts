import { statSync } from "node:fs";
import { PmemError } from "./errors.ts";
import { mapFile, mapFileAsync } from "./map-file.ts";
import type { AsyncOptions } from "./region.ts";

/**
 * Sets every byte of a DAX device to zero, durably on return. Takes about as long as storing that many bytes does.
 *
 * Bad blocks are not repaired by it: the kernel clears those through `ndctl clear-errors`.
 *
 * @throws PmemError `ERR_PMEM_NOT_A_FILE` for what is no DAX device, files included, `ERR_PMEM_LOCKED` while a region is
 *   open over it, `ERR_PMEM_FAULT` at a bad block, and what {@link mapFile} throws
 */
export function clearDevice(path: string): void {
  refuseFile(path);
  const region = mapFile(path);
  try {
    region.fill(0, region.length, 0);
    region.drain();
  } finally {
    region.close();
  }
}

/**
 * {@link clearDevice} away from the event loop. An abort leaves the rest of the device as it was.
 *
 * @throws PmemError (rejects) `ERR_PMEM_ABORTED` with how many bytes from the beginning are zero, and what
 *   {@link clearDevice} throws
 */
export async function clearDeviceAsync(path: string, options: AsyncOptions = {}): Promise<void> {
  refuseFile(path);
  const { signal } = options;
  const region = await mapFileAsync(path, { signal });
  try {
    await region.fillAsync(0, region.length, 0, { signal });
  } finally {
    region.close();
  }
}

function refuseFile(path: string): void {
  if (typeof path === "string" && statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const remedy = "remove the file, or fill a region over it";
    throw new PmemError("ERR_PMEM_NOT_A_FILE", path, `${path} is a file, expected a DAX device; ${remedy}`);
  }
}
