import type { Region } from "@nodemm/pmem-native";
import { Allocator } from "./allocator.ts";
import { Catalog } from "./catalog.ts";
import { ExtentMap } from "./extent-map.ts";
import { lanesOffset } from "./layout.ts";
import { Metadata } from "./metadata.ts";
import { NameIndex } from "./name-index.ts";
import { Store, type StoreParts } from "./store.ts";
import { heapOffset, type Superblock, type SuperblockPair } from "./superblock.ts";
import { Transactions } from "./transactions.ts";
import { UndoLog } from "./undo-log.ts";

/**
 * Opens a shelf: reads and checks everything first, and only then writes what recovery has to. Every step may be cut
 * short and done again: the next open finds the same state or a later one.
 * @throws ShelfError `ERR_SHELF_CORRUPT`, with nothing written
 */
export function recoverShelf(
  region: Region,
  superblocks: SuperblockPair,
  found: { readonly superblock: Superblock; readonly damagedCopies: readonly number[] },
  rest: Pick<StoreParts, "codecs" | "shutdowns" | "growth" | "cut">,
): Store {
  const { superblock } = found;
  const { seed } = superblock;
  const catalog = new Catalog(region, {
    offset: superblock.catalogOffset,
    bytes: superblock.catalogBytes,
    generation: superblock.catalogGeneration,
    firstSequence: superblock.firstSequence,
    seed,
  });
  const index = new NameIndex(catalog);
  const heap = heapOffset(superblock);
  const extents = new ExtentMap(ownedExtents(superblock, index), heap, superblock.sizeBytes);
  const undo = new UndoLog(
    region,
    {
      lane: 0,
      offset: lanesOffset,
      bytes: superblock.laneBytes,
      seed,
    },
    index.laneCommits.get(0) ?? 0,
  );
  const areas = [superblock.catalogOffset, superblock.spareOffset];
  const unfinished = undo.inspect({
    isData: (offset, length) =>
      extents.holds(offset, length) && !areas.some((area) => offset >= area && offset < area + superblock.catalogBytes),
    isFree: (offset, length) => extents.isFree(offset, length),
  });

  superblocks.repair(superblock, found.damagedCopies);
  catalog.clearTornTail();
  if (unfinished > 0 || undo.hasRemains) undo.rollBack(undefined);

  const allocator = new Allocator();
  extents.forEachGap((offset, bytes) => allocator.release(offset, bytes));
  const metadata = new Metadata({ region, superblocks, superblock, catalog, index, allocator });
  const transactions = new Transactions({ region, metadata, index, allocator, undo });
  return new Store({ region, metadata, index, allocator, transactions, ...rest });
}

function* ownedExtents(superblock: Superblock, index: NameIndex): Generator<readonly [number, number]> {
  yield [superblock.catalogOffset, superblock.catalogBytes];
  yield [superblock.spareOffset, superblock.catalogBytes];
  yield* index.extents();
}
