import {
  persistRecordInParts,
  type Advice,
  type AsyncOptions,
  type Copy,
  type CopyJob,
  type Durability,
  type FaultListener,
  type Ranges,
  type Region,
} from "@nodemm/pmem-native";
import { RegionParts } from "./region-parts.ts";

/** A region that hands every call on to another one. What stands over a region overrides what it changes. */
export class ForwardedRegion<Inner extends Region = Region> extends RegionParts<Inner> implements Region {
  get durability(): Durability {
    return this.inner.durability;
  }

  get sharedViews(): boolean {
    return this.inner.sharedViews;
  }

  view(offset: number, length: number): ArrayBuffer {
    return this.inner.view(offset, length);
  }

  releaseView(view: ArrayBuffer): void {
    this.inner.releaseView(view);
  }

  sharedView(offset: number, length: number): SharedArrayBuffer {
    return this.inner.sharedView(offset, length);
  }

  isShared(offset: number, length: number): boolean {
    return this.inner.isShared(offset, length);
  }

  flush(offset: number, length: number): void {
    this.inner.flush(offset, length);
  }

  drain(): void {
    this.inner.drain();
  }

  persist(offset: number, length: number): void {
    this.inner.persist(offset, length);
  }

  flushMany(ranges: Ranges): void {
    this.inner.flushMany(ranges);
  }

  persistMany(ranges: Ranges): void {
    this.inner.persistMany(ranges);
  }

  deepFlush(offset: number, length: number): void {
    this.inner.deepFlush(offset, length);
  }

  prefault(offset: number, length: number): void {
    this.inner.prefault(offset, length);
  }

  advise(advice: Advice, offset?: number, length?: number): void {
    this.inner.advise(advice, offset, length);
  }

  copy(offset: number, source: ArrayBufferView): void {
    this.inner.copy(offset, source);
  }

  copyMany(copies: readonly Copy[]): void {
    this.inner.copyMany(copies);
  }

  copyWithin(target: number, source: number, length: number): void {
    this.inner.copyWithin(target, source, length);
  }

  /** As its parts, so that what stands over the region sees each. */
  persistRecord(...given: Parameters<Region["persistRecord"]>): void {
    persistRecordInParts(this, given, (offset, sum) => this.inner.copy(offset, sum));
  }

  fill(offset: number, length: number, byte: number): void {
    this.inner.fill(offset, length, byte);
  }

  publish(offset: number, low: number, high: number): void {
    this.inner.publish(offset, low, high);
  }

  async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.inner.persistAsync(offset, length, options);
  }

  async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    await this.inner.persistManyAsync(ranges, options);
  }

  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    await this.inner.copyAsync(offset, source, options);
  }

  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    return this.inner.copyManyAsync(copies, options);
  }

  async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    await this.inner.fillAsync(offset, length, byte, options);
  }

  async copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.inner.copyWithinAsync(target, source, length, options);
  }

  async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.inner.deepFlushAsync(offset, length, options);
  }

  async prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.inner.prefaultAsync(offset, length, options);
  }

  async adviseAsync(advice: Advice, offset?: number, length?: number, options?: AsyncOptions): Promise<void> {
    await this.inner.adviseAsync(advice, offset, length, options);
  }

  async crc32cAsync(offset: number, length: number, initial?: number, options?: AsyncOptions): Promise<number> {
    return this.inner.crc32cAsync(offset, length, initial, options);
  }

  async crc32cOfAsync(source: ArrayBufferView, initial?: number, options?: AsyncOptions): Promise<number> {
    return this.inner.crc32cOfAsync(source, initial, options);
  }

  crc32c(offset: number, length: number, initial?: number): number {
    return this.inner.crc32c(offset, length, initial);
  }

  crc32cOf(source: ArrayBufferView, initial?: number): number {
    return this.inner.crc32cOf(source, initial);
  }

  grow(length: number): void {
    this.inner.grow(length);
  }

  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    await this.inner.growAsync(length, options);
  }

  onFault(listener: FaultListener): () => void {
    return this.inner.onFault(listener);
  }

  close(): void {
    this.inner.close();
  }

  async closeAsync(): Promise<void> {
    await this.inner.closeAsync();
  }
}
