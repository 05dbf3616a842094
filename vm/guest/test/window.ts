import {
  checkCopies,
  checkRange,
  checkRanges,
  PmemError,
  type Advice,
  type AsyncOptions,
  type Copy,
  type CopyJob,
  type FaultListener,
  type Ranges,
  type Region,
} from "@nodemm/pmem-native";

/**
 * The first bytes of a region as a region of its own, which cannot grow: a device has one length only, and the suite
 * asks for many. Every verb is the device's.
 */
export class Window implements Region {
  readonly #region: Region;
  readonly length: number;

  constructor(region: Region, length: number) {
    this.#region = region;
    this.length = length;
    region.fill(0, length, 0);
    region.drain();
  }

  get source(): string {
    return this.#region.source;
  }
  get capacity(): number {
    return this.length;
  }
  get granularity(): Region["granularity"] {
    return this.#region.granularity;
  }
  get durability(): Region["durability"] {
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
    return this.#check(offset, length).sharedView(offset, length);
  }
  isShared(offset: number, length: number): boolean {
    return this.#check(offset, length).isShared(offset, length);
  }
  view(offset: number, length: number): ArrayBuffer {
    return this.#check(offset, length).view(offset, length);
  }
  releaseView(view: ArrayBuffer): void {
    this.#region.releaseView(view);
  }
  flush(offset: number, length: number): void {
    this.#check(offset, length).flush(offset, length);
  }
  drain(): void {
    this.#region.drain();
  }
  persist(offset: number, length: number): void {
    this.#check(offset, length).persist(offset, length);
  }
  flushMany(ranges: Ranges): void {
    this.#checkMany(ranges).flushMany(ranges);
  }
  persistMany(ranges: Ranges): void {
    this.#checkMany(ranges).persistMany(ranges);
  }
  deepFlush(offset: number, length: number): void {
    this.#check(offset, length).deepFlush(offset, length);
  }
  prefault(offset: number, length: number): void {
    this.#check(offset, length).prefault(offset, length);
  }
  advise(advice: Advice, offset = 0, length = this.length - offset): void {
    this.#check(offset, length).advise(advice, offset, length);
  }
  copy(offset: number, source: ArrayBufferView): void {
    this.#check(offset, source.byteLength).copy(offset, source);
  }
  copyMany(copies: readonly Copy[]): void {
    this.#check(0, 0).copyMany(checkCopies(copies, this.length, false));
  }
  copyWithin(target: number, source: number, length: number): void {
    this.#check(target, length);
    this.#check(source, length).copyWithin(target, source, length);
  }
  copyWithinCrc32c(target: number, source: number, length: number, initial?: number): number {
    this.#check(target, length);
    return this.#check(source, length).copyWithinCrc32c(target, source, length, initial);
  }
  persistRecord(offset: number, length: number, initial?: number, source = 0, sourceLength = 0): void {
    this.#check(offset, length);
    this.#check(source, sourceLength);
    this.#check(offset, length + sourceLength).persistRecord(offset, length, initial, source, sourceLength);
  }
  fill(offset: number, length: number, byte: number): void {
    this.#check(offset, length).fill(offset, length, byte);
  }
  publish(offset: number, low: number, high: number): void {
    this.#check(offset, 8).publish(offset, low, high);
  }
  async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, length).persistAsync(offset, length, options);
  }
  async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    return this.#checkMany(ranges).persistManyAsync(ranges, options);
  }
  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, source.byteLength).copyAsync(offset, source, options);
  }
  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    return this.#check(0, 0).copyManyAsync(checkCopies(copies, this.length), options);
  }
  async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, length).fillAsync(offset, length, byte, options);
  }
  async copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#check(target, length);
    return this.#check(source, length).copyWithinAsync(target, source, length, options);
  }
  async copyWithinCrc32cAsync(
    target: number,
    source: number,
    length: number,
    initial?: number,
    options?: AsyncOptions,
  ): Promise<number> {
    this.#check(target, length);
    return this.#check(source, length).copyWithinCrc32cAsync(target, source, length, initial, options);
  }
  async persistRecordAsync(
    offset: number,
    length: number,
    initial?: number,
    source = 0,
    sourceLength = 0,
    options?: AsyncOptions,
  ): Promise<void> {
    this.#check(offset, length);
    this.#check(source, sourceLength);
    const region = this.#check(offset, length + sourceLength);
    return region.persistRecordAsync(offset, length, initial, source, sourceLength, options);
  }
  async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, length).deepFlushAsync(offset, length, options);
  }
  async prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, length).prefaultAsync(offset, length, options);
  }
  async adviseAsync(advice: Advice, offset = 0, length = this.length - offset, options?: AsyncOptions): Promise<void> {
    return this.#check(offset, length).adviseAsync(advice, offset, length, options);
  }
  async crc32cAsync(offset: number, length: number, initial?: number, options?: AsyncOptions): Promise<number> {
    return this.#check(offset, length).crc32cAsync(offset, length, initial, options);
  }
  async crc32cOfAsync(source: ArrayBufferView, initial?: number, options?: AsyncOptions): Promise<number> {
    return this.#check(0, 0).crc32cOfAsync(source, initial, options);
  }
  crc32c(offset: number, length: number, initial?: number): number {
    return this.#check(offset, length).crc32c(offset, length, initial);
  }
  crc32cOf(source: ArrayBufferView, initial?: number): number {
    return this.#check(0, 0).crc32cOf(source, initial);
  }
  grow(length: number): void {
    if (this.closed) this.#region.grow(0);
    checkRange(0, length, Number.MAX_SAFE_INTEGER);
    if (length <= this.length) return;
    throw new PmemError("ERR_PMEM_CAPACITY", this.source, `a window of ${this.length} bytes cannot grow to ${length}`);
  }
  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    if (!this.closed) this.grow(length);
    return this.#region.growAsync(0, options);
  }
  onFault(listener: FaultListener): () => void {
    return this.#region.onFault(listener);
  }
  close(): void {
    this.#region.close();
  }
  async closeAsync(): Promise<void> {
    await this.#region.closeAsync();
  }

  /** The region, once the range has been found inside the window. */
  #check(offset: number, length: number): Region {
    if (!this.closed) checkRange(offset, length, this.length);
    return this.#region;
  }

  #checkMany(ranges: Ranges): Region {
    if (!this.closed) checkRanges(ranges, this.length);
    return this.#region;
  }
}
