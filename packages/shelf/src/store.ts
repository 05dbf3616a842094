/** The variables of a shelf: values in and out through their codecs, and names, each change through a transaction. */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { type Change, NameChange } from "./change.ts";
import type { Subject } from "./check/examine.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { ItemChange, ListClear } from "./item-change.ts";
import { pageBytes, roundUp } from "./layout.ts";
import { isList, type List, PersistentList } from "./list.ts";
import { listMeta, listType } from "./list-meta.ts";
import type { Metadata } from "./metadata.ts";
import { checkName } from "./name.ts";
import type { NameIndex } from "./name-index.ts";
import { SealChange } from "./seal-change.ts";
import type { ShutdownRecord } from "./shutdown-record.ts";
import type { VariableStorage } from "./storage.ts";
import { type ListParts, makeItems, StoredList } from "./stored-list.ts";
import type { Superblock } from "./superblock.ts";
import type { Transactions } from "./transactions.ts";
import { Values } from "./values.ts";
import { Variable } from "./variable.ts";

export interface StoreParts {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly transactions: Transactions;
  readonly codecs: CodecRegistry;
  readonly shutdowns: ShutdownRecord;
}

export class Store {
  readonly region: Region;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly #metadata: Metadata;
  readonly #transactions: Transactions;
  readonly #shutdowns: ShutdownRecord;
  readonly #values: Values;
  readonly #lists: ListParts;

  constructor(parts: StoreParts) {
    this.region = parts.region;
    this.index = parts.index;
    this.allocator = parts.allocator;
    this.#metadata = parts.metadata;
    this.#transactions = parts.transactions;
    this.#shutdowns = parts.shutdowns;
    this.#values = new Values(parts);
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

  get closed(): boolean {
    return this.#transactions.closed;
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
    const variable = this.find(name);
    if (variable !== undefined) return variable;
    throw new ShelfError("ERR_SHELF_NO_VARIABLE", `there is no variable ${JSON.stringify(name)} on this shelf`, {
      variable: name,
    });
  }

  set(name: string, value: unknown, alignment?: number): void {
    checkName(name);
    this.#transactions.change(() => this.#put(name, value, alignment));
  }

  erase(name: string): boolean {
    const variable = this.find(name);
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
      const previous = this.index.get(newName);
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
    this.#transactions.change(() => {
      if (variable.type === listType) this.#putList(newName, this.get(name) as List);
      else this.#replace(newName, (version) => this.#values.copy(variable, newName, version));
    });
  }

  /** The data are made durable with the seal, which vouches for them. */
  seal(variables: readonly Variable[]): void {
    for (const { name, type } of variables) if (type === listType) failSealOfList(name);
    this.#transactions.change(() => {
      for (const variable of variables) {
        const { extentOffset, extentBytes } = variable;
        const crc = this.region.crc32c(extentOffset, extentBytes);
        if (extentBytes > 0) this.region.flush(extentOffset, extentBytes);
        this.#transactions.open.needsDrain = true;
        this.#show(new SealChange(variable, crc));
      }
    });
  }

  unseal(variables: readonly Variable[]): void {
    this.#transactions.change(() => {
      for (const variable of variables) if (variable.seal >= 0) this.#show(new SealChange(variable, -1));
    });
  }

  transaction<Result>(work: () => Result): Result {
    return this.#transactions.transaction(work);
  }

  /** Saves all bytes of some variables, with one fence. */
  snapshot(variables: readonly Variable[]): void {
    this.#transactions.snapshot(variables.flatMap((each) => this.storageOf(each).rangesToSave([0, each.extentBytes])));
  }

  storageOf(variable: Variable): VariableStorage {
    return this.#transactions.storageOf(variable);
  }

  release(variable: Variable): void {
    this.#transactions.release(variable);
  }

  grow(sizeBytes: number): void {
    this.#transactions.assertWritable();
    this.#transactions.assertOutside("grow");
    const oldBytes = this.superblock.sizeBytes;
    const newBytes = roundUp(sizeBytes, pageBytes);
    if (newBytes <= oldBytes) return;
    if (newBytes > this.region.length) this.region.grow(newBytes);
    this.#transactions.guard(() => this.#metadata.grow(newBytes));
    this.allocator.release(oldBytes, newBytes - oldBytes);
  }

  /** What a check of the open shelf looks at. Between transactions only: it compares media with memory. */
  checkSubject(data: boolean): Subject {
    if (this.closed) this.#transactions.failClosed();
    this.#transactions.assertOutside("be checked");
    return {
      region: this.region,
      data,
      freeBytes: this.allocator.free,
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
    try {
      if (!this.#transactions.failed) {
        this.#metadata.seal();
        this.#shutdowns.markClosed();
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

  #put(name: string, value: unknown, alignment: number | undefined): void {
    if (isList(value)) this.#putList(name, value);
    else this.#replace(name, (version) => this.#values.make(name, value, version, alignment));
  }

  #replace(name: string, make: (version: number) => Variable): void {
    const previous = this.index.get(name);
    const variable = make(previous === undefined ? 1 : (previous.version + 1) >>> 0);
    this.#show(NameChange.put(variable, variable.pendingMeta as Uint8Array, previous));
    this.#dropItems(previous);
  }

  #putList(name: string, value: List): void {
    const { items } = this.index;
    // Read and written first: the list may be one of this shelf's, that of this very name even.
    const made = makeItems(this.#lists, name, value.toArray());
    const list = items.create();
    this.#replace(name, (version) => {
      const extent = { extentOffset: 0, extentBytes: 0 };
      const variable = new Variable({ name, type: listType, version, modified: Date.now(), ...extent });
      variable.pendingMeta = listMeta(list.id);
      variable.metaBytes = variable.pendingMeta.length;
      return variable;
    });
    this.#show(new ListClear(list, "created"));
    for (const [index, item] of made.entries()) this.#show(ItemChange.insert(list, index, item));
  }

  /** The items of a list go with its variable. */
  #dropItems(variable: Variable | undefined): void {
    if (variable?.type === listType) this.#show(new ListClear(this.#metadata.listOf(variable), "dropped"));
  }

  /** Makes a change in memory. The commit writes it. */
  #show(change: Change, newName?: string): void {
    change.apply(this.index, newName);
    this.#transactions.open.add(change);
  }
}

function failSealOfList(name: string): never {
  throw new ShelfError("ERR_SHELF_TYPE", `"${name}" is a list, which changes item by item; seal variables of its own`, {
    variable: name,
  });
}
