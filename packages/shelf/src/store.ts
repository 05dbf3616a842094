/** The variables of a shelf: values in and out through their codecs, and names, each change through a transaction. */
import type { AsyncOptions, CopyJob, Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { type Change, NameChange } from "./change.ts";
import type { Subject } from "./check/examine.ts";
import { compactExtents, type CompactOptions, type CompactReport } from "./compact.ts";
import { knownBadBlocks } from "./check/medium.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { copyManyAsync, type NamedCopy, placeCopies } from "./copy-many.ts";
import type { ShelfCounters } from "./counters.ts";
import { ShelfError } from "./errors.ts";
import { channels, isWatched, tell } from "./events.ts";
import { type Growth, growAsFarAsPossible } from "./growth.ts";
import { ItemChange, ListClear } from "./item-change.ts";
import { pageBytes, roundDown, roundUp, sizeBytesMin } from "./layout.ts";
import { isList, PersistentList } from "./list.ts";
import { listType, listVariable } from "./list-meta.ts";
import type { Metadata } from "./metadata.ts";
import { checkName } from "./name.ts";
import type { NameIndex } from "./name-index.ts";
import type { Meta } from "./operation.ts";
import { lostRange, type QuarantinedRange, quarantineVariable, refuseQuarantined, takeFree } from "./quarantine.ts";
import type { Limbo } from "./readers/limbo.ts";
import { type Scratch, ScratchSpace } from "./scratch.ts";
import { SealChange } from "./seal-change.ts";
import type { ShutdownRecord } from "./shutdown-record.ts";
import type { VariableStorage } from "./storage.ts";
import { copyItems, itemsWithBytes, type ListParts, makeItems, refuseList, StoredList } from "./stored-list.ts";
import type { Superblock } from "./superblock.ts";
import type { Transactions } from "./transactions.ts";
import { Values } from "./values.ts";
import { rangesToSave, type VariableRanges } from "./variable-bytes.ts";
import { historyBehind, UnopenedValue, type Variable } from "./variable.ts";

export interface StoreParts {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly transactions: Transactions;
  readonly codecs: CodecRegistry;
  readonly shutdowns: ShutdownRecord;
  /** How the shelf grows when it is full; undefined where only `grow` makes it larger. */
  readonly growth: Growth | undefined;
  /** Gives back what of the medium lies behind the shelf's end, at closing. */
  readonly cut: ((superblock: Superblock) => void) | undefined;
  readonly limbo: Limbo;
}

export class Store {
  readonly region: Region;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly #metadata: Metadata;
  readonly #transactions: Transactions;
  readonly #shutdowns: ShutdownRecord;
  readonly #limbo: Limbo;
  readonly #values: Values;
  readonly #lists: ListParts;
  readonly #scratch: ScratchSpace;
  readonly #cut: StoreParts["cut"];

  constructor(parts: StoreParts) {
    this.region = parts.region;
    this.index = parts.index;
    this.allocator = parts.allocator;
    this.#metadata = parts.metadata;
    this.#transactions = parts.transactions;
    this.#shutdowns = parts.shutdowns;
    this.#limbo = parts.limbo;
    this.#values = new Values(parts);
    this.#scratch = new ScratchSpace(parts.region, parts.allocator, parts.codecs);
    this.#cut = parts.cut;
    if (parts.growth !== undefined) this.#growByItself(parts.growth);
    this.#lists = {
      items: parts.index.items,
      values: this.#values,
      transactions: parts.transactions,
      show: (change) => this.#show(change),
    };
  }

  get superblock(): Superblock {
    return this.#metadata.superblock;
  }

  /** What has been done so far, where that is counted. */
  get counters(): ShelfCounters | undefined {
    const { counters } = this.#transactions;
    if (counters === undefined) return undefined;
    const { allocations, allocatedBytes } = this.allocator;
    return { ...counters, allocations, allocatedBytes };
  }

  get closed(): boolean {
    return this.#transactions.closed;
  }

  get inTransaction(): boolean {
    return this.#transactions.isOpen;
  }

  get(name: string): unknown {
    const variable = this.find(name);
    if (variable === undefined) return undefined;
    return variable.opened === undefined ? this.#open(variable) : variable.opened;
  }

  find(name: string): Variable | undefined {
    if (this.#transactions.closed) this.#transactions.failClosed();
    return this.index.get(name);
  }

  /** @throws ShelfError `ERR_SHELF_NO_VARIABLE` */
  existing(name: string): Variable {
    if (this.#transactions.closed) this.#transactions.failClosed();
    const variable = this.index.getAgain(name);
    if (variable !== undefined) return variable;
    throw new ShelfError("ERR_SHELF_NO_VARIABLE", `there is no variable ${JSON.stringify(name)} on this shelf`, {
      variable: name,
    });
  }

  set(name: string, value: unknown, alignment?: number): void {
    checkName(name);
    if (this.#transactions.joins()) this.#put(name, value, alignment);
    else this.#setAlone(name, value, alignment);
  }

  has(name: string): boolean {
    if (this.#transactions.closed) this.#transactions.failClosed();
    return this.index.has(name);
  }

  erase(name: string): boolean {
    if (this.#transactions.closed) this.#transactions.failClosed();
    const variable = this.index.peek(name);
    if (variable === undefined) return false;
    this.#transactions.change(() => {
      this.#show(NameChange.erase(variable));
      this.#dropItems(variable);
    });
    return true;
  }

  rename(name: string, newName: string): void {
    checkName(newName);
    const variable = this.existing(name);
    if (name === newName) return;
    this.#transactions.change(() => {
      const previous = this.index.peek(newName);
      this.#show(NameChange.rename(variable, newName, previous), newName);
      this.#dropItems(previous);
    });
  }

  swap(name: string, other: string): void {
    const [variable, second] = [this.existing(name), this.existing(other)];
    if (variable === second) return;
    this.#transactions.change(() => this.#show(NameChange.swap(variable, second)));
  }

  copy(name: string, newName: string): void {
    checkName(newName);
    const variable = this.existing(name);
    refuseQuarantined(variable);
    this.#transactions.change(() => {
      if (variable.type === listType) {
        this.#putItems(newName, copyItems(this.#lists, this.#metadata.listOf(variable), name, newName));
        return;
      }
      const previous = this.index.replaced(newName);
      this.#replace(this.#values.copy(variable, newName, historyBehind(previous)), previous);
    });
  }

  /** The data are made durable with the seal, which vouches for them. */
  seal(variables: readonly Variable[]): void {
    for (const variable of variables) {
      if (variable.type === listType) refuseList(variable.name, "changes item by item; seal variables of its own");
      refuseQuarantined(variable);
    }
    this.#transactions.change(() => {
      for (const variable of variables) {
        const { extentOffset, extentBytes, storage } = variable;
        storage?.settleCopies();
        const crc = this.region.crc32c(extentOffset, extentBytes);
        if (extentBytes > 0) this.region.flush(extentOffset, extentBytes);
        this.#transactions.open.needsDrain = true;
        this.#show(new SealChange(variable, crc));
      }
    });
  }

  /** Keeps new variables away from what the medium was known to have lost at opening, as far as that is free. */
  quarantine(): readonly QuarantinedRange[] {
    const ranges: QuarantinedRange[] = [];
    const bad = knownBadBlocks(this.region);
    if (bad.length === 0) return ranges;
    this.#transactions.change(() => {
      for (const { start, end } of bad.map(lostRange)) {
        takeFree(this.allocator, Math.max(start, 0), Math.min(end, this.superblock.sizeBytes), (at, bytes) => {
          const variable = quarantineVariable(at, bytes);
          this.#show(NameChange.put(variable, variable.pendingMeta as Meta, this.index.get(variable.name)));
          ranges.push({ name: variable.name, offset: at, bytes });
        });
      }
    });
    return ranges;
  }

  unseal(variables: readonly Variable[]): void {
    this.#transactions.change(() => {
      for (const variable of variables) if (variable.seal >= 0) this.#show(new SealChange(variable, -1));
    });
  }

  transaction<Result, Given>(work: (given: Given) => Result, given: Given): Result {
    return this.#transactions.transaction(work, given);
  }

  /** Saves bytes of some variables, with one fence. */
  snapshot(saves: readonly VariableRanges[]): void {
    this.#transactions.snapshot(rangesToSave(this, saves));
  }

  /** Those of a list are its items. */
  withBytes(variable: Variable): readonly Variable[] {
    if (variable.type !== listType) return [variable];
    return itemsWithBytes(this.index.items, this.#metadata.listOf(variable), variable.name);
  }

  storageOf(variable: Variable): VariableStorage {
    return this.#transactions.storageOf(variable);
  }

  copyMany(copies: readonly NamedCopy[]): void {
    this.#transactions.apart(() => {
      this.region.copyMany(placeCopies((name) => this.storageOf(this.existing(name)), copies));
      this.#transactions.open.needsDrain = true;
    });
  }

  copyManyAsync(copies: readonly NamedCopy[], options: AsyncOptions | undefined): CopyJob {
    return this.#transactions.apart(() =>
      copyManyAsync(this.region, (name) => this.storageOf(this.existing(name)), copies, options),
    );
  }

  release(variable: Variable): void {
    this.#transactions.release(variable);
    for (const each of this.withBytes(variable)) this.#transactions.release(each);
  }

  grow(sizeBytes: number): void {
    this.#transactions.apart(() => {
      this.#transactions.assertOutside("grow");
      this.#growTo(sizeBytes);
    });
  }

  /** Moves what can be moved towards the beginning and, if asked to, gives back what is then free at the end. */
  compact(options: Required<CompactOptions>): CompactReport {
    return this.#transactions.apart(() => this.#compact(options));
  }

  #compact({ detachViews, shrink }: Required<CompactOptions>): CompactReport {
    this.#transactions.assertOutside("be compacted");
    const parts = { ...this.#lists, region: this.region, index: this.index, allocator: this.allocator };
    // First, so that extents close the gap that it leaves; and again, for each move has been written to it.
    this.#transactions.compactCatalog(false);
    const report = compactExtents(parts, detachViews);
    this.#transactions.compactCatalog(shrink);
    return { ...report, givenBackBytes: shrink ? this.#shrink() : 0 };
  }

  scratch<Value>(value: Value): Scratch<Value> {
    if (isList(value)) throw new TypeError("a list cannot be a scratch value; use an array");
    return this.#transactions.apart(() => this.#scratch.make(value));
  }

  get scratchBytes(): number {
    return this.#scratch.bytes;
  }

  checkSubject(data: boolean): Subject {
    if (this.closed) this.#transactions.failClosed();
    this.#transactions.assertOutside("be checked");
    return {
      region: this.region,
      data,
      freeBytes: this.allocator.free + this.#scratch.bytes + this.#limbo.bytes + this.#transactions.awaitedBytes,
      isSealed: (name, offset, seal) => {
        const variable = this.index.get(name);
        return !this.closed && variable?.extentOffset === offset && variable.seal === seal;
      },
    };
  }

  close(): void {
    if (this.closed) return;
    this.#transactions.assertOutside("be closed");
    this.#transactions.close();
    if (isWatched(channels.close)) tell("close", this.region.source, {});
    this.#scratch.close();
    try {
      if (!this.#transactions.failed) {
        this.#metadata.seal();
        this.#shutdowns.markClosed();
        this.#cut?.(this.superblock);
      }
    } finally {
      this.region.close();
    }
  }

  #open(variable: Variable): unknown {
    if (variable.type !== listType) return this.#values.open(variable);
    const owner = new StoredList(this.#lists, this.#metadata.listOf(variable), variable);
    return (variable.opened = new PersistentList(owner));
  }

  /** Apart from {@link set}, which would pay for the function also where it makes none. */
  #setAlone(name: string, value: unknown, alignment: number | undefined): void {
    this.#transactions.change(() => this.#put(name, value, alignment));
  }

  #put(name: string, value: unknown, alignment: number | undefined): void {
    // Read and written first: the list may be one of this shelf's, that of this very name even.
    if (isList(value)) {
      this.#putItems(name, makeItems(this.#lists, name, value.toArray()));
      return;
    }
    const previous = this.index.replaced(name);
    this.#replace(this.#values.make(name, value, historyBehind(previous), alignment), previous);
  }

  /** Puts a variable in the place of what has its name. */
  #replace(variable: Variable, previous: Variable | UnopenedValue | undefined): void {
    this.#show(NameChange.put(variable, variable.pendingMeta as Meta, previous));
    this.#dropItems(previous);
  }

  /** Gives a name a new list, of items that have been written. */
  #putItems(name: string, made: readonly Variable[]): void {
    const list = this.index.items.create();
    const previous = this.index.replaced(name);
    const { time } = this.#transactions.open;
    this.#replace(listVariable(name, list.id, time, historyBehind(previous)), previous);
    this.#show(new ListClear(list, "created"));
    for (const [index, item] of made.entries()) this.#show(ItemChange.insert(list, index, item));
  }

  #growTo(sizeBytes: number): void {
    const oldBytes = this.superblock.sizeBytes;
    const newBytes = roundUp(sizeBytes, pageBytes);
    if (newBytes <= oldBytes) return;
    if (newBytes > this.region.length) this.region.grow(newBytes);
    this.#transactions.guard(() => this.#metadata.resize(newBytes));
    this.allocator.release(oldBytes, newBytes - oldBytes);
  }

  /** Also inside a transaction: the size is no part of it, and is durable before the new space is used. */
  #growByItself({ step, max }: Growth): void {
    this.allocator.makeRoom = (bytes) => {
      const { sizeBytes } = this.superblock;
      const most = roundDown(Math.min(max, this.region.capacity), pageBytes);
      // What is free at the end counts, for it becomes one piece with what is added.
      const missing = bytes - this.allocator.freeBefore(sizeBytes);
      if (sizeBytes + missing > most) return;
      const wanted = Math.min(most, sizeBytes + Math.max(missing, step ?? sizeBytes / 4));
      growAsFarAsPossible(wanted, sizeBytes + missing, (size) => this.#growTo(size));
    };
  }

  /** Takes the free space at the end off the shelf; returns how much that is. */
  #shrink(): number {
    const { sizeBytes } = this.superblock;
    const end = this.allocator.takeTail(sizeBytes);
    const newBytes = Math.min(sizeBytes, Math.max(sizeBytesMin, roundUp(end, pageBytes)));
    if (newBytes > end) this.allocator.release(end, newBytes - end);
    if (newBytes < sizeBytes) this.#transactions.guard(() => this.#metadata.resize(newBytes));
    return sizeBytes - newBytes;
  }

  /** The items of a list go with its variable. */
  #dropItems(variable: Variable | UnopenedValue | undefined): void {
    if (variable === undefined || variable instanceof UnopenedValue) return;
    if (variable.type === listType) this.#show(new ListClear(this.#metadata.listOf(variable), "dropped"));
  }

  /** Makes a change in memory. The commit writes it. */
  #show(change: Change, newName?: string): void {
    change.apply(this.index, newName);
    this.#transactions.open.add(change);
  }
}
