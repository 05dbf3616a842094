/**
 * The transactions of a shelf: what they write, in which order, and how they are undone. `docs/durability.md` argues the
 * order, case by case.
 *
 * Invariants: between transactions the index shows exactly what is durable; an extent is in the allocator's free space
 * if and only if neither the catalog nor the open transaction names it.
 */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { ShelfError } from "./errors.ts";
import { roundUp, unitBytes } from "./layout.ts";
import type { Metadata } from "./metadata.ts";
import type { Counting } from "./counters.ts";
import { channels, isWatched, type News } from "./events.ts";
import type { Limbo } from "./readers/limbo.ts";
import type { NameIndex } from "./name-index.ts";
import { refuseQuarantined } from "./quarantine.ts";
import { SealChange } from "./seal-change.ts";
import { type StorageOwner, VariableStorage } from "./storage.ts";
import { refusePromise } from "./synchronous.ts";
import { Transaction } from "./transaction.ts";
import type { UndoLog } from "./undo-log.ts";
import type { Variable } from "./variable.ts";

export interface TransactionsParts {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly undo: UndoLog;
  readonly limbo: Limbo;
  readonly counters: Counting | undefined;
}

export class Transactions implements StorageOwner {
  readonly region: Region;
  /** What the open transaction has done; empty between transactions. */
  readonly open: Transaction = new Transaction();
  /** Where somebody asked for figures. */
  readonly counters: Counting | undefined;
  /** While a value is being stored: its getters and its codec may call back, between a look-up and what it is for. */
  isStoring = false;
  readonly #news: News;
  readonly #metadata: Metadata;
  readonly #index: NameIndex;
  readonly #allocator: Allocator;
  readonly #undo: UndoLog;
  readonly #limbo: Limbo;
  readonly #storages = new Set<VariableStorage>();
  readonly #discard = (variable: Variable): void => this.#discardNamed(variable);
  #awaitedBytes = 0;
  #depth = 0;
  /** Why the open transaction can no longer commit; anything may have been thrown, undefined too. */
  #doom: { readonly cause: unknown } | undefined = undefined;
  /** Why nothing can be written any more. */
  #failure: Error | undefined = undefined;
  #closed = false;

  constructor(parts: TransactionsParts) {
    this.region = parts.region;
    this.counters = parts.counters;
    this.#metadata = parts.metadata;
    this.#news = parts.metadata.news;
    this.#index = parts.index;
    this.#allocator = parts.allocator;
    this.#undo = parts.undo;
    this.#limbo = parts.limbo;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes of extents that nothing names, but that asynchronous writes still go to. */
  get awaitedBytes(): number {
    return this.#awaitedBytes;
  }

  /** Whether a write failed in a way that leaves media in one of two states. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Runs `work`, with what it is given, as one transaction, or as a part of the open one. */
  transaction<Result, Given>(work: (given: Given) => Result, given: Given): Result {
    this.assertWritable();
    return this.#depth > 0 ? this.#join(work, given) : this.#run(work, given);
  }

  /** A change that is all or nothing in itself: inside a transaction it may fail alone. */
  change(work: () => void): void {
    if (this.joins()) work();
    else this.#run(work, undefined);
  }

  /** Whether a change that is made now is a part of the open transaction. @throws ShelfError where none can be made */
  joins(): boolean {
    this.assertWritable();
    return this.#depth > 0;
  }

  /** Runs what changes the shelf by more than a transaction, or none: nobody is told of any of it before it is done. */
  apart<Result>(work: () => Result): Result {
    this.assertWritable();
    this.#news.begin();
    try {
      return work();
    } finally {
      this.#news.end();
    }
  }

  /** Saves ranges, `[offset, length, ...]` from the start of the shelf, that lie in variables' data. One fence. */
  snapshot(ranges: readonly number[]): void {
    this.#assertSaving();
    const pieces = this.open.touch(ranges);
    if (pieces.length === 0) return;
    try {
      this.#undo.record(pieces, this.#allocator);
    } catch (error) {
      this.#failSaving(error);
    }
    if (this.counters !== undefined) for (let at = 1; at < pieces.length; at += 2) this.counters.logBytes += pieces[at];
  }

  /** {@link snapshot} of one range, which is what most transactions save: without lists of it. */
  snapshotRange(offset: number, length: number): void {
    this.#assertSaving();
    if (!this.open.touchFirst(offset, length)) {
      this.snapshot([offset, length]);
      return;
    }
    try {
      this.#undo.recordRange(offset, length, this.#allocator);
    } catch (error) {
      this.#failSaving(error);
    }
    if (this.counters !== undefined) this.counters.logBytes += length;
  }

  #assertSaving(): void {
    this.assertWritable();
    if (this.#depth === 0) {
      throw new ShelfError(
        "ERR_SHELF_NO_TRANSACTION",
        "snapshot works inside a transaction only; wrap the change in shelf.transaction(() => { ... })",
      );
    }
    // Of what could not be saved it is not known which part was, so that nothing may be taken for saved any more.
    if (this.#doom !== undefined) this.#failDoomed(this.#doom);
  }

  #failSaving(error: unknown): never {
    this.#doom = { cause: error };
    throw error;
  }

  unseal(variable: Variable): void {
    this.change(() => {
      // The open transaction has erased or replaced it, and the seal with it: the name is nobody's, or another's.
      if (this.#index.get(variable.name) !== variable) return;
      const change = new SealChange(variable, -1);
      change.apply(this.#index);
      this.open.add(change);
    });
  }

  storageOf(variable: Variable): VariableStorage {
    if (variable.storage === undefined) {
      refuseQuarantined(variable);
      variable.storage = new VariableStorage(this, variable);
      this.#storages.add(variable.storage);
    }
    return variable.storage;
  }

  /** {@link discard} of what the catalog named until now, so that a reader may look at it still. */
  #discardNamed(variable: Variable): void {
    this.#retire(variable, "erased");
    if (variable.extentBytes === 0) return;
    const until = this.#metadata.nextSequence;
    this.#whenIdle(variable, () => {
      if (!this.#closed) this.#limbo.release(variable.extentOffset, variable.extentBytes, until, variable.sharing);
    });
  }

  /** Gives back what a variable held that nothing on media names: its views are detached, its extent is free. */
  discard(variable: Variable): void {
    this.#retire(variable, "erased");
    if (variable.extentBytes === 0) return;
    const { extentOffset, extentBytes, sharing } = variable;
    this.#whenIdle(variable, () => {
      if (this.#closed) return;
      if (sharing === undefined) this.#allocator.release(extentOffset, extentBytes);
      else this.#limbo.release(extentOffset, extentBytes, this.#metadata.nextSequence, sharing);
    });
  }

  /** Has an extent counted until it is given back: asynchronous writes into it may go on. */
  #whenIdle(variable: Variable, free: () => void): void {
    const bytes = roundUp(variable.extentBytes, unitBytes);
    this.#awaitedBytes += bytes;
    variable.whenIdle(() => {
      this.#awaitedBytes -= bytes;
      free();
    });
  }

  /** Detaches what was opened of a variable that stays; whoever asks for it next opens it anew. */
  release(variable: Variable): void {
    this.#retire(variable, "released");
    variable.storage = undefined;
  }

  #retire(variable: Variable, state: "erased" | "released"): void {
    if (variable.storage !== undefined) {
      variable.storage.retire(state);
      this.#storages.delete(variable.storage);
    }
    variable.opened = undefined;
  }

  /** Writes the catalog anew, smaller or nearer to the beginning. */
  compactCatalog(shrink: boolean): void {
    this.#metadata.compact(this.#undo, (write) => this.guard(write), shrink);
  }

  /** After a write of metadata that failed, media hold one of two states: nothing may be written then. */
  guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  assertWritable(): void {
    if (this.#closed) this.failClosed();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.isStoring) failStoring();
  }

  failClosed(): never {
    throw new ShelfError("ERR_SHELF_CLOSED", "the shelf is closed; open it again with openShelf");
  }

  /** @throws ShelfError `ERR_SHELF_TRANSACTION` inside a transaction */
  assertOutside(what: string): void {
    if (this.#depth === 0) return;
    throw new ShelfError("ERR_SHELF_TRANSACTION", `a shelf cannot ${what} inside a transaction; let it return first`);
  }

  /** Detaches all handles; nothing works afterwards. */
  close(): void {
    this.#closed = true;
    for (const storage of this.#storages) storage.retire("closed");
    this.#storages.clear();
  }

  #join<Result, Given>(work: (given: Given) => Result, given: Given): Result {
    this.#depth++;
    try {
      return refusePromise(work(given));
    } catch (error) {
      this.#doom ??= { cause: error };
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #run<Result, Given>(work: (given: Given) => Result, given: Given): Result {
    this.#news.begin();
    this.#depth = 1;
    this.#doom = undefined;
    let committed = false;
    try {
      const result = refusePromise(work(given));
      if (this.#doom !== undefined) this.#failDoomed(this.#doom);
      this.#commit();
      committed = true;
      this.#settle();
      return result;
    } catch (error) {
      if (!committed) this.#rollBack(error);
      throw error;
    } finally {
      this.open.reset();
      this.#depth = 0;
      this.#news.end();
    }
  }

  #failDoomed({ cause }: { readonly cause: unknown }): never {
    throw new ShelfError(
      "ERR_SHELF_TRANSACTION",
      "a part of this transaction failed, so none of it can be committed; let the error pass out of the transaction",
      { cause },
    );
  }

  /** Makes the open transaction durable. What throws here has not committed, or has left it open whether it has. */
  #commit(): void {
    const { changes, touched, needsDrain } = this.open;
    // Most transactions change one range, for which an array of the region's own kind would cost more than its flush.
    if (touched.size === 1) this.region.persist(touched.start, touched.end - touched.start);
    else if (touched.size > 1) this.region.persistMany(touched.toRanges());
    else if (needsDrain) this.region.drain();
    this.open.needsDrain = false;
    if (changes.length > 0) this.#metadata.commit(changes, this.#undo, (write) => this.guard(write));
    else if (!this.#undo.isEmpty) this.#commitInPlace();
  }

  /** As {@link guard}, without a function made for it. */
  #commitInPlace(): void {
    try {
      this.#undo.commit(this.#allocator);
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  /** Lets go of what the committed transaction took the name of: media say so already, so that nothing may be undone. */
  #settle(): void {
    try {
      const { changes } = this.open;
      this.#metadata.settle();
      if (!this.#undo.isEmpty) this.#undo.committedByCatalog(this.#allocator);
      for (const change of changes) {
        change.retire(this.#index, this.#discard);
        if (change.made === undefined) continue;
        change.made.pendingMeta = undefined;
        this.#index.settle(change.made);
      }
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
    if (this.counters !== undefined) this.counters.commits++;
    if (isWatched(channels.commit)) this.#tellCommit();
  }

  #tellCommit(): void {
    let changedBytes = 0;
    const ranges = this.open.touched.toRanges();
    for (let at = 1; at < ranges.length; at += 2) changedBytes += ranges[at];
    this.#news.tell("commit", { operations: this.open.changes.length, changedBytes });
  }

  /** Undoes the open transaction in memory and, where bytes were saved, on media. */
  #rollBack(error: unknown): void {
    if (this.counters !== undefined) this.counters.rollbacks++;
    if (isWatched(channels.rollback)) this.#news.tell("rollback", { error });
    const { changes } = this.open;
    for (let index = changes.length - 1; index >= 0; index--) changes[index].revert(this.#index);
    if (changes.some((each) => each.reorders)) this.#index.restoreOrder();
    if (this.#failure !== undefined) return;
    for (const { made } of changes) if (made !== undefined) this.discard(made);
    if (this.#undo.isEmpty) return;
    try {
      this.#undo.rollBack(this.#allocator);
    } catch (failure) {
      this.#failure = failure as Error;
      throw new ShelfError(
        "ERR_SHELF_TRANSACTION",
        "the transaction failed and could not be rolled back here; close the shelf: the next open rolls it back",
        { cause: new AggregateError([error, failure]) },
      );
    }
  }
}

function failStoring(): never {
  throw new ShelfError(
    "ERR_SHELF_TRANSACTION",
    "a value is being stored, so its getters and its codec may read this shelf but not change it; " +
      "make the change before or after the value is set",
  );
}
