/**
 * What a reader knows of a shelf: a committed catalog, copied, so that nothing that a writer does can change it under the
 * reader. `docs/readers.md` says why each step is where it is.
 */
import type { MappedFile, Region } from "@nodemm/pmem-native";
import { Catalog } from "../catalog.ts";
import { ShelfError } from "../errors.ts";
import { catalogHeaderBytes, lanesOffset, unitBytes } from "../layout.ts";
import { ExtentMap } from "../extent-map.ts";
import { copyToMemory } from "../map-path.ts";
import { NameIndex } from "../name-index.ts";
import { ownedExtents } from "../recovery.ts";
import { heapOffset, type Superblock, SuperblockPair } from "../superblock.ts";
import { UndoLog } from "../undo-log.ts";
import { writerMark } from "./marks.ts";

export interface Snapshot {
  readonly superblock: Superblock;
  readonly index: NameIndex;
  readonly catalog: Catalog;
  /** All that the catalog names. */
  readonly extents: ExtentMap;
  /** Holds the copy of the catalog. */
  readonly memory: Region;
  /** The lane as it is on media, looked at anew each time. */
  readonly undo: () => UndoLog;
  /** Whether a writer had the shelf open. */
  readonly beside: boolean;
  /** Whether bytes that a crash left half changed were put right in this reader's own memory. */
  readonly rolledBack: boolean;
  /** The lane's first entry as it was without a writer: what it saved has been put right. -1 where there was none. */
  readonly settledEntry: number;
}

const attemptsMax = 1000;

/**
 * Takes a snapshot, again and again until no writer came in between.
 * @throws ShelfError `ERR_SHELF_BUSY`, `ERR_SHELF_CORRUPT`, `ERR_SHELF_NOT_A_SHELF`, and what opening throws of a kind
 */
export function takeSnapshot(region: MappedFile, attaches: boolean): Snapshot {
  for (let attempt = 0; ; attempt++) {
    try {
      const snapshot = tryOnce(region, attaches);
      if (snapshot !== undefined) return snapshot;
    } catch (error) {
      if (!(error instanceof ShelfError) || error.code !== "ERR_SHELF_CORRUPT") throw error;
      if (hasOutgrown(region)) throw new MappingOutdated(region.source, "grew", error);
      // A writer in the midst of a change looks like damage; damage looks like damage again and again.
      if (!isWriterLive(region) || attempt >= attemptsMax) throw error;
    }
    if (attempt >= attemptsMax) {
      throw new ShelfError("ERR_SHELF_BUSY", `${region.source} is changed faster than it can be read; try again`);
    }
  }
}

/** What a reader has mapped is of no use, for a writer did something meanwhile: the file has to be mapped anew. */
export class MappingOutdated extends ShelfError {
  /** What is wrong where mapping anew does not help. */
  readonly otherwise: ShelfError;

  constructor(source: string, what: "opened" | "grew", otherwise?: ShelfError) {
    super("ERR_SHELF_BUSY", `a writer ${what} ${source} at the same moment; try again`);
    this.otherwise = otherwise ?? this;
  }
}

/** Whether a superblock says that the shelf is longer than what is mapped. */
export function hasOutgrown(region: Region): boolean {
  const view = new Uint32Array(region.view(0, 8192));
  const sizes = [view[14] + view[15] * 2 ** 32, view[1024 + 14] + view[1024 + 15] * 2 ** 32];
  return sizes.some((size) => size > region.length);
}

export function isWriterLive({ marks }: MappedFile): boolean {
  return marks.heldByOthers(writerMark, writerMark + 1);
}

function tryOnce(region: MappedFile, attaches: boolean): Snapshot | undefined {
  if (region.length < lanesOffset) failForeign(region);
  const beside = isWriterLive(region);
  if (!beside && attaches) {
    throw new ShelfError(
      "ERR_SHELF_NO_OWNER",
      `nobody has ${region.source} open, so there is nobody to attach to; open it with openShelf, or openReader to read`,
    );
  }
  const pair = new SuperblockPair(region, true);
  const found = pair.read();
  if (found.kind !== "shelf") {
    // Whoever has it open is in the midst of rewriting what says so.
    if (beside) return undefined;
    failForeign(region);
  }
  const { superblock } = found;
  const { catalogOffset, catalogBytes, seed } = superblock;
  const place = { offset: 0, bytes: catalogBytes, generation: superblock.catalogGeneration, seed };
  const live = new Catalog(region, { ...place, offset: catalogOffset, firstSequence: superblock.firstSequence });
  // What a live writer has acknowledged changes no more; what lies behind it may be changing while it is copied.
  const end = beside ? live.readAcknowledged() : catalogBytes;
  const bytes = new Uint8Array(region.view(catalogOffset, catalogBytes)).subarray(0, end);
  const memory = copyToMemory(bytes, Math.max(catalogBytes, catalogHeaderBytes + unitBytes));
  live.release();
  try {
    const now = pair.read();
    if (now.kind !== "shelf" || now.superblock.sequence !== superblock.sequence || isWriterLive(region) !== beside) {
      memory.close();
      return undefined;
    }
    const catalog = new Catalog(memory, {
      ...place,
      firstSequence: superblock.firstSequence,
      originOffset: catalogOffset,
    });
    // The copied word may say more by now: of a frame that had not been whole when its place was copied.
    if (beside) catalog.acknowledge(end);
    const index = new NameIndex(catalog);
    const extents = new ExtentMap(ownedExtents(superblock, index), heapOffset(superblock), superblock.sizeBytes);
    const committed = index.laneCommits.get(0) ?? 0;
    const lane = { lane: 0, offset: lanesOffset, bytes: superblock.laneBytes, seed };
    const undo = (): UndoLog => new UndoLog(region, lane, committed);
    const rolledBack = !beside && rollBackPrivately(region, undo(), extents);
    // What was put right here would hide what that writer does.
    if (rolledBack && isWriterLive(region)) throw new MappingOutdated(region.source, "opened");
    const settledEntry = beside ? -1 : undo().firstEntry;
    return { superblock, index, catalog, extents, memory, undo, beside, rolledBack, settledEntry };
  } catch (error) {
    memory.close();
    throw error;
  }
}

/** Without a writer, what one left half changed is put right, in this reader's own copies of the pages. */
function rollBackPrivately(region: Region, undo: UndoLog, extents: ExtentMap): boolean {
  const live = undo.inspect({
    isData: (offset, length) => extents.holds(offset, length),
    isFree: (offset, length) => extents.isFree(offset, length),
  });
  if (live === 0) return false;
  if (!region.readOnly) {
    throw new ShelfError(
      "ERR_SHELF_BUSY",
      `a transaction on ${region.source} was cut short, which no reader of a DAX device can put right for itself; ` +
        `open it once with openShelf, which undoes it`,
    );
  }
  undo.forEachSaved((target, source, length) => {
    const saved = new Uint8Array(region.view(source, length));
    new Uint8Array(region.view(target, length)).set(saved);
  });
  return true;
}

function failForeign(region: Region): never {
  throw new ShelfError("ERR_SHELF_NOT_A_SHELF", `${region.source} is not a shelf; check the path`);
}
