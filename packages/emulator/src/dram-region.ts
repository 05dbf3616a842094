import {
  checkAdvice,
  checkAsyncSource,
  checkFaultListener,
  checkRange,
  checkRanges,
  checkSignal,
  copyPiecewise,
  persistRecordAsyncInParts,
  persistRecordInParts,
  PmemError,
  refuseSharedView,
  type Advice,
  type AsyncOptions,
  type CheckedCopy,
  type Copy,
  type CopyJob,
  type Durability,
  type FaultListener,
  type Granularity,
  type Ranges,
  type Region,
} from "@nodemm/pmem-native";
import type { CarvedMemory } from "./carved-memory.ts";
import { crc32c } from "./crc32c.ts";
import {
  checkByte,
  checkCopiesApart,
  checkCrc,
  checkDisjoint,
  checkGrowth,
  checkWord,
  closedError,
  sourceBytes,
  wordBytes,
} from "./checks.ts";

const DURABILITY: Durability = Object.freeze({
  survives: "none",
  reason: "the bytes are in this process's own memory and are gone when the region is closed or the process ends",
});

export interface DramRegionOptions {
  readonly source: string;
  readonly length: number;
  readonly granularity: Granularity;
}

/** The region contract over carved memory. */
export class DramRegion implements Region {
  readonly source: string;
  readonly granularity: Granularity;
  readonly durability: Durability = DURABILITY;
  readonly readOnly = false;
  readonly overlappingViews = false;
  readonly sharedViews = false;
  readonly #memory: CarvedMemory;
  readonly #word: Uint8Array = new Uint8Array(8);
  #length: number;
  #closed = false;

  constructor(memory: CarvedMemory, options: DramRegionOptions) {
    this.#memory = memory;
    this.source = options.source;
    this.granularity = options.granularity;
    this.#length = options.length;
  }

  get length(): number {
    return this.#length;
  }

  get capacity(): number {
    return this.#memory.base.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  view(offset: number, length: number): ArrayBuffer {
    this.#check(offset, length);
    const buffer = this.#lend(offset, length);
    if (buffer !== undefined) return buffer;
    throw new PmemError(
      "ERR_PMEM_VIEW_OVERLAP",
      this.source,
      `a live view overlaps [${offset}, ${offset + length}) in part, and this region's views cannot share bytes; ` +
        `release that view first, or ask for exactly its range`,
    );
  }

  releaseView(view: ArrayBuffer): void {
    this.#checkOpen();
    if (!(view instanceof ArrayBuffer)) {
      throw new TypeError("releaseView expects an ArrayBuffer that this region's view() gave");
    }
    if (!this.#memory.release(view) && view.byteLength > 0) {
      throw new TypeError(`this ArrayBuffer is not a view of ${this.source}; release it where it came from`);
    }
  }

  sharedView(offset: number, length: number): SharedArrayBuffer {
    this.#check(offset, length);
    return refuseSharedView(this.source);
  }

  isShared(offset: number, length: number): boolean {
    this.#check(offset, length);
    return false;
  }

  flush(offset: number, length: number): void {
    this.#check(offset, length);
  }

  drain(): void {
    this.#checkOpen();
  }

  persist(offset: number, length: number): void {
    this.#check(offset, length);
  }

  deepFlush(offset: number, length: number): void {
    this.persist(offset, length);
  }

  prefault(offset: number, length: number): void {
    this.#check(offset, length);
  }

  advise(advice: Advice, offset: number = 0, length: number = this.#length - offset): void {
    this.#checkOpen();
    checkAdvice(advice);
    checkRange(offset, length, this.#length);
  }

  flushMany(ranges: Ranges): void {
    this.#checkOpen();
    checkRanges(ranges, this.#length);
  }

  persistMany(ranges: Ranges): void {
    this.flushMany(ranges);
  }

  copy(offset: number, source: ArrayBufferView): void {
    this.#checkOpen();
    const bytes = sourceBytes(source);
    checkRange(offset, bytes.length, this.#length);
    const start = this.#memory.offsetOf(bytes.buffer);
    if (start !== undefined) checkDisjoint(offset, start + bytes.byteOffset, bytes.length);
    this.#memory.write(offset, bytes);
  }

  copyMany(copies: readonly Copy[]): void {
    this.#checkOpen();
    for (const { offset, source } of this.#checkCopies(copies, false)) this.#memory.write(offset, source);
  }

  copyWithin(target: number, source: number, length: number): void {
    this.#check(source, length);
    checkRange(target, length, this.#length);
    checkDisjoint(target, source, length);
    this.#memory.move(target, source, length);
  }

  copyWithinCrc32c(target: number, source: number, length: number, initial = 0): number {
    const sum = this.crc32c(source, length, initial);
    this.copyWithin(target, source, length);
    return sum;
  }

  persistRecord(...given: Parameters<Region["persistRecord"]>): void {
    persistRecordInParts(this, given, (offset, sum) => this.#memory.write(offset, sum));
  }

  fill(offset: number, length: number, byte: number): void {
    this.#check(offset, length);
    checkByte(byte);
    this.#memory.fill(offset, length, byte);
  }

  publish(offset: number, low: number, high: number): void {
    this.#check(offset, 8);
    checkWord(offset, low, high);
    this.#memory.write(offset, wordBytes(low, high, this.#word));
  }

  async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.persist(offset, length);
  }

  async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.persistMany(ranges);
  }

  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.copy(offset, checkAsyncSource(source));
  }

  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    const assertGoing = (): void => this.#checkGoing(options);
    assertGoing();
    const checked = this.#checkCopies(copies, true);
    const copy = (offset: number, source: Uint8Array): void => this.copy(offset, source);
    return copyPiecewise(checked, copy, assertGoing, () => undefined);
  }

  async copyWithinCrc32cAsync(
    target: number,
    source: number,
    length: number,
    initial = 0,
    options?: AsyncOptions,
  ): Promise<number> {
    this.#checkGoing(options);
    return this.copyWithinCrc32c(target, source, length, initial);
  }

  async persistRecordAsync(...given: Parameters<Region["persistRecordAsync"]>): Promise<void> {
    await persistRecordAsyncInParts(this, given);
  }

  async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.fill(offset, length, byte);
  }

  async copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.copyWithin(target, source, length);
  }

  async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.persistAsync(offset, length, options);
  }

  async prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.prefault(offset, length);
  }

  async adviseAsync(
    advice: Advice,
    offset: number = 0,
    length: number = this.#length - offset,
    options?: AsyncOptions,
  ): Promise<void> {
    this.#checkGoing(options);
    this.advise(advice, offset, length);
  }

  async crc32cAsync(offset: number, length: number, initial = 0, options?: AsyncOptions): Promise<number> {
    this.#checkGoing(options);
    return this.crc32c(offset, length, initial);
  }

  async crc32cOfAsync(source: ArrayBufferView, initial = 0, options?: AsyncOptions): Promise<number> {
    this.#checkGoing(options);
    return this.crc32cOf(checkAsyncSource(source), initial);
  }

  crc32c(offset: number, length: number, initial = 0): number {
    this.#check(offset, length);
    checkCrc(initial);
    return this.#memory.crc32c(offset, length, initial);
  }

  crc32cOf(source: ArrayBufferView, initial = 0): number {
    this.#checkOpen();
    checkCrc(initial);
    const bytes = sourceBytes(source);
    return crc32c(bytes, 0, bytes.length, initial);
  }

  grow(length: number): void {
    this.#checkOpen();
    checkGrowth(length, this.capacity, this.source);
    // Bytes beyond the length were never stored to, so they are zero as they stand.
    if (length > this.#length) this.#length = length;
  }

  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.grow(length);
  }

  /** This memory cannot go. */
  onFault(listener: FaultListener): () => void {
    this.#checkOpen();
    checkFaultListener(listener);
    return () => undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#memory.releaseAll();
  }

  async closeAsync(): Promise<void> {
    this.close();
  }

  #checkCopies(copies: readonly Copy[], goOn: boolean): CheckedCopy[] {
    return checkCopiesApart(copies, this.#length, goOn, (buffer) => this.#memory.offsetOf(buffer));
  }

  #lend(offset: number, length: number): ArrayBuffer | undefined {
    try {
      return this.#memory.lend(offset, length);
    } catch (cause) {
      throw new PmemError(
        "ERR_PMEM_VIEW_TOO_LARGE",
        this.source,
        `cannot allocate ${length} bytes for a view (a view of this region is memory of its own); ask for smaller views`,
        { cause },
      );
    }
  }

  #check(offset: number, length: number): void {
    this.#checkOpen();
    checkRange(offset, length, this.#length);
  }

  #checkGoing(options: AsyncOptions | undefined): void {
    this.#checkOpen();
    checkSignal(this.source, options);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError(this.source);
  }
}
