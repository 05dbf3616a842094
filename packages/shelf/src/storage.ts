import { type AsyncOptions, checkRange, type Region } from "@nodemm/pmem-native";
import type { Sink, Storage } from "./codecs/codec.ts";
import { ShelfError } from "./errors.ts";
import type { Transaction } from "./transaction.ts";
import type { Variable } from "./variable.ts";

/** What a variable's bytes need of their shelf. */
export interface StorageOwner {
  readonly region: Region;
  readonly open: Transaction;
  readonly isOpen: boolean;
  /** Takes a seal away, durably or with the open transaction: the bytes are about to be others. */
  unseal(variable: Variable): void;
  snapshot(ranges: readonly number[]): void;
  /** The same of one range. */
  snapshotRange(offset: number, length: number): void;
  transaction<Result, Given>(work: (given: Given) => Result, given: Given): Result;
  storageOf(variable: Variable): VariableStorage;
}

const noBytes = new ArrayBuffer(0);

/** The bytes of one variable, for its codec. */
export class VariableStorage implements Storage {
  readonly byteLength: number;
  readonly #owner: StorageOwner;
  readonly #variable: Variable;
  /** Made when it is first asked for: who only copies needs no view. */
  #buffer: ArrayBuffer | undefined;
  #state: "live" | "erased" | "released" | "closed" = "live";
  /** Of copies under way, what makes the rest of them at once. */
  #settling: Set<() => void> | undefined;

  constructor(owner: StorageOwner, variable: Variable) {
    this.#owner = owner;
    this.#variable = variable;
    this.byteLength = variable.extentBytes;
  }

  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) {
      this.#check(0, 0);
      const { extentOffset, extentBytes } = this.#variable;
      this.#buffer = extentBytes === 0 ? noBytes : this.#owner.region.view(extentOffset, extentBytes);
    }
    return this.#buffer;
  }

  /** The bytes, for other threads too. */
  sharedView(): SharedArrayBuffer {
    this.#check(0, 0);
    const { extentOffset, extentBytes } = this.#variable;
    if (extentBytes === 0) return new SharedArrayBuffer(0);
    const { region } = this.#owner;
    const view = region.sharedView(extentOffset, extentBytes);
    this.#variable.sharing = () => region.isShared(extentOffset, extentBytes);
    return view;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    this.#check(byteOffset, source.byteLength);
    this.#unsealForCopy(byteOffset, source.byteLength);
    if (source.byteLength === 0) return;
    this.#owner.region.copy(this.#variable.extentOffset + byteOffset, source);
    this.#owner.open.needsDrain = true;
  }

  async copyAsync(byteOffset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    this.#check(byteOffset, source.byteLength);
    this.#unsealForCopy(byteOffset, source.byteLength);
    await this.#variable.keepExtentFor(
      this.#owner.region.copyAsync(this.#variable.extentOffset + byteOffset, source, options),
    );
    // Erased meanwhile: the copy went to bytes that nothing names.
    this.#check(0, 0);
  }

  /** Where a copy of `source` to `byteOffset` goes on the region, for many copies at once; checked. */
  placeFor(byteOffset: number, source: ArrayBufferView): number {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    this.#check(byteOffset, source.byteLength);
    this.#unsealForCopy(byteOffset, source.byteLength);
    return this.#variable.extentOffset + byteOffset;
  }

  /**
   * Keeps the extent while a copy that {@link placeFor} was asked for is under way, until {@link copyEnded}. `settle` makes
   * what is left of it.
   */
  copyBegun(settle: () => void): void {
    this.#variable.beginWrite();
    (this.#settling ??= new Set()).add(settle);
  }

  copyEnded(settle: () => void): void {
    this.#settling?.delete(settle);
    this.#variable.endWrite();
  }

  /** Makes what is left of copies under way: they change nothing afterwards. */
  settleCopies(): void {
    for (const settle of this.#settling ?? []) settle();
  }

  persist(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    this.#unsealForGood();
    if (byteLength > 0) this.#owner.region.persist(this.#variable.extentOffset + byteOffset, byteLength);
  }

  async persistAsync(byteOffset: number, byteLength: number, options?: AsyncOptions): Promise<void> {
    this.#check(byteOffset, byteLength);
    this.#unsealForGood();
    await this.#variable.keepExtentFor(
      this.#owner.region.persistAsync(this.#variable.extentOffset + byteOffset, byteLength, options),
    );
    this.#check(0, 0);
  }

  flush(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    this.#unsealForGood();
    if (byteLength > 0) this.#owner.region.flush(this.#variable.extentOffset + byteOffset, byteLength);
  }

  drain(): void {
    this.#check(0, 0);
    this.#owner.region.drain();
  }

  snapshot(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    if (this.#variable.isNew) {
      this.#owner.snapshot(this.rangesToSave([byteOffset, byteLength]));
      return;
    }
    this.#unsealToSave();
    this.#owner.snapshotRange(this.#variable.extentOffset + byteOffset, byteLength);
  }

  snapshotMany(ranges: readonly number[] | Float64Array): void {
    this.checkRanges(ranges);
    this.#owner.snapshot(this.rangesToSave(ranges));
  }

  checkRanges(ranges: readonly number[] | Float64Array): void {
    if (ranges.length % 2 !== 0) throw new RangeError("ranges must hold pairs: offset, length, offset, length, ...");
    for (let index = 0; index < ranges.length; index += 2) this.#check(ranges[index], ranges[index + 1]);
  }

  /**
   * Ranges of this variable as ranges of the shelf. Those of a variable that the open transaction made are only noted as
   * changed: a crash leaves nothing of it, so there is nothing to save.
   */
  rangesToSave(ranges: ArrayLike<number>): number[] {
    const start = this.#variable.extentOffset;
    const { touched } = this.#owner.open;
    const isNew = this.#variable.isNew;
    this.#unsealToSave();
    const absolute: number[] = [];
    for (let index = 0; index < ranges.length; index += 2) {
      const offset = start + ranges[index];
      if (isNew) touched.add(offset, offset + ranges[index + 1], () => undefined);
      else absolute.push(offset, ranges[index + 1]);
    }
    return absolute;
  }

  transaction<Result>(work: () => Result): Result {
    this.#check(0, 0);
    return this.#owner.transaction(work, undefined);
  }

  /** {@link #unsealForGood}, of bytes that change: once some have been saved, the others may not, for the same reason. */
  #unsealForCopy(byteOffset: number, byteLength: number): void {
    this.#unsealForGood();
    const start = this.#variable.extentOffset + byteOffset;
    if (byteLength > 0 && this.#owner.open.breaksSeal(this.#variable, start, start + byteLength)) this.#failSealed();
  }

  /** {@link #unseal} for bytes that are not saved: were that done with the open transaction, it alone would be taken back. */
  #unsealForGood(): void {
    const { seal, isNew } = this.#variable;
    if (seal >= 0 && this.#owner.isOpen && !isNew) this.#failSealed();
    this.#unseal();
  }

  #failSealed(): never {
    const { name } = this.#variable;
    throw new ShelfError(
      "ERR_SHELF_TRANSACTION",
      `"${name}" is sealed, and a transaction does not take back bytes that are copied or persisted; ` +
        `snapshot them first in the transaction, or unseal("${name}") before it`,
      { variable: name },
    );
  }

  /** Outside a transaction nothing can be saved, and who asks for it is told so. */
  #unsealToSave(): void {
    if (this.#owner.isOpen) this.#unseal();
  }

  #unseal(): void {
    if (this.#variable.seal < 0) return;
    this.#owner.unseal(this.#variable);
    // Whoever was told of it may have erased the variable.
    this.#check(0, 0);
  }

  /** Detaches the buffer for good. */
  retire(state: "erased" | "released" | "closed"): void {
    if (this.#state !== "live") return;
    this.#state = state;
    const buffer = this.#buffer ?? noBytes;
    if (state !== "closed" && buffer !== noBytes) this.#owner.region.releaseView(buffer);
    this.#buffer = noBytes;
  }

  #check(byteOffset: number, byteLength: number): void {
    if (this.#state !== "live") this.#fail();
    checkRange(byteOffset, byteLength, this.byteLength);
  }

  #fail(): never {
    const { name } = this.#variable;
    if (this.#state === "closed") {
      throw new ShelfError("ERR_SHELF_CLOSED", `the shelf of "${name}" is closed; open it again and get("${name}")`);
    }
    const what =
      this.#state === "released" ? `the handles of "${name}" were released` : `"${name}" was erased or replaced`;
    const message = `${what}; get("${name}") gives what is there now`;
    throw new ShelfError("ERR_SHELF_ERASED", message, { variable: name });
  }
}

/** Where a codec writes a value that is not published yet. */
export class NewExtent implements Sink {
  readonly byteLength: number;
  readonly #owner: StorageOwner;
  readonly #variable: Variable;
  #viewed = false;

  constructor(owner: StorageOwner, variable: Variable) {
    this.#owner = owner;
    this.#variable = variable;
    this.byteLength = variable.extentBytes;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    checkRange(byteOffset, source.byteLength, this.byteLength);
    this.#owner.region.copy(this.#variable.extentOffset + byteOffset, source);
  }

  fill(byteOffset: number, byteLength: number, byte: number): void {
    checkRange(byteOffset, byteLength, this.byteLength);
    this.#owner.region.fill(this.#variable.extentOffset + byteOffset, byteLength, byte);
  }

  get buffer(): ArrayBuffer {
    this.#viewed = true;
    return this.#owner.storageOf(this.#variable).buffer;
  }

  /** Starts the write-back of what was written through {@link buffer}. */
  finish(): void {
    if (this.#viewed) this.#owner.region.flush(this.#variable.extentOffset, this.byteLength);
  }
}
