/**
 * Folding: copying the blocks of a delta over the data variables that they belong to. A thread does it after the save; who
 * needs those data variables before it has ended does the rest. `docs/durability.md` argues the order.
 */
import { type NamedCopy, ShelfError } from "@nodemm/shelf";
import { type Delta, readDelta, sayFolded, storageOf } from "./delta.ts";
import type { CheckpointRecord } from "./record.ts";
import { type CheckpointShelf, findRecord, type PendingCopies } from "./shelf.ts";
import { takesWrites } from "./torn.ts";

/** How far the delta of a record has been folded. */
interface Fold {
  /** Copies that a thread makes. Without, nothing is known of what has been copied. */
  job?: { readonly copies: PendingCopies; readonly delta: Delta } | undefined;
  /** All blocks are where they belong, as far as this process sees. */
  isWhole?: boolean;
  /** Durably so. */
  isDurable?: boolean;
  /** The delta says so, durably. */
  isSaid?: boolean;
}

interface Folds {
  /** By the delta's data variable. */
  readonly byName: Map<string, Fold>;
  /** That of a delta that has been folded: memory that is new takes longer to fill. */
  memory?: ArrayBuffer | undefined;
}

const foldsOfShelves = new WeakMap<CheckpointShelf, Folds>();
/** Memory of more bytes is not kept. */
const keptBytesMax = 64 * 2 ** 20;

function foldsOf(shelf: CheckpointShelf): Folds {
  const known = foldsOfShelves.get(shelf) ?? { byName: new Map<string, Fold>() };
  foldsOfShelves.set(shelf, known);
  return known;
}

function foldOf(shelf: CheckpointShelf, dataName: string): Fold {
  const { byName } = foldsOf(shelf);
  const fold = byName.get(dataName) ?? {};
  byName.set(dataName, fold);
  return fold;
}

/** Memory for a delta, if there is some that nothing reads any more. */
export function takeMemory(shelf: CheckpointShelf): ArrayBuffer | undefined {
  const known = foldsOf(shelf);
  const { memory } = known;
  known.memory = undefined;
  return memory;
}

/** Lets go of the copies of a thread that have ended, or have been settled. */
function endJob(shelf: CheckpointShelf, fold: Fold): void {
  const memory = fold.job?.delta.bytes.buffer as ArrayBuffer | undefined;
  fold.job = undefined;
  if (memory !== undefined && memory.byteLength <= keptBytesMax) foldsOf(shelf).memory = memory;
}

/** Says that a data variable is no delta any more, or is about to be another. Nobody folds it then. */
export function forgetFold(shelf: CheckpointShelf, dataName: string): void {
  foldsOf(shelf).byName.delete(dataName);
}

/** Has a thread fold the delta of a record that has been stored. */
export function beginFold(shelf: CheckpointShelf, name: string, record: CheckpointRecord, delta: Delta): void {
  const dataName = record.dataName(record.delta!);
  const fold = foldOf(shelf, dataName);
  try {
    // Who was told of the commit may have saved since, or folded this one and changed what it belongs to.
    if (fold.isDurable === true || findRecord(shelf, name) !== record) return;
    fold.job = { copies: shelf.copyManyAsync(delta.copies), delta };
  } catch {
    // The save is done all the same.
    return;
  }
  void sayWhenFolded(shelf, dataName, fold, fold.job.copies.done);
}

/** Never rejects: the record names the delta still, and who needs what it is for meets the failure. */
async function sayWhenFolded(shelf: CheckpointShelf, dataName: string, fold: Fold, done: Promise<void>): Promise<void> {
  try {
    await done;
    fold.isDurable = true;
    endJob(shelf, fold);
    if (fold.isSaid === true || foldsOf(shelf).byName.get(dataName) !== fold) return;
    sayFolded(shelf, dataName);
    await shelf.storage(dataName).persistAsync(0, 8);
    fold.isSaid = true;
  } catch {
    // Of no more use: a shelf that is closed, or takes no more writes, has no next save.
    fold.job = undefined;
  }
}

/**
 * Makes the data variables of a record whole without its delta, durably: a record that does not name it may follow. On
 * return no thread copies to them.
 * @throws ShelfError `ERR_SHELF_CORRUPT`; what a write throws
 */
export function finishFold(shelf: CheckpointShelf, name: string, record: CheckpointRecord): void {
  // What undoes the transaction brings this record back, behind changes of what is loaded by the one that follows.
  if (shelf.inTransaction) foldForGood(shelf, name, record);
  else makeWhole(shelf, name, record);
}

function makeWhole(shelf: CheckpointShelf, name: string, record: CheckpointRecord): void {
  const { delta } = record;
  if (delta === undefined) return;
  const fold = foldOf(shelf, record.dataName(delta));
  if (fold.isDurable === true) return;
  const copies = fold.job?.delta.copies ?? readDelta(shelf, name, record, delta);
  if (fold.job === undefined) shelf.copyMany(copies);
  else fold.job.copies.settle(fold.job.delta.bytes.buffer, 0, Infinity);
  // Also what the thread has copied: only its own sync would take that.
  for (const each of new Set(copies.map((copy) => copy.name))) {
    const storage = storageOf(shelf, name, each);
    storage.flush(0, storage.byteLength);
  }
  storageOf(shelf, name, record.dataName(delta)).drain();
  fold.isDurable = true;
  endJob(shelf, fold);
}

/**
 * Makes the data variables of a record whole for who is going to change them: no fold after a crash writes over that. On a
 * shelf that takes no more writes, whole in memory.
 * @throws as {@link finishFold}
 */
export function foldForGood(shelf: CheckpointShelf, name: string, record: CheckpointRecord): void {
  const { delta } = record;
  if (delta === undefined) return;
  const dataName = record.dataName(delta);
  const fold = foldOf(shelf, dataName);
  if (fold.isSaid === true || fold.isWhole === true) return;
  try {
    makeWhole(shelf, name, record);
    // Also where it says so already: what a process stored that was killed may not be durable.
    const storage = storageOf(shelf, name, dataName);
    sayFolded(shelf, dataName);
    storage.persist(0, 8);
    fold.isSaid = true;
  } catch (error) {
    // What the shelf refuses here and now it may take later.
    if (error instanceof ShelfError && (error.code === "ERR_SHELF_TRANSACTION" || takesWrites(shelf))) throw error;
    if (fold.isDurable !== true) show(shelf, readDelta(shelf, name, record, delta));
    fold.isWhole = true;
  }
}

/** Stores blocks where they belong, in memory. */
function show(shelf: CheckpointShelf, copies: readonly NamedCopy[]): void {
  for (const { name, byteOffset = 0, source } of copies) {
    new Uint8Array(shelf.storage(name).buffer).set(source as Uint8Array, byteOffset);
  }
}
