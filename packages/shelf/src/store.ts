/** The variables of a shelf: values in and out through their codecs, and names, each change through a transaction. */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { Change } from "./change.ts";
import type { Subject } from "./check/examine.ts";
import { checkPlan } from "./codecs/check-plan.ts";
import type { Codec } from "./codecs/codec.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { pageBytes, roundUp, unitBytes } from "./layout.ts";
import type { Metadata } from "./metadata.ts";
import { checkName } from "./name.ts";
import type { NameIndex } from "./name-index.ts";
import type { ShutdownRecord } from "./shutdown-record.ts";
import { NewExtent, type VariableStorage } from "./storage.ts";
import type { Superblock } from "./superblock.ts";
import type { Transactions } from "./transactions.ts";
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

/** Extents of this size and more are aligned to it, so that huge pages can map them. */
const hugeBytes: number = 2 * 2 ** 20;

export class Store {
  readonly region: Region;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly #metadata: Metadata;
  readonly #transactions: Transactions;
  readonly #codecs: CodecRegistry;
  readonly #shutdowns: ShutdownRecord;

  constructor(parts: StoreParts) {
    this.region = parts.region;
    this.index = parts.index;
    this.allocator = parts.allocator;
    this.#metadata = parts.metadata;
    this.#transactions = parts.transactions;
    this.#codecs = parts.codecs;
    this.#shutdowns = parts.shutdowns;
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

  set(name: string, value: unknown): void {
    checkName(name);
    this.#transactions.change(() => this.#put(name, value));
  }

  erase(name: string): boolean {
    const variable = this.find(name);
    if (variable === undefined) return false;
    this.#transactions.change(() => this.#show(Change.erase(variable)));
    return true;
  }

  rename(name: string, newName: string): void {
    checkName(newName);
    const variable = this.existing(name);
    if (name === newName) return;
    this.#transactions.change(() => this.#show(Change.rename(variable, newName, this.index.get(newName)), newName));
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
    return { region: this.region, data, freeBytes: this.allocator.free };
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
    const codec = this.#codecs.byType(variable.type);
    if (codec === undefined) {
      throw new ShelfError(
        "ERR_SHELF_TYPE",
        `"${variable.name}" is of type "${variable.type}", which no codec given to openShelf knows; ` +
          `open the shelf with { types: [...] } of the package that stored it`,
        { variable: variable.name },
      );
    }
    const value: unknown = codec.open({
      name: variable.name,
      meta: this.#metadata.metaOf(variable),
      byteLength: variable.extentBytes,
      storage: () => this.storageOf(variable),
    });
    if (codec.shareable) variable.opened = value;
    return value;
  }

  #put(name: string, value: unknown): void {
    const codec = this.#codecs.forValue(value);
    const plan = codec.plan(value);
    checkPlan(codec, plan);
    const previous = this.index.get(name);
    const variable = new Variable({
      name,
      type: codec.type,
      version: previous === undefined ? 1 : (previous.version + 1) >>> 0,
      modified: Date.now(),
      extentOffset: plan.byteLength === 0 ? 0 : this.#allocate(plan.byteLength, plan.alignment),
      extentBytes: plan.byteLength,
    });
    variable.pendingMeta = plan.meta;
    variable.metaBytes = plan.meta.length;
    if (plan.byteLength > 0) this.#write(codec, value, variable);
    this.#show(Change.put(variable, plan.meta, previous));
  }

  #write(codec: Codec, value: unknown, variable: Variable): void {
    try {
      const sink = new NewExtent(this.#transactions, variable);
      codec.write(value, sink);
      sink.finish();
      this.#transactions.open.needsDrain = true;
    } catch (error) {
      this.#transactions.discard(variable);
      throw error;
    }
  }

  /** Makes a change of names in memory. The commit writes it. */
  #show(change: Change, newName?: string): void {
    change.apply(this.index, newName);
    this.#transactions.open.add(change);
  }

  #allocate(bytes: number, alignment: number = unitBytes): number {
    if (bytes >= hugeBytes && alignment < hugeBytes) {
      // Huge-page boundaries where there is room for it: a preference, not a condition.
      const offset = this.allocator.tryAllocate(bytes, hugeBytes);
      if (offset >= 0) return offset;
    }
    return this.allocator.allocate(bytes, alignment);
  }
}
