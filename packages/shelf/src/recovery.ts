import type { Region } from "@nodemm/pmem-native";
import { Allocator } from "./allocator.ts";
import { Catalog } from "./catalog.ts";
import type { Counting } from "./counters.ts";
import { channels, isWatched, tell } from "./events.ts";
import { ExtentMap } from "./extent-map.ts";
import { lanesOffset } from "./layout.ts";
import { Metadata } from "./metadata.ts";
import { NameIndex } from "./name-index.ts";
import { Limbo } from "./readers/limbo.ts";
import { joiningMark, marksOf, writerMark } from "./readers/marks.ts";
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
  rest: Pick<StoreParts, "codecs" | "shutdowns" | "growth" | "cut"> & { readonly counters: Counting | undefined },
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
  settleUnacknowledged(region, catalog);
  catalog.clearTornTail();
  if (unfinished > 0 || undo.hasRemains) undo.rollBack(undefined);

  const allocator = new Allocator();
  const marks = marksOf(region);
  const limbo = new Limbo(marks, allocator);
  // What is free now may be what a reader of an earlier catalog looks at.
  const held = marks?.heldByOthers(joiningMark, catalog.nextSequence) === true;
  extents.forEachGap((offset, bytes) => {
    if (held) limbo.hold(offset, bytes, catalog.nextSequence);
    else allocator.addGap(offset, bytes);
  });
  marks?.set(writerMark);
  const metadata = new Metadata({ region, superblocks, superblock, catalog, index, allocator });
  const transactions = new Transactions({ region, metadata, index, allocator, undo, limbo, counters: rest.counters });
  if (isWatched(channels.open)) {
    tell("open", region.source, { names: index.size, size: superblock.sizeBytes, rolledBack: unfinished > 0 });
  }
  return new Store({ limbo, region, metadata, index, allocator, transactions, ...rest });
}

/**
 * A process may have been killed between storing its last frame and the end of its fence, or before it acknowledged that,
 * which is what readers beside a writer believe.
 */
function settleUnacknowledged(region: Region, catalog: Catalog): void {
  const start = catalog.readAcknowledged();
  const end = catalog.bytes - catalog.room;
  if (start === end) return;
  region.persist(catalog.offset + start, end - start);
  catalog.acknowledge();
}

/** The extents that a catalog names, and its own two areas. */
export function* ownedExtents(superblock: Superblock, index: NameIndex): Generator<readonly [number, number]> {
  yield [superblock.catalogOffset, superblock.catalogBytes];
  yield [superblock.spareOffset, superblock.catalogBytes];
  yield* index.extents();
}
