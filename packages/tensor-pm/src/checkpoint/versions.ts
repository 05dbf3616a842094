import { checkOptions } from "../options.ts";
import { CheckpointRecord } from "./record.ts";
import { putRecord } from "./codecs.ts";
import { finishFold, forgetFold } from "./fold.ts";
import { checkIdle, type CheckpointShelf, findRecord, orphansOf, recordOf } from "./shelf.ts";

export interface CheckpointInfo {
  readonly version: number;
  readonly savedAt: Date;
  /** Leaves with elements. */
  readonly leaves: number;
  /** Bytes of their elements. */
  readonly bytes: number;
}

/**
 * The versions that can be loaded, oldest first.
 * @throws CheckpointError `ERR_CHECKPOINT_NOT_FOUND`, `ERR_CHECKPOINT_NAME_TAKEN`
 */
export function listVersions(shelf: CheckpointShelf, name: string): CheckpointInfo[] {
  return recordOf(shelf, name).versions.map(({ id, savedAt, leaves }) => ({
    version: id,
    savedAt: new Date(savedAt),
    leaves: leaves.length,
    bytes: leaves.reduce((sum, { form }) => sum + form.byteLength, 0),
  }));
}

/**
 * Lets go of all but the last `keep` versions, and of the spare space that the next save would have used. All or nothing;
 * trees loaded from the versions that go are detached. Returns how many went.
 * @throws RangeError if `keep` makes no sense; CheckpointError `ERR_CHECKPOINT_NOT_FOUND`, `ERR_CHECKPOINT_BUSY`,
 * `ERR_CHECKPOINT_NAME_TAKEN`
 */
export function pruneVersions(shelf: CheckpointShelf, name: string, options: { readonly keep: number }): number {
  const { keep } = checkOptions("pruneVersions", options, ["keep"]);
  checkIdle(shelf, name);
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new RangeError(`keep: expected a whole number of versions of at least 1, found ${String(keep)}`);
  }
  const record = recordOf(shelf, name);
  finishFold(shelf, name, record);
  const versions = record.versions.slice(-keep);
  const used = CheckpointRecord.usedBy(versions);
  shelf.transaction(() => {
    for (const { number } of record.data) if (!used.has(number)) shelf.delete(record.dataName(number));
    const data = record.data.filter(({ number }) => used.has(number));
    putRecord(shelf, name, record.with({ versions, data }));
  });
  for (const { number } of record.data) if (!used.has(number)) forgetFold(shelf, record.dataName(number));
  return record.versions.length - versions.length;
}

/**
 * Erases a checkpoint with all its versions and data, at once, or what a first save that did not end has left behind. False if
 * there was no checkpoint.
 * @throws CheckpointError `ERR_CHECKPOINT_BUSY`, `ERR_CHECKPOINT_NAME_TAKEN`
 */
export function eraseCheckpoint(shelf: CheckpointShelf, name: string): boolean {
  checkIdle(shelf, name);
  const record = findRecord(shelf, name);
  const data = record?.data.map(({ number }) => record.dataName(number)) ?? orphansOf(shelf, name);
  if (record === undefined && data.length === 0) return false;
  shelf.transaction(() => {
    for (const each of data) shelf.delete(each);
    if (record !== undefined) shelf.delete(name);
  });
  return record !== undefined;
}
