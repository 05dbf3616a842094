import type { MappedFile } from "@nodemm/pmem-native";
import type { CodecRegistry } from "../codecs/registry.ts";
import { ShelfError } from "../errors.ts";
import { infoOf, type VariableInfo } from "../inspect.ts";
import { formatVersion, roundUp, unitBytes } from "../layout.ts";
import type { List } from "../list.ts";
import { listType, readListMeta } from "../list-meta.ts";
import type { NameIndex } from "../name-index.ts";
import { printAs, showNames } from "../print.ts";
import { refuseQuarantined } from "../quarantine.ts";
import { ownedExtents } from "../recovery.ts";
import { heapOffset, type Superblock } from "../superblock.ts";
import type { Variable } from "../variable.ts";
import { attachedMark, joiningMark, movingMark } from "./marks.ts";
import { ReaderStorage } from "./reader-storage.ts";
import { hasOutgrown, isWriterLive, MappingOutdated, type Snapshot, takeSnapshot } from "./snapshot.ts";

/** How a reader comes to its region, each time that it has to map anew. */
export interface ReaderParts<Region = MappedFile> {
  readonly map: () => Region;
  readonly codecs: CodecRegistry;
  /** Whether it stores into the shelf's bytes, for which somebody must have it open. */
  readonly attaches: boolean;
}

/** What a shelf says of itself to a reader. Figures are bytes unless they say otherwise. */
export interface ReaderInspection {
  readonly source: string;
  /** 32 hexadecimal digits. */
  readonly uuid: string;
  readonly formatVersion: number;
  readonly incompatFeatures: number;
  readonly size: number;
  /** All that is not free. */
  readonly used: number;
  /** The catalog and its spare area. */
  readonly catalog: number;
  readonly data: number;
  readonly names: number;
  /** Whether somebody had it open for writing. */
  readonly hasWriter: boolean;
}

function usedBytes(superblock: Superblock, index: NameIndex): number {
  let used = heapOffset(superblock);
  for (const [, bytes] of ownedExtents(superblock, index)) used += roundUp(bytes, unitBytes);
  return used;
}

/** What a reader gives of a variable: of a list, an array of its items. */
export type ReadValue<Value> = Value extends List<infer Item> ? Item[] : Value;

/** What has been handed out of one variable. */
interface Opened {
  readonly variable: Variable;
  readonly value: unknown;
  readonly storage: ReaderStorage | undefined;
}

/** How long the writer is waited for: to end a transaction, or to have moved extents. */
const patienceMilliseconds = 1000;
const sleeping = new Int32Array(new SharedArrayBuffer(4));

/**
 * A shelf as it was committed at one moment, beside a live writer or without one. Made by `openReader` or `attachShelf`.
 * Names and small values stay as they were until {@link refresh}; the bytes of arrays are the shelf's own, in which the
 * writer's changes in place show at once. Every method throws `ERR_SHELF_CLOSED` once the reader is closed.
 */
export class ShelfReader<Variables extends object = Record<string, unknown>> implements Disposable {
  readonly #parts: ReaderParts;
  readonly #opened = new Map<string, Opened>();
  /** All that were handed out, by the offset of their extent: those of values that are opened anew each time as well. */
  readonly #storages = new Map<number, ReaderStorage>();
  #region: MappedFile;
  #snapshot: Snapshot;
  #mark: number;
  #closed = false;

  /** @internal */
  constructor(parts: ReaderParts) {
    this.#parts = parts;
    const region = parts.map();
    [this.#region, this.#snapshot] = take(parts, region);
    this.#mark = this.#snapshot.catalog.nextSequence;
    this.#region.marks.clear(joiningMark);
  }

  get source(): string {
    return this.#region.source;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get size(): number {
    return this.#now().index.size;
  }

  has(name: string): boolean {
    return this.#now().index.get(name) !== undefined;
  }

  /** All of them as of the call: a {@link refresh} meanwhile changes nothing in them. */
  keys(): IterableIterator<string> {
    return [...this.#now().index.keys()].values();
  }

  *entries(): Generator<[string, ReadValue<Variables[keyof Variables]>]> {
    for (const name of this.keys()) yield [name, this.#get(name) as ReadValue<Variables[keyof Variables]>];
  }

  /**
   * The bytes of a variable's data, whatever its type; of a small value, what the catalog keeps of it. Detached as the
   * arrays of {@link get} are.
   * @throws ShelfError `ERR_SHELF_TYPE` for a bad place of the medium, which cannot be read
   */
  bytes(name: string): Uint8Array | undefined {
    const { index, catalog } = this.#now();
    const variable = index.get(name);
    if (variable === undefined) return undefined;
    refuseQuarantined(variable);
    if (variable.extentBytes === 0) return catalog.operations.metaAt(variable.place);
    return new Uint8Array(this.#storageOf(variable).buffer);
  }

  /** What the shelf says of itself. */
  inspect(): ReaderInspection {
    const { superblock, index, beside } = this.#now();
    let data = 0;
    for (const [, bytes] of index.extents()) data += bytes;
    return {
      source: this.source,
      uuid: Buffer.from(superblock.uuid).toString("hex"),
      formatVersion,
      incompatFeatures: superblock.incompatFeatures,
      size: superblock.sizeBytes,
      used: usedBytes(superblock, index),
      catalog: 2 * superblock.catalogBytes,
      data,
      names: index.size,
      hasWriter: beside,
    };
  }

  info(name: string): VariableInfo | undefined {
    const variable = this.#now().index.get(name);
    return variable === undefined ? undefined : infoOf(variable);
  }

  /**
   * The value of a name as of the last {@link refresh}, or undefined. Arrays come as handles to the shelf's bytes. A
   * reader must not store into them (a worker that attached may): the system would give it a page of its own, 4 KiB of
   * that array and of whatever lies beside it, which shows no change of the writer any more. A list comes as an array of
   * its items.
   */
  get<Name extends keyof Variables & string>(name: Name): ReadValue<Variables[Name]> | undefined {
    return this.#get(name) as ReadValue<Variables[Name]> | undefined;
  }

  #get(name: string): unknown {
    const { index } = this.#now();
    const variable = index.get(name);
    if (variable === undefined) return undefined;
    const known = this.#opened.get(name);
    if (known !== undefined) return known.value;
    return variable.type === listType ? this.#openList(variable) : this.#open(name, variable, true);
  }

  /**
   * Whether the writer has committed names or values since, or died in the midst of a transaction: time to
   * {@link refresh}. A few loads, so ask often.
   */
  get stale(): boolean {
    const { superblock, catalog, undo, rolledBack } = this.#now();
    const view = new Uint32Array(this.#region.view(0, 8192));
    const sequences = [view[8], view[1024 + 8]];
    if (sequences.some((each) => each !== superblock.sequence % 2 ** 32)) return true;
    const next = new Uint32Array(this.#region.view(superblock.catalogOffset, superblock.catalogBytes));
    const at = (catalog.bytes - catalog.room) / 4;
    const isNext = next[at + 2] === catalog.generation && next[at + 3] === catalog.nextSequence % 2 ** 32;
    return isNext || (rolledBack && undo().firstEntry < 0) || this.#isCutShort();
  }

  /**
   * Goes on to the newest committed catalog. Handles of variables that are the same stay valid, also those inside plain data
   * and lists; those of others are detached; all are when the file has grown, or when a writer died in the midst of a
   * transaction, whose bytes this reader then sees as they were before. False if there was nothing new.
   */
  refresh(): boolean {
    if (!this.stale) return false;
    const old = this.#region;
    old.marks.set(joiningMark);
    const mapsAnew = this.#snapshot.rolledBack || hasOutgrown(old) || this.#isCutShort();
    try {
      const [region, snapshot] = take(this.#parts, mapsAnew ? this.#parts.map() : old, old);
      this.#retireChanged(snapshot, region !== old);
      this.#snapshot.memory.close();
      const mark = snapshot.catalog.nextSequence;
      if (region !== old) old.close();
      else if (mark !== this.#mark) old.marks.clear(this.#mark);
      this.#region = region;
      this.#snapshot = snapshot;
      this.#mark = mark;
      return true;
    } finally {
      if (!this.#region.closed) this.#region.marks.clear(joiningMark);
    }
  }

  /**
   * Runs `work`, which must copy what it needs, such that no transaction of the writer changed bytes while it ran:
   * refreshes before, and runs it again where one did.
   * @throws TypeError if it returns a promise, which would go on after it; ShelfError `ERR_SHELF_BUSY` if that does not
   *   succeed within a second
   */
  consistent<Result>(work: (reader: this) => Result): Result {
    if (typeof work !== "function") {
      throw new TypeError(`consistent expects a function that copies what is needed, got ${typeof work}`);
    }
    const deadline = performance.now() + patienceMilliseconds;
    for (;;) {
      this.refresh();
      const before = this.#laneState();
      if (before !== undefined) {
        const result = work(this);
        refusePromise(result);
        if (this.#laneState() === before && !this.stale) return result;
      }
      if (performance.now() > deadline) {
        throw new ShelfError("ERR_SHELF_BUSY", `${this.source} was changed again and again for a second; try again`);
      }
      Atomics.wait(sleeping, 0, 0, 1);
    }
  }

  /** Detaches every handle and lets the writer reuse what this reader looked at. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { storage } of this.#opened.values()) storage?.retire();
    for (const storage of this.#storages.values()) storage.retire();
    this.#opened.clear();
    this.#storages.clear();
    this.#snapshot.memory.close();
    this.#region.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #now(): Snapshot {
    if (this.#closed) throw new ShelfError("ERR_SHELF_CLOSED", "the reader is closed; open it again with openReader");
    return this.#snapshot;
  }

  #open(name: string, variable: Variable, keep: boolean): unknown {
    const codec = this.#parts.codecs.byType(variable.type);
    if (codec === undefined) {
      throw new ShelfError(
        "ERR_SHELF_TYPE",
        `"${name}" is of type "${variable.type}", which no codec given to openReader knows; pass { types: [...] }`,
        { variable: name },
      );
    }
    let storage: ReaderStorage | undefined;
    const value: unknown = codec.open({
      name,
      meta: this.#snapshot.catalog.operations.metaAt(variable.place),
      byteLength: variable.extentBytes,
      storage: () => (storage ??= this.#storageOf(variable)),
    });
    if (codec.shareable && keep) this.#opened.set(name, { variable, value, storage });
    return value;
  }

  #storageOf(variable: Variable): ReaderStorage {
    const known = this.#storages.get(variable.extentOffset);
    if (known !== undefined) return known;
    const storage = new ReaderStorage(this.#region, variable);
    if (variable.extentBytes > 0) this.#storages.set(variable.extentOffset, storage);
    return storage;
  }

  #openList(variable: Variable): unknown {
    const { index, catalog } = this.#snapshot;
    const id = readListMeta(catalog.operations.metaAt(variable.place));
    const list = id === undefined ? undefined : index.items.list(id);
    if (list === undefined) {
      throw new ShelfError(
        "ERR_SHELF_CORRUPT",
        `the list "${variable.name}" is damaged; restore the shelf from a copy`,
      );
    }
    const open = (_: unknown, at: number): unknown =>
      this.#open(variable.name, index.items.variable(list, at, variable.name), false);
    return Array.from({ length: list.items.length }, open);
  }

  #retireChanged(next: Snapshot, all: boolean): void {
    for (const [name, { variable, storage }] of this.#opened) {
      const now = next.index.get(name);
      if (now !== undefined && !all && this.#isSame(variable, now, next)) continue;
      storage?.retire();
      this.#storages.delete(variable.extentOffset);
      this.#opened.delete(name);
    }
    // While this reader's mark is set no other variable gets any part of an extent: one that is named still is the same.
    for (const [offset, storage] of this.#storages) {
      if (!all && next.extents.holds(offset, storage.byteLength)) continue;
      storage.retire();
      this.#storages.delete(offset);
    }
  }

  /**
   * Whether a name has the value still that was opened. Its meta says so: a value that came from another name has the
   * version and time of this one where both were set in one transaction.
   */
  #isSame(opened: Variable, now: Variable, next: Snapshot): boolean {
    if (now.type !== opened.type || now.version !== opened.version || now.modified !== opened.modified) return false;
    if (now.extentOffset !== opened.extentOffset || now.extentBytes !== opened.extentBytes) return false;
    const meta = this.#snapshot.catalog.operations.metaAt(opened.place);
    return Buffer.compare(meta, next.catalog.operations.metaAt(now.place)) === 0;
  }

  /** Whether a transaction that nobody is working on has left bytes half changed, which {@link refresh} puts right. */
  #isCutShort(): boolean {
    const { settledEntry, undo } = this.#snapshot;
    const entry = undo().firstEntry;
    return entry >= 0 && entry !== settledEntry && !this.#parts.attaches && !isWriterLive(this.#region);
  }

  /** What tells one transaction of the writer from the next; undefined while one may be changing bytes. */
  #laneState(): number | undefined {
    const { settledEntry, undo } = this.#snapshot;
    const lane = undo();
    // What a dead writer's transaction changed has been put right here; any other may be changing bytes.
    const isSettled = lane.firstEntry === settledEntry && !isWriterLive(this.#region);
    return lane.firstEntry >= 0 && !isSettled ? undefined : lane.generation;
  }
}

printAs<ShelfReader>(ShelfReader.prototype, (reader, depth, options) =>
  showNames("ShelfReader", reader, depth, options),
);

function refusePromise(result: unknown): void {
  if (typeof (result as { then?: unknown } | null | undefined)?.then !== "function") return;
  throw new TypeError(
    "consistent must be synchronous: the function returned a promise, and the writer goes on meanwhile; " +
      "copy inside it, and await afterwards",
  );
}

const attemptsMax = 100;

/**
 * Takes a snapshot of a region, or of the file mapped anew where a writer came in between, and marks it. Both marks are
 * set when it returns. Regions that are of no use are closed, but for `old`.
 */
function take({ map, attaches }: ReaderParts, first: MappedFile, old?: MappedFile): readonly [MappedFile, Snapshot] {
  for (let region = first, attempt = 0; ; region = map(), attempt++) {
    try {
      // Before the catalog is looked at, so that from then on nothing that it names is given to anything else.
      region.marks.set(joiningMark);
      if (attaches) attachTo(region);
      const snapshot = takeSnapshot(region, attaches);
      region.marks.set(snapshot.catalog.nextSequence);
      return [region, snapshot];
    } catch (error) {
      if (region !== old) region.close();
      if (!(error instanceof MappingOutdated)) throw error;
      if (attempt >= attemptsMax) throw error.otherwise;
    }
  }
}

/**
 * Has the writer move no extent from now on.
 * @throws ShelfError `ERR_SHELF_BUSY` if it does so for longer than a second
 */
function attachTo({ marks, source }: MappedFile): void {
  marks.set(attachedMark);
  const deadline = performance.now() + patienceMilliseconds;
  while (marks.heldByOthers(movingMark, movingMark + 1)) {
    if (performance.now() > deadline) {
      throw new ShelfError("ERR_SHELF_BUSY", `${source} is being compacted; try again when that has ended`);
    }
    Atomics.wait(sleeping, 0, 0, 1);
  }
}
