import { dram } from "@nodemm/emulator";
import type {
  Advice,
  AsyncOptions,
  Copy,
  CopyJob,
  Durability,
  FaultListener,
  Granularity,
  Ranges,
  Region,
} from "@nodemm/pmem-native";

/** Memory that holds a copy of an image, and knows what was asked of it. */
export class WatchedRegion implements Region {
  /** Whether anything was stored, through a method or, looking at it when a view ends, through a view. */
  written = false;
  /** Bytes of all views asked for. */
  viewedBytes = 0;
  readonly #region: Region;
  readonly #image: Uint8Array;
  readonly #views = new Map<ArrayBuffer, number>();

  constructor(image: Uint8Array) {
    this.#image = image;
    this.#region = dram({ image });
  }

  get source(): string {
    return this.#region.source;
  }

  get length(): number {
    return this.#region.length;
  }

  get capacity(): number {
    return this.#region.capacity;
  }

  get granularity(): Granularity {
    return this.#region.granularity;
  }

  get durability(): Durability {
    return this.#region.durability;
  }

  get readOnly(): boolean {
    return this.#region.readOnly;
  }

  get closed(): boolean {
    return this.#region.closed;
  }

  get overlappingViews(): boolean {
    return this.#region.overlappingViews;
  }

  get sharedViews(): boolean {
    return this.#region.sharedViews;
  }

  sharedView(offset: number, length: number): SharedArrayBuffer {
    return this.#region.sharedView(offset, length);
  }

  isShared(offset: number, length: number): boolean {
    return this.#region.isShared(offset, length);
  }

  view(offset: number, length: number): ArrayBuffer {
    const buffer = this.#region.view(offset, length);
    this.#views.set(buffer, offset);
    this.viewedBytes += length;
    return buffer;
  }

  releaseView(view: ArrayBuffer): void {
    this.#compare(view);
    this.#views.delete(view);
    this.#region.releaseView(view);
  }

  flush(offset: number, length: number): void {
    this.#region.flush(offset, length);
  }

  drain(): void {
    this.#region.drain();
  }

  persist(offset: number, length: number): void {
    this.#region.persist(offset, length);
  }

  deepFlush(offset: number, length: number): void {
    this.#region.deepFlush(offset, length);
  }

  prefault(offset: number, length: number): void {
    this.#region.prefault(offset, length);
  }

  advise(advice: Advice, offset?: number, length?: number): void {
    this.#region.advise(advice, offset, length);
  }

  flushMany(ranges: Ranges): void {
    this.#region.flushMany(ranges);
  }

  persistMany(ranges: Ranges): void {
    this.#region.persistMany(ranges);
  }

  copy(offset: number, source: ArrayBufferView): void {
    this.written = true;
    this.#region.copy(offset, source);
  }

  copyMany(copies: readonly Copy[]): void {
    this.written = true;
    this.#region.copyMany(copies);
  }

  copyWithin(target: number, source: number, length: number): void {
    this.written = true;
    this.#region.copyWithin(target, source, length);
  }

  copyWithinCrc32c(target: number, source: number, length: number, initial?: number): number {
    this.written = true;
    return this.#region.copyWithinCrc32c(target, source, length, initial);
  }

  persistRecord(offset: number, length: number, initial?: number, source?: number, sourceLength?: number): void {
    this.written = true;
    this.#region.persistRecord(offset, length, initial, source, sourceLength);
  }

  fill(offset: number, length: number, byte: number): void {
    this.written = true;
    this.#region.fill(offset, length, byte);
  }

  publish(offset: number, low: number, high: number): void {
    this.written = true;
    this.#region.publish(offset, low, high);
  }

  persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#region.persistAsync(offset, length, options);
  }

  persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    return this.#region.persistManyAsync(ranges, options);
  }

  copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    this.written = true;
    return this.#region.copyAsync(offset, source, options);
  }

  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    this.written = true;
    return this.#region.copyManyAsync(copies, options);
  }

  persistRecordAsync(...given: Parameters<Region["persistRecordAsync"]>): Promise<void> {
    this.written = true;
    return this.#region.persistRecordAsync(...given);
  }

  fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    this.written = true;
    return this.#region.fillAsync(offset, length, byte, options);
  }

  copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    this.written = true;
    return this.#region.copyWithinAsync(target, source, length, options);
  }

  copyWithinCrc32cAsync(
    target: number,
    source: number,
    length: number,
    initial?: number,
    options?: AsyncOptions,
  ): Promise<number> {
    this.written = true;
    return this.#region.copyWithinCrc32cAsync(target, source, length, initial, options);
  }

  deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#region.deepFlushAsync(offset, length, options);
  }

  prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#region.prefaultAsync(offset, length, options);
  }

  adviseAsync(advice: Advice, offset?: number, length?: number, options?: AsyncOptions): Promise<void> {
    return this.#region.adviseAsync(advice, offset, length, options);
  }

  crc32cOfAsync(...given: Parameters<Region["crc32cOfAsync"]>): Promise<number> {
    return this.#region.crc32cOfAsync(...given);
  }

  crc32cAsync(offset: number, length: number, initial?: number, options?: AsyncOptions): Promise<number> {
    return this.#region.crc32cAsync(offset, length, initial, options);
  }

  crc32c(offset: number, length: number, initial?: number): number {
    return this.#region.crc32c(offset, length, initial);
  }

  crc32cOf(source: ArrayBufferView, initial?: number): number {
    return this.#region.crc32cOf(source, initial);
  }

  grow(length: number): void {
    this.#region.grow(length);
    this.written = true;
  }

  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    await this.#region.growAsync(length, options);
    this.written = true;
  }

  onFault(listener: FaultListener): () => void {
    return this.#region.onFault(listener);
  }

  async closeAsync(): Promise<void> {
    this.close();
  }

  close(): void {
    for (const view of this.#views.keys()) this.#compare(view);
    this.#views.clear();
    this.#region.close();
  }

  #compare(view: ArrayBuffer): void {
    const offset = this.#views.get(view) ?? 0;
    const original = this.#image.subarray(offset, offset + view.byteLength);
    if (Buffer.compare(new Uint8Array(view), original) !== 0) this.written = true;
  }
}
