import { type AsyncOptions, type CopyJob, type Durability, type Granularity, parseSize } from "@nodemm/pmem-native";
import {
  type CheckAsyncOptions,
  type CheckOptions,
  checkInPieces,
  checkNow,
  readCheckOptions,
} from "./check/check-shelf.ts";
import type { CheckReport } from "./check/finding.ts";
import { type CompactOptions, type CompactReport, readCompactOptions } from "./compact.ts";
import type { Storage } from "./codecs/codec.ts";
import type { NamedCopy } from "./copy-many.ts";
import type { ShelfCounters } from "./counters.ts";
import {
  infoOf,
  inspectShelf,
  type ShelfInspection,
  type ShelfUsage,
  usageOf,
  uuidOf,
  type VariableInfo,
} from "./inspect.ts";
import type { Store } from "./store.ts";
import type { NameIndex } from "./name-index.ts";
import type { Scratch } from "./scratch.ts";
import type { QuarantinedRange } from "./quarantine.ts";
import { alignmentOf, type SetOptions } from "./set-options.ts";
import { checkSynchronous } from "./synchronous.ts";
import { printAs, showNames } from "./print.ts";
import { type NamedRanges, persistAll, persistBytes, shareBytes, snapshotBytes } from "./variable-bytes.ts";
import { makeVars } from "./vars.ts";

/**
 * A shelf of named variables in persistent memory, with the manners of a `Map`. Made by `openShelf`.
 *
 * Each `set`, `delete` and `rename` is durable and all-or-nothing when it returns; inside {@link transaction} they become
 * so together when it returns. Every method throws `ERR_SHELF_CLOSED` once the shelf is closed.
 */
export class Shelf<Variables extends object = Record<string, unknown>> implements Disposable {
  readonly #store: Store;
  #vars: Variables | undefined;

  /** @internal */
  constructor(store: Store) {
    this.#store = store;
    // shelf.x = value would be stored nowhere: it is shelf.vars.x.
    Object.preventExtensions(this);
  }

  /** Where the shelf lives, for people: its path, or the name of its region. */
  get source(): string {
    return this.#store.region.source;
  }

  /** The shelf's own identity, given at creation: 32 hexadecimal digits. */
  get uuid(): string {
    return uuidOf(this.#store);
  }

  /** What a completed change survives here, and why. */
  get durability(): Durability {
    return this.#store.region.durability;
  }

  get granularity(): Granularity {
    return this.#store.region.granularity;
  }

  /** What the shelf has done since it was opened with `counters: true`; undefined without. */
  get counters(): ShelfCounters | undefined {
    return this.#store.counters;
  }

  get closed(): boolean {
    return this.#store.closed;
  }

  get inTransaction(): boolean {
    return this.#store.inTransaction;
  }

  /** The variables as properties: `shelf.vars.x = zeros([1000])`. */
  get vars(): Variables {
    return (this.#vars ??= makeVars(this));
  }

  /** How many names there are. */
  get size(): number {
    return this.#names().size;
  }

  /**
   * The value of a name, or undefined. Arrays, typed arrays and other types over bytes come as handles to the stored bytes
   * themselves (the same one each time, detached when the variable is erased or replaced); plain data comes as a copy.
   * @throws ShelfError `ERR_SHELF_TYPE` if no codec given to `openShelf` knows the stored type
   */
  get<Name extends keyof Variables & string>(name: Name): Variables[Name] | undefined {
    return this.#store.get(name) as Variables[Name] | undefined;
  }

  /**
   * Creates the variable, or replaces it atomically: after a crash the old or the new value is there, never neither.
   * Durable on return. Handles to a replaced value are detached. A handle to another variable is copied.
   * @throws TypeError if no codec stores such a value; RangeError for an impossible alignment; ShelfError
   *   `ERR_SHELF_NO_SPACE`, or `ERR_SHELF_TRANSACTION` where a getter of `value` changes this shelf: with nothing changed
   */
  set<Name extends keyof Variables & string>(name: Name, value: Variables[Name], options?: SetOptions): this {
    this.#store.set(name, value, options === undefined ? undefined : alignmentOf(options));
    return this;
  }

  has(name: string): boolean {
    return this.#store.has(name);
  }

  /** Erases the variable, durably on return; its handles are detached. False if there was none. */
  delete(name: string): boolean {
    return this.#store.erase(name);
  }

  /** Erases all variables at once. */
  clear(): void {
    this.transaction(() => {
      for (const name of [...this.keys()]) this.delete(name);
    });
  }

  /**
   * Gives a variable another name, replacing a variable of that name. Its handles stay valid.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE` if there is no such variable
   */
  rename(name: string, newName: string): void {
    this.#store.rename(name, newName);
  }

  /**
   * Makes two variables exchange their names, atomically: `swap("weights", "candidate")` puts the candidate in place and
   * keeps what was there. Handles stay valid and follow their values.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE` if one of them is missing
   */
  swap(name: string, other: string): void {
    this.#store.swap(name, other);
  }

  /**
   * Copies a variable to another name, replacing a variable of that name: bytes to bytes, so also for types that this
   * process has no codec for. A list is copied with its items.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE`, `ERR_SHELF_NO_SPACE`, `ERR_SHELF_TYPE`: with nothing changed
   */
  copy(name: string, newName: string): void {
    this.#store.copy(name, newName);
  }

  /** Names in the order of their creation: all, or those that begin with `prefix`. */
  keys(prefix = ""): IterableIterator<string> {
    const names = this.#names();
    if (typeof prefix !== "string") throw new TypeError(`a prefix must be a string, got ${typeof prefix}`);
    return this.#keysOf(names, prefix);
  }

  *values(): Generator<Variables[keyof Variables]> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): Generator<[string, Variables[keyof Variables]]> {
    for (const name of this.keys()) yield [name, this.#store.get(name) as Variables[keyof Variables]];
  }

  [Symbol.iterator](): Generator<[string, Variables[keyof Variables]]> {
    return this.entries();
  }

  forEach(visit: (value: Variables[keyof Variables], name: string, shelf: this) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this);
  }

  /**
   * Runs `work` as one transaction: everything it sets, erases and renames, and every range it saves before changing it in
   * place, becomes durable together when it returns, or not at all after a crash. If it throws, all of it is undone, in
   * memory as well, and the error is passed on. Transactions inside it join it: there is one commit, that of the outermost.
   * @throws TypeError for an async or generator function, before it is called, and for a function that returns a promise, once it has
   *   been undone; ShelfError `ERR_SHELF_TRANSACTION` if a nested transaction failed and its error was swallowed
   */
  transaction<Result>(work: (shelf: this) => Result): Result {
    checkSynchronous(work);
    return this.#store.transaction(work, this);
  }

  /**
   * Inside a transaction: saves bytes of a variable, durably, before they are changed in place through its handle. All of
   * them, or `byteLength` from `byteOffset`. Of a list: those of all its items. Saving a range twice costs nothing.
   * @throws ShelfError `ERR_SHELF_NO_TRANSACTION` outside a transaction, `ERR_SHELF_TRANSACTION` once a part of it has failed,
   *   `ERR_SHELF_NO_VARIABLE`, `ERR_SHELF_TYPE` for a range of a list; `ERR_SHELF_NO_SPACE` if the log cannot hold it: nothing
   *   has changed, and the transaction will be undone
   * @example
   * shelf.transaction(() => {
   *   shelf.snapshot("counts");
   *   counts[0]++;
   * });
   */
  snapshot(name: string, byteOffset?: number, byteLength?: number): void;
  /** The same for all bytes of several variables, or for ranges of them, with one fence. */
  snapshot(names: readonly (string | NamedRanges)[]): void;
  snapshot(names: string | readonly (string | NamedRanges)[], byteOffset = 0, byteLength?: number): void {
    snapshotBytes(this.#store, names, byteOffset, byteLength);
  }

  /**
   * Makes bytes of one variable durable as they are now: all of them, or `byteLength` from `byteOffset`. Of a list: those
   * of all its items.
   */
  persist(name: string, byteOffset?: number, byteLength?: number): void;
  /** Makes the bytes of all variables durable as they are now. */
  persist(): void;
  persist(name?: string, byteOffset = 0, byteLength?: number): void {
    if (name === undefined) persistAll(this.#store, this.#names());
    else persistBytes(this.#store, name, byteOffset, byteLength);
  }

  /**
   * The bytes of a variable, for packages that keep data of their own in them. Needs no codec.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE`
   */
  storage(name: string): Storage {
    return this.#store.storageOf(this.#store.existing(name));
  }

  /** Whether {@link sharedView} works: Node must be able to make such buffers, and the shelf must lie in mapped memory. */
  get sharedViews(): boolean {
    return this.#store.region.sharedViews;
  }

  /**
   * The bytes of a variable as a `SharedArrayBuffer`, to be posted to worker threads: no copy, the shelf's own bytes. Each
   * call makes one. Stores of other threads become durable by `persist(name)` of the shelf's own thread, once they have been
   * made visible to it (`Atomics`, a message).
   *
   * Nothing can take it back: when the variable is erased or replaced, its space stays in use until every thread has let the
   * buffer go and collected it; after {@link close} its holders see zeros. Workers that need names as well, and runtimes
   * without such buffers, use `attachShelf`.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE`, `ERR_SHELF_TYPE` for a list; PmemError `ERR_PMEM_UNSUPPORTED` where
   *   {@link sharedViews} is false
   * @example
   * const counts = new Int32Array(shelf.sharedView("counts"));
   * worker.postMessage(counts);
   */
  sharedView(name: string): SharedArrayBuffer {
    return shareBytes(this.#store, name);
  }

  /** `storage(name).copy` of many, shared among threads where they are long. @throws as {@link copyManyAsync} */
  copyMany(copies: readonly NamedCopy[]): void {
    this.#store.copyMany(copies);
  }

  /**
   * `storage(name).copyAsync` of many, on one thread. Durable when `done` is fulfilled; for `settle` see `CopyJob`.
   * @throws RangeError, ShelfError `ERR_SHELF_NO_VARIABLE`, `ERR_SHELF_CLOSED`: before anything is copied
   */
  copyManyAsync(copies: readonly NamedCopy[], options?: AsyncOptions): CopyJob {
    return this.#store.copyManyAsync(copies, options);
  }

  /**
   * Detaches every handle to a variable, or to items of a list, which stays; `get` and {@link storage} open it anew. For bytes that are about to
   * be written over where nobody may watch.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE`
   */
  release(name: string): void {
    this.#store.release(this.#store.existing(name));
  }

  /** Facts about a variable, without opening it, so also for types that this process has no codec for. */
  info(name: string): VariableInfo | undefined {
    const variable = this.#store.find(name);
    return variable === undefined ? undefined : infoOf(variable);
  }

  /** How the space is used. Looks at all free extents, not at the variables. */
  usage(): ShelfUsage {
    this.#names();
    return usageOf(this.#store);
  }

  /** What the shelf says of itself: identity, format, space and, with `variables`, facts about each of them. */
  inspect({ variables = false }: { readonly variables?: boolean } = {}): ShelfInspection {
    this.#names();
    return inspectShelf(this.#store, variables);
  }

  /**
   * Seals variables: records a checksum (CRC-32C) of their bytes as they are now, durably, for {@link check} to compare.
   * A change of the bytes through the shelf (`snapshot`, `persist` of the name, operations of arrays) takes the seal away;
   * a plain store through a view cannot be seen, and breaks it. Copies of {@link copyManyAsync} under way are made first.
   * Inside a transaction, `snapshot` must come before other changes (`ERR_SHELF_TRANSACTION`): it brings the bytes back too.
   * @throws ShelfError `ERR_SHELF_NO_VARIABLE`; `ERR_SHELF_TYPE` for a list, and what {@link quarantine} made
   */
  seal(...names: string[]): void {
    this.#store.seal(names.map((each) => this.#store.existing(each)));
  }

  /**
   * Gives free space that the medium is known to have lost (`badBlocks` of the region, as of opening), in whole pages of
   * 4 KiB, to variables of type `quarantine`, durably, so that nothing else gets it. Erase them when the medium is mended.
   * Returns the new ones. What lies in variables is not touched: erase those or set them anew, and call this again.
   */
  quarantine(): readonly QuarantinedRange[] {
    return this.#store.quarantine();
  }

  /** Takes seals away, durably on return. Nothing where there is none. */
  unseal(...names: string[]): void {
    this.#store.unseal(names.map((each) => this.#store.existing(each)));
  }

  /**
   * Checks everything that the shelf keeps about itself, on media and in memory, and reports what is wrong. Damage is
   * reported, never thrown. For a shelf that is not open there is `checkShelf`.
   * @throws ShelfError `ERR_SHELF_TRANSACTION` inside a transaction
   */
  check(options: CheckOptions = {}): CheckReport {
    return checkNow(this.#store.checkSubject(readCheckOptions(options).data));
  }

  /** {@link check}, reading data in small pieces, between which other work goes on. Rejects where `check` throws. */
  async checkAsync(options: CheckAsyncOptions = {}): Promise<CheckReport> {
    return checkInPieces(this.#store.checkSubject(readCheckOptions(options).data), options);
  }

  /**
   * Makes the shelf at least `size` large, in place and durably; handles stay valid.
   * @throws PmemError `ERR_PMEM_NO_SPACE`, `ERR_PMEM_CAPACITY` with nothing changed
   */
  grow(size: number | string): void {
    this.#store.grow(parseSize(size));
  }

  /**
   * Moves values that no handle looks at towards the beginning, so that free space is in fewer and larger pieces, and
   * makes the catalog as small as it may be. Values stay; each is moved as durably and atomically as it was set, and keeps
   * its alignment up to 4 KiB, or up to 2 MiB where it is that large.
   * @throws ShelfError `ERR_SHELF_TRANSACTION` inside a transaction
   */
  compact(options: CompactOptions = {}): CompactReport {
    return this.#store.compact(readCompactOptions(options));
  }

  /**
   * A value that is not kept: a temporary, in the shelf's free space instead of memory. It is gone when it is freed, when
   * the shelf is closed, and after a crash. In-place arithmetic on it is neither durable nor undone with a transaction.
   * @throws TypeError, ShelfError `ERR_SHELF_NO_SPACE`
   * @example
   * using sums = shelf.scratch(new Float64Array(1_000_000));
   * sums.value[0] = 1;
   */
  scratch<Value>(value: Value): Scratch<Value> {
    return this.#store.scratch(value);
  }

  /** Detaches every handle and releases the region. Committed changes are durable already. A second call does nothing. */
  close(): void {
    this.#store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  *#keysOf(names: NameIndex, prefix: string): Generator<string, undefined> {
    for (const name of names.keys()) {
      if (name.startsWith(prefix)) yield name;
      // What it says of the names lies on the medium.
      if (this.#store.closed) this.#names();
    }
  }

  #names(): NameIndex {
    if (this.#store.closed) this.#store.find("");
    return this.#store.index;
  }
}

printAs<Shelf>(Shelf.prototype, (shelf, depth, options) => showNames("Shelf", shelf, depth, options));
