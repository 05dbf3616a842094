/**
 * Saving a checkpoint. The order of writes, argued in `docs/durability.md`:
 *
 * 1. reserve: data variables that are missing are made, and the record lists them, if there is one (a transaction, only
 *    where needed);
 * 2. write: whole leaves go to data variables that no version names;
 *    and so do, on pages, patches to a delta;
 * 3. publish, when those are durable: one transaction patches what is patched, under the undo log, and replaces the record;
 * 4. fold, away from the event loop: what a delta holds goes to its places.
 *
 * A crash before 3 has committed leaves the last version as it was.
 */
import { type NamedCopy, ShelfError } from "@nodemm/shelf";
import { checkOptions } from "../options.ts";
import { ChangeSet } from "./change-set.ts";
import { checkpointDataType, DataReservation, putRecord } from "./codecs.ts";
import { type Delta, makeDelta } from "./delta.ts";
import { CheckpointError } from "./errors.ts";
import { beginFold, finishFold, forgetFold, takeMemory } from "./fold.ts";
import { releaseHandles } from "./handles.ts";
import { type Changes, type LeafPatch, planSave, type PlanOptions, type SavePlan } from "./plan.ts";
import { rangesBytes } from "./ranges.ts";
import { keepPatches, writeSnapshot } from "./snapshot.ts";
import type { CheckpointRecord } from "./record.ts";
import { checkIdle, checkShelf, type CheckpointShelf, findRecord, isPending, orphansOf, whileBusy } from "./shelf.ts";
import { noteFailedPatches } from "./torn.ts";
import type { Tree } from "./tree.ts";

export interface SaveOptions {
  /** How many versions can be loaded afterwards, the new one included; 1 by default. */
  readonly keep?: number;
  /**
   * What to write. `"all"`, the default, writes every element. `"compare"` reads the last version and writes the blocks of
   * 4 KiB that differ. A {@link ChangeSet} tells, and is emptied when the save is done, but not by one within a transaction,
   * which may be undone yet. Of arrays with gaps everything is compared.
   *
   * At `page` granularity, where blocks that lie apart take long, what has changed of a leaf (up to a fifth of it, and 256 MiB
   * in all) is written in one row, and brought to its place by a thread once the save is done. That writes as much again, and
   * takes about as long as it would have taken in the save. What needs the checkpoint before it has ended waits for it: a save
   * that follows at once, and {@link load}, also the first one after a crash; a commit of anything else on the shelf waits
   * for the thread's sync at most. It takes space: two such rows on the shelf, until `pruneVersions`, and one in DRAM, of
   * which up to 64 MiB are kept for the next save.
   */
  readonly changes?: Changes;
}

export interface SaveAsyncOptions extends SaveOptions {
  /** Ends the save early: the promise rejects, and the last version stays. */
  readonly signal?: AbortSignal;
  /** Called at the beginning and now and then with the bytes that are written and those that will be, at the end with all. */
  readonly onProgress?: (writtenBytes: number, totalBytes: number) => void;
}

export interface SaveResult {
  /** Of the version that was saved. */
  readonly version: number;
  /** Bytes of elements in it. */
  readonly bytes: number;
  /** Bytes of elements that had to be written for it. */
  readonly writtenBytes: number;
}

/**
 * Saves a tree of plain objects, Maps, arrays, tensors, n-d arrays, typed arrays and scalars under a name. After a crash
 * at any moment the last version that was saved whole is there whole; before the first one there is no variable of that name.
 * Durable on return.
 *
 *     save(shelf, "run", { model: { weights, bias }, epoch: 3 });
 *
 * Two places for each leaf are written in turn, so a loop that saves the same shapes over and over allocates nothing. The
 * shelf is opened with `types: tensorTypes`. Trees loaded from versions that are not kept are detached.
 * @throws TypeError naming the place of what cannot be saved; RangeError if `keep` makes no sense; CheckpointError
 * `ERR_CHECKPOINT_NAME_TAKEN`, `ERR_CHECKPOINT_BUSY`; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
 */
export function save(shelf: CheckpointShelf, name: string, tree: Tree, options: SaveOptions = {}): SaveResult {
  checkOptions("save", options, ["keep", "changes"]);
  checkIdle(shelf, name);
  const plan = begin(shelf, name, tree, options);
  const delta = writeDelta(shelf, plan);
  shelf.copyMany(plan.writes.map(({ number, source }) => ({ name: plan.record.dataName(number), source })));
  const result = publish(shelf, name, plan, delta);
  // Where the save itself may be undone yet, the marks are still needed.
  if (options.changes instanceof ChangeSet && !isPending(shelf, name)) options.changes.clear();
  return result;
}

/**
 * {@link save} with the writing of whole leaves away from the event loop, of the state at the moment of the call: tensors and
 * n-d arrays may go on being changed by in-place operations and optimisers, which copy or wait for what has not been saved
 * of them yet. Elements that are stored in other ways (`set`, `data`, typed arrays) must be left alone, or announced by
 * `announceWrite`, until the promise is fulfilled; then the save is durable. With `changes`, what has changed is
 * looked for and copied in the call's own time: to DRAM or, at `page` granularity, to the file.
 *
 *     const saved = saveAsync(shelf, "run", { model, epoch });
 *     for (const batch of batches) optimiser.step(gradientsOf(batch)); // not part of it
 *     await saved;
 *
 * @throws what {@link save} throws (rejects); PmemError `ERR_PMEM_ABORTED`; CheckpointError `ERR_CHECKPOINT_CHANGED`;
 * ShelfError `ERR_SHELF_TRANSACTION` inside a transaction; what `onProgress` throws, with the last version as it was
 */
export async function saveAsync(
  shelf: CheckpointShelf,
  name: string,
  tree: Tree,
  options: SaveAsyncOptions = {},
): Promise<SaveResult> {
  checkOptions("saveAsync", options, ["keep", "changes", "signal", "onProgress"]);
  checkShelf(shelf);
  if (shelf.inTransaction) {
    const advice = "use save, or let the transaction return first";
    throw new ShelfError(
      "ERR_SHELF_TRANSACTION",
      `"${name}" cannot be saved away from the event loop inside a transaction, which may be undone meanwhile; ${advice}`,
      { variable: name },
    );
  }
  return whileBusy(shelf, name, async (keepData) => {
    const begun = begin(shelf, name, tree, options);
    const delta = writeDelta(shelf, begun);
    const plan = delta === undefined ? keepPatches(begun) : begun;
    keepData(plan.record);
    const before = findRecord(shelf, name);
    // What is marked from now on is for the next save.
    const putBack = options.changes instanceof ChangeSet ? options.changes.take() : undefined;
    try {
      await writeSnapshot(shelf, plan, options);
      if (!isSameState(before, findRecord(shelf, name)) || !hasItsData(shelf, plan)) {
        throw new CheckpointError("ERR_CHECKPOINT_CHANGED", name, "it was erased, replaced or renamed during the save");
      }
      return publish(shelf, name, plan, delta);
    } catch (error) {
      putBack?.();
      throw error;
    }
  });
}

/** Plans the save and reserves what it needs. */
function begin(shelf: CheckpointShelf, name: string, tree: Tree, options: SaveOptions): SavePlan {
  const checked = checkValues(options);
  const found = findRecord(shelf, name);
  if (found !== undefined) finishFold(shelf, name, found);
  // Where blocks that lie apart cost more than the same bytes in a row, and nothing may undo the save.
  const canDefer = shelf.granularity === "page" && !shelf.inTransaction;
  const planned = planSave(shelf, name, found, tree, { ...checked, canDefer });
  const plan = reserve(shelf, name, found, planned)
    ? planned
    : planSave(shelf, name, found, tree, { ...checked, canDefer: false });
  if (plan !== planned) reserve(shelf, name, found, plan);
  // What was loaded from a place that nothing needs any more must not show what is written there now.
  releaseHandles(
    shelf,
    plan.record,
    plan.writes.map(({ number }) => number),
  );
  return plan;
}

/** Makes the data variables that a plan is missing. False if there is no room for a delta, without which it may do. */
function reserve(
  shelf: CheckpointShelf,
  name: string,
  found: CheckpointRecord | undefined,
  { reserved, reserving, delta }: SavePlan,
): boolean {
  if (reserved.length === 0) return true;
  try {
    shelf.transaction(() => {
      if (found === undefined) for (const orphan of orphansOf(shelf, name)) shelf.delete(orphan);
      for (const { number, byteLength } of reserved) {
        shelf.set(reserving.dataName(number), new DataReservation(byteLength));
      }
      // The name is there from the first version on.
      if (found !== undefined) putRecord(shelf, name, reserving);
    });
    return true;
  } catch (error) {
    if (delta === undefined || !(error instanceof ShelfError) || error.code !== "ERR_SHELF_NO_SPACE") throw error;
    return false;
  }
}

/** Writes the patches of a plan to its delta, if it has one. */
function writeDelta(shelf: CheckpointShelf, { record, patches, delta }: SavePlan): Delta | undefined {
  if (delta === undefined) return undefined;
  const name = record.dataName(delta);
  forgetFold(shelf, name);
  const made = makeDelta(record, patches, takeMemory(shelf));
  shelf.copyMany([{ name, source: made.bytes }]);
  return made;
}

function publish(shelf: CheckpointShelf, name: string, plan: SavePlan, delta: Delta | undefined): SaveResult {
  const { record, version, writes, patches } = plan;
  const inPlace = delta === undefined ? patches : [];
  try {
    shelf.transaction(() => {
      patchAll(shelf, record, inPlace);
      for (const { number } of plan.dropped) shelf.delete(record.dataName(number));
      putRecord(shelf, name, record);
    });
  } catch (error) {
    noteFailedPatches(shelf, record, inPlace);
    throw error;
  }
  for (const { number } of plan.dropped) forgetFold(shelf, record.dataName(number));
  releaseHandles(shelf, record, plan.stale);
  if (delta !== undefined) beginFold(shelf, name, record, delta);
  const bytes = version.leaves.reduce((sum, { form }) => sum + form.byteLength, 0);
  const whole = writes.reduce((sum, { source }) => sum + source.length, 0);
  const writtenBytes = patches.reduce((sum, { ranges }) => sum + rangesBytes(ranges), whole);
  return { version: version.id, bytes, writtenBytes };
}

function patchAll(shelf: CheckpointShelf, record: CheckpointRecord, patches: readonly LeafPatch[]): void {
  if (patches.length === 0) return;
  // All together: on a disk each fence is a sync.
  shelf.snapshot(
    patches.map(({ number, ranges }) => ({
      name: record.dataName(number),
      ranges: Float64Array.from(ranges, (end, at) => (at % 2 === 0 ? end : end - ranges[at - 1])),
    })),
  );
  // On pages many copies are written to the file, which dirties nothing else; on lines plain stores take less time. The
  // commit flushes what the log has saved.
  if (shelf.granularity === "page") {
    shelf.copyMany(patches.flatMap((each) => copiesOf(record, each)));
    return;
  }
  for (const { number, source, ranges } of patches) {
    const bytes = new Uint8Array(shelf.storage(record.dataName(number)).buffer);
    for (let at = 0; at < ranges.length; at += 2) bytes.set(source.subarray(ranges[at], ranges[at + 1]), ranges[at]);
  }
}

function copiesOf(record: CheckpointRecord, { number, source, ranges }: LeafPatch): NamedCopy[] {
  const name = record.dataName(number);
  const copies: NamedCopy[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    copies.push({ name, byteOffset: ranges[at], source: source.subarray(ranges[at], ranges[at + 1]) });
  }
  return copies;
}

function isSameState(before: CheckpointRecord | undefined, now: CheckpointRecord | undefined): boolean {
  return before === undefined || now === undefined ? before === now : now.isStateOf(before);
}

/** Whether all that the new version names is there still: before the first one there is no record to tell by. */
function hasItsData(shelf: CheckpointShelf, { record, version }: SavePlan): boolean {
  return version.leaves.every(({ data }) => shelf.info(record.dataName(data))?.type === checkpointDataType);
}

function checkValues({ keep = 1, changes = "all" }: SaveOptions): Omit<PlanOptions, "canDefer"> {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new RangeError(`keep: expected a whole number of versions of at least 1, found ${String(keep)}`);
  }
  if (changes !== "all" && changes !== "compare" && !(changes instanceof ChangeSet)) {
    throw new TypeError(`changes: expected "all", "compare" or a ChangeSet, found ${typeof changes}`);
  }
  return { keep, changes };
}
