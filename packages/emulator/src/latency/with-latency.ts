import { isFloat64Array } from "node:util/types";
import type {
  AsyncOptions,
  Copy,
  CopyJob,
  Durability,
  Granularity,
  MappedFile,
  Ranges,
  Region,
} from "@nodemm/pmem-native";
import { ForwardedRegion } from "../forwarded-region.ts";
import { nowNs } from "./clock.ts";
import { labelOf, MediumClock, type LatencyReport } from "./medium-clock.ts";
import { checkParameters, type LatencyParameters, type LatencyPreset } from "./presets.ts";

/** A region that takes as long as another memory would. */
export interface LatencyRegion extends Region {
  readonly latency: LatencyParameters;
  /** What the model has done since the region was wrapped. */
  latencyReport(): LatencyReport;
}

/** A region that can also read past its views. */
export type SafelyReadable = Region & Pick<MappedFile, "readSafely" | "readSafelyAsync">;

/**
 * Wraps a region behind the same contract and makes flush, drain, copies, fills, checksums and `readSafely` take the time
 * that another memory would, to plan with: how would this program do on Optane, on CXL memory?
 *
 * It is a model, and says so in `source`, `durability.reason` and {@link LatencyRegion.latencyReport}. Loads and stores
 * through views cannot be delayed; stores are paid for when they are flushed, at `byte` granularity never, as caches that
 * survive a power failure write back in their own time. Opening, growth, prefault and advice are not modelled. Waits keep
 * the processor busy; the asynchronous forms give up the event loop. `nodemm-emulator calibrate` tells how exact the waits
 * are on your machine. What the region beneath is slower in stays slower: wrap memory, not a disk.
 *
 * Use it only through the wrapper from then on. Closing the wrapper closes the region.
 * @param model a name of {@link latencyPresets}, or parameters of your own
 * @throws TypeError or RangeError for parameters that make no sense
 * @example
 * const region = withLatency(dram({ size: 1 << 20 }), "optane-100");
 * region.persist(0, 64);
 * console.log(region.latencyReport());
 */
export function withLatency(
  region: SafelyReadable,
  model: LatencyPreset | LatencyParameters,
): LatencyRegion & SafelyReadable;
export function withLatency(region: Region, model: LatencyPreset | LatencyParameters): LatencyRegion;
export function withLatency(region: Region, model: LatencyPreset | LatencyParameters): LatencyRegion {
  if (typeof region !== "object" || region === null || typeof region.view !== "function") {
    throw new TypeError("withLatency takes a region and a preset or parameters");
  }
  const parameters = checkParameters(model);
  return "readSafely" in region
    ? new SafelyReadableModel(region as SafelyReadable, parameters)
    : new LatencyModel(region, parameters);
}

/** What a flush writes back at the least. */
const flushUnitBytes: Readonly<Record<Granularity, number>> = { byte: 1, "cache-line": 64, page: 4096 };

class LatencyModel<Inner extends Region = Region> extends ForwardedRegion<Inner> implements LatencyRegion {
  protected readonly clock: MediumClock;
  readonly #durability: Durability;
  /** At `byte` granularity a flush does nothing, so it takes nothing. */
  readonly #flushWrites: boolean;

  constructor(inner: Inner, parameters: LatencyParameters) {
    super(inner);
    this.clock = new MediumClock(parameters, flushUnitBytes[inner.granularity]);
    this.#flushWrites = inner.granularity !== "byte";
    const { survives, reason } = inner.durability;
    this.#durability = Object.freeze({ survives, reason: `${reason} (${labelOf(parameters)})` });
  }

  get latency(): LatencyParameters {
    return this.clock.parameters;
  }

  latencyReport(): LatencyReport {
    return this.clock.report();
  }

  override get source(): string {
    return `${this.inner.source} (${labelOf(this.latency)})`;
  }

  override get durability(): Durability {
    return this.#durability;
  }

  override flush(offset: number, length: number): void {
    const begin = nowNs();
    this.inner.flush(offset, length);
    this.clock.wait(this.#flushed(begin, offset, length));
  }

  override drain(): void {
    this.inner.drain();
    this.clock.wait(this.clock.durableAtNs);
  }

  override persist(offset: number, length: number): void {
    const begin = nowNs();
    this.inner.persist(offset, length);
    this.#flushed(begin, offset, length);
    this.clock.wait(this.clock.durableAtNs);
  }

  override flushMany(ranges: Ranges): void {
    const begin = nowNs();
    this.inner.flushMany(ranges);
    this.clock.wait(this.#flushedMany(begin, ranges));
  }

  override persistMany(ranges: Ranges): void {
    const begin = nowNs();
    this.inner.persistMany(ranges);
    this.#flushedMany(begin, ranges);
    this.clock.wait(this.clock.durableAtNs);
  }

  override deepFlush(offset: number, length: number): void {
    const begin = nowNs();
    this.inner.deepFlush(offset, length);
    this.#flushed(begin, offset, length);
    this.clock.wait(this.clock.durableAtNs);
  }

  override copy(offset: number, source: ArrayBufferView): void {
    const begin = nowNs();
    this.inner.copy(offset, source);
    this.clock.wait(this.clock.post(begin, offset, source.byteLength));
  }

  override copyMany(copies: readonly Copy[]): void {
    const begin = nowNs();
    this.inner.copyMany(copies);
    let until = begin;
    for (const { offset, source } of copies) {
      until = Math.max(until, this.clock.post(begin, offset, source.byteLength));
    }
    this.clock.wait(until);
  }

  override copyWithin(target: number, source: number, length: number): void {
    const begin = nowNs();
    this.inner.copyWithin(target, source, length);
    this.clock.wait(this.#copied(begin, target, length));
  }

  override fill(offset: number, length: number, byte: number): void {
    const begin = nowNs();
    this.inner.fill(offset, length, byte);
    this.clock.wait(this.clock.post(begin, offset, length));
  }

  override crc32c(offset: number, length: number, initial?: number): number {
    const begin = nowNs();
    const sum = this.inner.crc32c(offset, length, initial);
    this.clock.wait(this.clock.read(begin, length));
    return sum;
  }

  override async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    const begin = nowNs();
    await this.inner.persistAsync(offset, length, options);
    this.#flushed(begin, offset, length);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    const begin = nowNs();
    // The list is the caller's again as soon as this returns.
    const given = Array.isArray(ranges) || isFloat64Array(ranges) ? ranges.slice() : ranges;
    await this.inner.persistManyAsync(given, options);
    this.#flushedMany(begin, given);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    const begin = nowNs();
    await this.inner.copyAsync(offset, source, options);
    this.clock.post(begin, offset, source.byteLength);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    const begin = nowNs();
    const job = this.inner.copyManyAsync(copies, options);
    // The list is the caller's again as soon as this returns.
    const ranges = copies.map(({ offset, source }) => [offset, source.byteLength]);
    const wait = async (): Promise<void> => {
      await job.done;
      for (const [offset, byteLength] of ranges) this.clock.post(begin, offset, byteLength);
      await this.clock.waitLater(this.clock.durableAtNs);
    };
    return {
      done: wait(),
      settle: (...range) => job.settle(...range),
      get copiedBytes() {
        return job.copiedBytes;
      },
    };
  }

  override async copyWithinAsync(
    target: number,
    source: number,
    length: number,
    options?: AsyncOptions,
  ): Promise<void> {
    const begin = nowNs();
    await this.inner.copyWithinAsync(target, source, length, options);
    this.#copied(begin, target, length);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    const begin = nowNs();
    await this.inner.fillAsync(offset, length, byte, options);
    this.clock.post(begin, offset, length);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    const begin = nowNs();
    await this.inner.deepFlushAsync(offset, length, options);
    this.#flushed(begin, offset, length);
    await this.clock.waitLater(this.clock.durableAtNs);
  }

  override async crc32cAsync(
    offset: number,
    length: number,
    initial?: number,
    options?: AsyncOptions,
  ): Promise<number> {
    const begin = nowNs();
    const sum = await this.inner.crc32cAsync(offset, length, initial, options);
    await this.clock.waitLater(this.clock.read(begin, length));
    return sum;
  }

  #flushed(begin: number, offset: number, length: number): number {
    return this.#flushWrites ? this.clock.post(begin, offset, length) : begin;
  }

  #flushedMany(begin: number, ranges: Ranges): number {
    let until = begin;
    for (let at = 0; at < ranges.length; at += 2) until = this.#flushed(begin, ranges[at], ranges[at + 1]);
    return until;
  }

  /** Both directions of the link at once: it takes as long as the slower. */
  #copied(begin: number, target: number, length: number): number {
    return Math.max(this.clock.read(begin, length), this.clock.post(begin, target, length));
  }
}

class SafelyReadableModel extends LatencyModel<SafelyReadable> {
  readSafely(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const begin = nowNs();
    const bytes = this.inner.readSafely(offset, length);
    this.clock.wait(this.clock.read(begin, length));
    return bytes;
  }

  async readSafelyAsync(offset: number, length: number, options?: AsyncOptions): Promise<Uint8Array<ArrayBuffer>> {
    const begin = nowNs();
    const bytes = await this.inner.readSafelyAsync(offset, length, options);
    await this.clock.waitLater(this.clock.read(begin, length));
    return bytes;
  }
}
