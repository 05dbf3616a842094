import { statSync } from "node:fs";
import { PmemError } from "./errors.ts";
import { mapFile } from "./map-file.ts";

/**
 * Sets every byte of a DAX device to zero, durably on return. Takes about as long as storing that many bytes does.
 *
 * Bad blocks are not repaired by it: the kernel clears those through `ndctl clear-errors`.
 *
 * @throws PmemError `ERR_PMEM_NOT_A_FILE` for what is no DAX device, files included, `ERR_PMEM_LOCKED` while a region is
 *   open over it, `ERR_PMEM_FAULT` at a bad block, and what {@link mapFile} throws
 */
export function clearDevice(path: string): void {
  if (typeof path === "string" && statSync(path, { throwIfNoEntry: false })?.isFile()) {
    const remedy = "remove the file, or fill a region over it";
    throw new PmemError("ERR_PMEM_NOT_A_FILE", path, `${path} is a file, expected a DAX device; ${remedy}`);
  }
  const region = mapFile(path);
  try {
    region.fill(0, region.length, 0);
    region.drain();
  } finally {
    region.close();
  }
}
