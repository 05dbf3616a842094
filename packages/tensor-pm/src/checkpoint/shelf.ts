import type { NamedCopy, Shelf, Storage } from "@nodemm/shelf";
import { checkpointDataType, checkpointType } from "./codecs.ts";
import { CheckpointError } from "./errors.ts";
import type { CheckpointRecord } from "./record.ts";

/** Copies under way: `settle` lets their sources change. */
export interface PendingCopies {
  readonly done: Promise<void>;
  readonly copiedBytes: number;
  settle(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): void;
}

/** What checkpoints need of a shelf. */
export interface CheckpointShelf {
  readonly inTransaction: boolean;
  readonly granularity: Shelf["granularity"];
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  delete(name: string): boolean;
  keys(): Iterable<string>;
  info(name: string): { readonly type: string; readonly pending: boolean } | undefined;
  storage(name: string): Storage;
  release(name: string): void;
  /** Old bytes of ranges, with one fence; see the shelf's method of this name. */
  snapshot(saves: readonly { readonly name: string; readonly ranges: Float64Array }[]): void;
  /** Many copies in one call; see the shelf's method of this name. */
  copyMany(copies: readonly NamedCopy[]): void;
  /** Many copies away from the event loop; see the shelf's method of this name. */
  copyManyAsync(copies: readonly NamedCopy[], options?: { readonly signal?: AbortSignal | undefined }): PendingCopies;
  transaction<Result>(work: () => Result): Result;
}

/** @throws TypeError for what is no shelf; a reader passes */
export function checkShelf(shelf: unknown): void {
  if (typeof (shelf as Partial<CheckpointShelf> | null | undefined)?.info === "function") return;
  const found = shelf === null ? "null" : typeof shelf;
  throw new TypeError(`Expected a shelf opened with openShelf before the checkpoint's name, found ${found}`);
}

/**
 * The record of a name, or undefined where there is no variable.
 * @throws TypeError for what is no shelf; CheckpointError `ERR_CHECKPOINT_NAME_TAKEN`; ShelfError `ERR_SHELF_CORRUPT`,
 * `ERR_SHELF_TYPE`
 */
export function findRecord(shelf: CheckpointShelf, name: string): CheckpointRecord | undefined {
  checkShelf(shelf);
  const info = shelf.info(name);
  if (info === undefined) return undefined;
  const { type } = info;
  if (type !== checkpointType) {
    const advice = "save under another name, or erase it first";
    throw new CheckpointError("ERR_CHECKPOINT_NAME_TAKEN", name, `the variable is a ${type}, no checkpoint; ${advice}`);
  }
  return shelf.get(name) as CheckpointRecord;
}

/** Whether a transaction that is open has saved this checkpoint: what its record says may be undone yet. */
export function isPending(shelf: CheckpointShelf, name: string): boolean {
  return shelf.info(name)?.pending === true;
}

/** @throws CheckpointError `ERR_CHECKPOINT_NOT_FOUND`, and what {@link findRecord} throws */
export function recordOf(shelf: CheckpointShelf, name: string): CheckpointRecord {
  const record = findRecord(shelf, name);
  if (record !== undefined) return record;
  throw new CheckpointError("ERR_CHECKPOINT_NOT_FOUND", name, "there is none of this name; save it first");
}

/**
 * Data variables that no record names: of a first save of this name that did not end, or of a checkpoint whose record was
 * erased by itself.
 */
export function orphansOf(shelf: CheckpointShelf, name: string): string[] {
  // Of first saves that are under way, too.
  const prefixes = [...(underWay.get(shelf)?.dataPrefixes ?? [])];
  const data: string[] = [];
  for (const key of shelf.keys()) {
    const type = shelf.info(key)?.type;
    // Of another name, if it was renamed.
    if (type === checkpointType) prefixes.push((shelf.get(key) as CheckpointRecord).dataPrefix);
    else if (type === checkpointDataType && key.startsWith(`${name}/`)) data.push(key);
  }
  return data.filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)));
}

/** Checkpoints that are being saved. */
interface UnderWay {
  readonly names: Set<string>;
  /** What the names of their data variables begin with: that stays when a checkpoint is renamed. */
  readonly dataPrefixes: Set<string>;
}

const underWay = new WeakMap<CheckpointShelf, UnderWay>();

/** @throws CheckpointError `ERR_CHECKPOINT_BUSY` while an asynchronous save of this checkpoint is under way */
export function checkIdle(shelf: CheckpointShelf, name: string): void {
  const busy = underWay.get(shelf);
  if (busy === undefined || busy.names.size === 0) return;
  if (!busy.names.has(name) && !busy.dataPrefixes.has(findRecord(shelf, name)?.dataPrefix ?? "")) return;
  throw new CheckpointError("ERR_CHECKPOINT_BUSY", name, "a save is under way; await it first");
}

/**
 * Refuses whatever else would change a checkpoint, until `work` has ended. `work` says whose data variables they are, once it
 * knows.
 */
export async function whileBusy<Result>(
  shelf: CheckpointShelf,
  name: string,
  work: (keepData: (record: CheckpointRecord) => void) => Promise<Result>,
): Promise<Result> {
  checkIdle(shelf, name);
  const busy = underWay.get(shelf) ?? { names: new Set(), dataPrefixes: new Set() };
  underWay.set(shelf, busy);
  busy.names.add(name);
  let dataPrefix: string | undefined;
  try {
    return await work((record) => busy.dataPrefixes.add((dataPrefix = record.dataPrefix)));
  } finally {
    busy.names.delete(name);
    if (dataPrefix !== undefined) busy.dataPrefixes.delete(dataPrefix);
  }
}
