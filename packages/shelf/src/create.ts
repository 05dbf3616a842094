import { formatSize, type Region } from "@nodemm/pmem-native";
import { Catalog } from "./catalog.ts";
import { ShelfError } from "./errors.ts";
import { lanesOffset, pageBytes, roundDown, sizeBytesMin } from "./layout.ts";
import { heapOffset, type SuperblockPair } from "./superblock.ts";
import { UndoLog } from "./undo-log.ts";

/**
 * Makes an empty shelf of a region, whatever it held before. Until the last superblock copy but one is durable the region
 * is not a shelf; from then on it is a whole one.
 * @throws ShelfError `ERR_SHELF_SIZE` if the region is too small
 */
export function createShelf(region: Region, superblocks: SuperblockPair): void {
  const sizeBytes = roundDown(region.length, pageBytes);
  if (sizeBytes < sizeBytesMin) {
    throw new ShelfError(
      "ERR_SHELF_SIZE",
      `a shelf takes at least ${formatSize(sizeBytesMin)}, got ${region.length} bytes`,
    );
  }
  const laneCount = 1;
  const laneBytes = clampToPages(sizeBytes / 32, 2 * pageBytes, 2 ** 20);
  const catalogOffset = heapOffset({ laneCount, laneBytes });
  const catalogBytes = newCatalogBytes(sizeBytes);
  superblocks.beginCreation();
  UndoLog.format(region, lanesOffset);
  Catalog.format(region, catalogOffset);
  region.drain();
  superblocks.write({
    laneCount,
    sequence: 1,
    uuid: crypto.getRandomValues(new Uint8Array(16)),
    sizeBytes,
    laneBytes,
    catalogOffset,
    catalogBytes,
    catalogGeneration: 1,
    firstSequence: 1,
    compatFeatures: 0,
    incompatFeatures: 0,
    spareOffset: catalogOffset + catalogBytes,
  });
}

/** How large a new shelf's catalog is, and its spare area. */
export function newCatalogBytes(sizeBytes: number): number {
  return clampToPages(sizeBytes / 128, pageBytes, 2 ** 20);
}

function clampToPages(bytes: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, roundDown(bytes, pageBytes)));
}
