/**
 * The engine: index, allocator, catalog, undo log and superblocks kept in step. `docs/durability.md` argues each order of
 * writes below, case by case.
 *
 * Invariants: between transactions the index shows exactly what is durable; an extent is in the allocator's free space
 * if and only if neither the catalog nor the open transaction names it.
 */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { Catalog, type Operation, recordBytesOf } from "./catalog.ts";
import type { Codec } from "./codecs/codec.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { catalogHeaderBytes, metaBytesMax, operationKind, pageBytes, roundUp, unitBytes } from "./layout.ts";
import { checkName } from "./name.ts";
import type { NameIndex } from "./name-index.ts";
import { NewExtent, VariableStorage } from "./storage.ts";
import type { Superblock, SuperblockPair } from "./superblock.ts";
import { Transaction } from "./transaction.ts";
import type { UndoLog } from "./undo-log.ts";
import { Variable } from "./variable.ts";

/** What opening or creating hands to the engine. */
export interface StoreParts {
  readonly region: Region;
  readonly superblocks: SuperblockPair;
  readonly superblock: Superblock;
  readonly catalog: Catalog;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly undo: UndoLog;
  readonly codecs: CodecRegistry;
}

/** Catalog bytes that only erasing may use, so that a full shelf can still be emptied. */
const eraseReserveBytes: number = 16 * unitBytes;
const noMeta = new Uint8Array(0);
const hugeBytes: number = 2 * 2 ** 20;

export class Store {
  readonly region: Region;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly #superblocks: SuperblockPair;
  readonly #undo: UndoLog;
  readonly #codecs: CodecRegistry;
  readonly #storages = new Set<VariableStorage>();
  readonly #transaction = new Transaction();
  #superblock: Superblock;
  #catalog: Catalog;
  #depth = 0;
  /** Why the open transaction can no longer commit. */
  #doom: unknown = undefined;
  /** Why nothing can be written any more. */
  #failure: unknown = undefined;
  #closed = false;

  constructor(parts: StoreParts) {
    this.region = parts.region;
    this.index = parts.index;
    this.allocator = parts.allocator;
    this.#superblocks = parts.superblocks;
    this.#superblock = parts.superblock;
    this.#catalog = parts.catalog;
    this.#undo = parts.undo;
    this.#codecs = parts.codecs;
  }

  get superblock(): Superblock {
    return this.#superblock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes of the catalog in use, and of its extent. */
  get catalogUse(): { readonly used: number; readonly bytes: number; readonly live: number } {
    const { bytes, room } = this.#catalog;
    return { used: bytes - room, bytes, live: this.index.liveBytes };
  }

  get(name: string): unknown {
    const variable = this.find(name);
    if (variable === undefined) return undefined;
    return variable.opened === undefined ? this.#open(variable) : variable.opened;
  }

  find(name: string): Variable | undefined {
    if (this.#closed) this.#failClosed();
    return this.index.variables.get(name);
  }

  set(name: string, value: unknown): void {
    checkName(name);
    this.#change(() => this.#put(name, value));
  }

  erase(name: string): boolean {
    if (this.find(name) === undefined) return false;
    this.#change(() => this.#erase(name));
    return true;
  }

  rename(name: string, newName: string): void {
    checkName(newName);
    if (this.find(name) === undefined) {
      throw new ShelfError("ERR_SHELF_NO_VARIABLE", `there is no variable "${name}" to rename`, { variable: name });
    }
    if (name !== newName) this.#change(() => this.#rename(name, newName));
  }

  /** Runs `work` as one transaction, or as a part of the open one. */
  transaction<Result>(work: () => Result): Result {
    this.#assertWritable();
    return this.#depth > 0 ? this.#join(work) : this.#run(work);
  }

  /** Saves ranges, `[offset, length, ...]` within the variable, so that the transaction can bring them back. */
  snapshot(variable: Variable, ranges: ArrayLike<number>): void {
    this.#assertWritable();
    if (this.#depth === 0) {
      throw new ShelfError(
        "ERR_SHELF_NO_TRANSACTION",
        "snapshot works inside a transaction only; wrap the change in shelf.transaction(() => { ... })",
      );
    }
    const isNew = this.#transaction.created.has(variable);
    const pieces: number[] = [];
    const collect = (start: number, end: number): void => {
      if (!isNew) pieces.push(start, end - start);
    };
    for (let index = 0; index < ranges.length; index += 2) {
      const start = variable.extentOffset + ranges[index];
      this.#transaction.touched.add(start, start + ranges[index + 1], collect);
    }
    if (pieces.length === 0) return;
    try {
      this.#undo.record(pieces, this.allocator);
    } catch (error) {
      this.#doom = error;
      throw error;
    }
  }

  storageOf(variable: Variable): VariableStorage {
    if (variable.storage === undefined) {
      variable.storage = new VariableStorage(this, variable);
      this.#storages.add(variable.storage);
    }
    return variable.storage;
  }

  metaOf(variable: Variable): Uint8Array {
    return variable.pendingMeta ?? this.#catalog.readMeta(variable.metaOffset, variable.metaBytes);
  }

  grow(sizeBytes: number): void {
    this.#assertWritable();
    if (this.#depth > 0) throw new ShelfError("ERR_SHELF_TRANSACTION", "a shelf cannot grow inside a transaction");
    const oldBytes = this.#superblock.sizeBytes;
    const newBytes = roundUp(sizeBytes, pageBytes);
    if (newBytes <= oldBytes) return;
    if (newBytes > this.region.length) this.region.grow(newBytes);
    this.#guard(() => this.#rewriteSuperblock({ sizeBytes: newBytes }));
    this.allocator.release(oldBytes, newBytes - oldBytes);
  }

  close(): void {
    if (this.#closed) return;
    if (this.#depth > 0) {
      throw new ShelfError("ERR_SHELF_TRANSACTION", "a shelf cannot be closed inside a transaction; let it return first");
    }
    this.#closed = true;
    for (const storage of this.#storages) storage.retire("closed");
    this.#storages.clear();
    try {
      if (this.#failure === undefined) this.#catalog.seal();
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
      meta: this.metaOf(variable),
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
    const previous = this.index.variables.get(name);
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
    const operation = { kind: operationKind.put, meta: plan.meta, metaOffset: -1, ...fieldsOf(variable) };
    variable.recordBytes = recordBytesOf(operation);
    this.#transaction.operations.push(operation);
    this.#transaction.created.add(variable);
    this.#transaction.puts.push({ variable, operation });
    this.#show(variable);
  }

  #write(codec: Codec, value: unknown, variable: Variable): void {
    try {
      const sink = new NewExtent(this, variable);
      codec.write(value, sink);
      sink.finish();
      this.#transaction.needsDrain = true;
    } catch (error) {
      this.#discard(variable);
      throw error;
    }
  }

  #erase(name: string): void {
    const variable = this.index.remove(name) as Variable;
    const { ordinal } = variable;
    this.#transaction.operations.push({ kind: operationKind.erase, meta: noMeta, metaOffset: -1, ...nameOnly(name) });
    this.#transaction.retired.push(variable);
    this.#transaction.inverses.push(() => this.index.restore(variable, ordinal));
  }

  #rename(name: string, newName: string): void {
    const variable = this.index.remove(name) as Variable;
    const { ordinal } = variable;
    const meta = new TextEncoder().encode(newName);
    this.#transaction.operations.push({ kind: operationKind.rename, meta, metaOffset: -1, ...nameOnly(name) });
    variable.name = newName;
    this.#transaction.inverses.push(() => {
      variable.name = name;
      this.index.restore(variable, ordinal);
    });
    this.#show(variable);
  }

  /** Puts a variable under its name, in memory, retiring the one that was there. */
  #show(variable: Variable): void {
    const previous = this.index.insert(variable);
    const { name } = variable;
    if (previous !== undefined) this.#transaction.retired.push(previous);
    this.#transaction.inverses.push(() => {
      if (previous === undefined) this.index.remove(name);
      else this.index.insert(previous);
    });
  }

  /** A change that is all or nothing in itself: it needs no nesting level to fail alone. */
  #change(work: () => void): void {
    this.#assertWritable();
    if (this.#depth > 0) work();
    else this.#run(work);
  }

  #join<Result>(work: () => Result): Result {
    this.#depth++;
    try {
      return refusePromise(work());
    } catch (error) {
      this.#doom ??= error;
      throw error;
    } finally {
      this.#depth--;
    }
  }

  #run<Result>(work: () => Result): Result {
    this.#depth = 1;
    this.#doom = undefined;
    try {
      const result = refusePromise(work());
      if (this.#doom !== undefined) {
        throw new ShelfError(
          "ERR_SHELF_TRANSACTION",
          "a part of this transaction failed, so none of it can be committed; let the error pass out of the transaction",
          { cause: this.#doom },
        );
      }
      this.#commit();
      return result;
    } catch (error) {
      this.#rollBack(error);
      throw error;
    } finally {
      this.#transaction.reset();
      this.#depth = 0;
    }
  }

  #commit(): void {
    const { operations, touched, puts, retired } = this.#transaction;
    touched.forEach((start, end) => this.region.flush(start, end - start));
    if (this.#transaction.needsDrain || !touched.isEmpty) this.region.drain();
    if (operations.length > 0) this.#commitCatalog(operations);
    else if (!this.#undo.isEmpty) this.#guard(() => this.#undo.commit(this.allocator));
    for (const { variable, operation } of puts) {
      if (variable.pendingMeta === undefined) continue;
      variable.metaOffset = operation.metaOffset;
      variable.pendingMeta = undefined;
    }
    for (const variable of retired) this.#discard(variable);
  }

  #commitCatalog(operations: Operation[]): void {
    if (!this.#undo.isEmpty) operations.push(this.#laneCommit());
    const erases = operations.every((each) => each.kind === operationKind.erase);
    const frameBytes = Catalog.frameBytes(operations);
    const fits = erases
      ? frameBytes <= this.#catalog.room
      : frameBytes + eraseReserveBytes <= this.#catalog.room && this.#compactedBytes() <= this.#catalog.bytes;
    if (fits) this.#guard(() => this.#catalog.append(operations));
    else this.#rewriteCatalog();
    if (!this.#undo.isEmpty) this.#undo.committedByCatalog(this.allocator);
  }

  /**
   * Writes what the index shows, the open transaction included, into the spare area, or into a larger pair of areas. The
   * superblock that points to it is then the commit.
   */
  #rewriteCatalog(): void {
    const old = this.#superblock;
    const areas = this.#areasForRewrite();
    const next = new Catalog(this.region, {
      offset: areas.catalogOffset,
      bytes: areas.catalogBytes,
      generation: (old.catalogGeneration + 1) >>> 0,
      firstSequence: this.#catalog.nextSequence,
      seed: old.seed,
    });
    this.#guard(() => {
      next.write([this.#laneCommit()]);
      for (const variable of this.index.variables.values()) {
        const meta = this.metaOf(variable);
        const operation = { kind: operationKind.put, meta, metaOffset: -1, ...fieldsOf(variable) };
        next.write([operation]);
        variable.metaOffset = operation.metaOffset;
        variable.pendingMeta = undefined;
      }
      next.publish();
      this.#rewriteSuperblock({ ...areas, catalogGeneration: next.generation, firstSequence: next.firstSequence });
    });
    this.#catalog.release();
    this.#catalog = next;
    if (areas.spareOffset !== old.catalogOffset) {
      this.allocator.release(old.catalogOffset, old.catalogBytes);
      this.allocator.release(old.spareOffset, old.catalogBytes);
    }
  }

  /**
   * The spare area while it leaves the catalog half empty; a larger pair where there is room for one. Without room, the
   * spare area serves until it is full, less what erasing needs: so a full shelf can always be emptied.
   */
  #areasForRewrite(): Pick<Superblock, "catalogOffset" | "catalogBytes" | "spareOffset"> {
    const { catalogOffset, catalogBytes, spareOffset } = this.#superblock;
    const needed = this.#compactedBytes();
    const wanted = roundUp(2 * needed, pageBytes);
    if (wanted > catalogBytes) {
      const offset = this.allocator.tryAllocate(2 * wanted);
      if (offset >= 0) return { catalogOffset: offset, catalogBytes: wanted, spareOffset: offset + wanted };
    }
    if (needed > catalogBytes) this.allocator.refuse(2 * wanted);
    return { catalogOffset: spareOffset, catalogBytes, spareOffset: catalogOffset };
  }

  /** What a new catalog takes: header, lane commit, a frame for each name, and what erasing needs. */
  #compactedBytes(): number {
    return catalogHeaderBytes + unitBytes + this.index.liveBytes + eraseReserveBytes;
  }

  #rewriteSuperblock(changes: Partial<Superblock>): void {
    const next = { ...this.#superblock, ...changes, sequence: this.#superblock.sequence + 1 };
    this.#superblocks.write(next);
    this.#superblock = next;
  }

  #laneCommit(): Operation {
    const generation = this.#undo.isEmpty ? this.#undo.generation - 1 : this.#undo.generation;
    return {
      kind: operationKind.laneCommit,
      meta: noMeta,
      metaOffset: -1,
      ...nameOnly(""),
      version: this.#undo.lane,
      modified: generation,
    };
  }

  /** Undoes the open transaction in memory and, where bytes were saved, on media. */
  #rollBack(error: unknown): void {
    const { inverses, created, operations } = this.#transaction;
    for (const inverse of inverses.reverse()) inverse();
    if (operations.some((each) => each.kind !== operationKind.put)) this.index.restoreOrder();
    if (this.#failure !== undefined) return;
    for (const variable of created) this.#discard(variable);
    if (this.#undo.isEmpty) return;
    try {
      this.#undo.rollBack(this.allocator);
    } catch (failure) {
      this.#failure = failure;
      throw new ShelfError(
        "ERR_SHELF_TRANSACTION",
        "the transaction failed and could not be rolled back here; close the shelf: the next open rolls it back",
        { cause: new AggregateError([error, failure]) },
      );
    }
  }

  /** Gives back what a variable held: its views are detached, its extent is free. */
  #discard(variable: Variable): void {
    if (variable.storage !== undefined) {
      variable.storage.retire("erased");
      this.#storages.delete(variable.storage);
    }
    variable.opened = undefined;
    if (variable.extentBytes > 0) this.allocator.release(variable.extentOffset, variable.extentBytes);
  }

  #allocate(bytes: number, alignment: number = unitBytes): number {
    if (bytes >= hugeBytes && alignment < hugeBytes) {
      // Large extents on huge-page boundaries where there is room for it; a preference, not a condition.
      const offset = this.allocator.tryAllocate(bytes, hugeBytes);
      if (offset >= 0) return offset;
    }
    return this.allocator.allocate(bytes, alignment);
  }

  /** A commit write that fails leaves media in an unknown one of two states: nothing may be written after it. */
  #guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #assertWritable(): void {
    if (this.#closed) this.#failClosed();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #failClosed(): never {
    throw new ShelfError("ERR_SHELF_CLOSED", "the shelf is closed; open it again with openShelf");
  }
}

function fieldsOf(variable: Variable): Omit<Operation, "kind" | "meta" | "metaOffset"> {
  const { name, type, version, modified, extentOffset, extentBytes } = variable;
  return { name, type, version, modified, extentOffset, extentBytes };
}

function nameOnly(name: string): Omit<Operation, "kind" | "meta" | "metaOffset"> {
  return { name, type: "", version: 0, modified: 0, extentOffset: 0, extentBytes: 0 };
}

function refusePromise<Result>(result: Result): Result {
  if (typeof (result as { then?: unknown } | null | undefined)?.then === "function") {
    throw new TypeError(
      "a transaction must be synchronous: the function returned a promise; await before the transaction, not inside",
    );
  }
  return result;
}

function checkPlan(codec: Codec, plan: { meta: Uint8Array; byteLength: number; alignment?: number }): void {
  const { meta, byteLength, alignment = unitBytes } = plan;
  if (!(meta instanceof Uint8Array) || meta.length > metaBytesMax) {
    throw new RangeError(`codec "${codec.type}" planned a meta that is not a Uint8Array of at most ${metaBytesMax} bytes`);
  }
  if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
    throw new RangeError(`codec "${codec.type}" planned ${byteLength} bytes; expected a non-negative whole number`);
  }
  if (!(alignment >= unitBytes) || !Number.isInteger(Math.log2(alignment))) {
    throw new RangeError(`codec "${codec.type}" planned alignment ${alignment}; expected a power of two of at least 64`);
  }
}

