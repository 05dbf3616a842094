import { nowNs, waitUntil, waitUntilLater } from "./clock.ts";
import type { LatencyParameters } from "./presets.ts";

/** What a latency model has done so far. */
export interface LatencyReport {
  /** Says that the figures are a model's, and of what. */
  readonly label: string;
  /** Writes and reads that the model was told of. */
  readonly operations: number;
  /** Bytes that the modelled medium wrote, in whole units, and read. */
  readonly writtenBytes: number;
  readonly readBytes: number;
  /** Nanoseconds that callers were kept waiting beyond what the region beneath took. */
  readonly waitedNs: number;
}

/**
 * When a modelled medium is ready.
 *
 * Writes are posted: they occupy the medium one after the other for as long as its bandwidth says. One is durable when
 * it is in the queue, which a power failure does not empty, and no sooner than the write latency after it began; the
 * writer goes on when it is in the queue, and a drain waits until the last one is durable. A read waits for the read
 * latency and its bytes. The time that the region beneath took counts towards all of it, so the model never adds to what
 * is slower already.
 */
export class MediumClock {
  readonly parameters: LatencyParameters;
  readonly #unitBytes: number;
  readonly #queueNs: number;
  /** When the medium will have written all that was posted. */
  #idleAtNs = 0;
  /** When everything that was posted is durable. */
  #durableAtNs = 0;
  #operations = 0;
  #writtenBytes = 0;
  #readBytes = 0;
  #waitedNs = 0;

  constructor(parameters: LatencyParameters, granularityBytes: number) {
    this.parameters = parameters;
    this.#unitBytes = Math.max(parameters.unitBytes, granularityBytes);
    this.#queueNs = parameters.queueBytes / parameters.writeBandwidthGBs;
  }

  /** A write that began at `beginNs`. Returns when the writer may go on. */
  post(beginNs: number, offset: number, length: number): number {
    if (length === 0) return beginNs;
    const unit = this.#unitBytes;
    const bytes = (Math.floor((offset + length - 1) / unit) - Math.floor(offset / unit) + 1) * unit;
    this.#operations++;
    this.#writtenBytes += bytes;
    this.#idleAtNs = Math.max(this.#idleAtNs, beginNs) + bytes / this.parameters.writeBandwidthGBs;
    const queuedAtNs = this.#idleAtNs - this.#queueNs;
    this.#durableAtNs = Math.max(this.#durableAtNs, queuedAtNs, beginNs + this.parameters.writeLatencyNs);
    return queuedAtNs;
  }

  get durableAtNs(): number {
    return this.#durableAtNs;
  }

  /** A read that began at `beginNs`. Returns when its bytes are there. */
  read(beginNs: number, length: number): number {
    if (length === 0) return beginNs;
    this.#operations++;
    this.#readBytes += length;
    return beginNs + this.parameters.readLatencyNs + length / this.parameters.readBandwidthGBs;
  }

  wait(untilNs: number): void {
    const now = nowNs();
    if (untilNs <= now) return;
    this.#waitedNs += untilNs - now;
    waitUntil(untilNs);
  }

  async waitLater(untilNs: number): Promise<void> {
    this.#waitedNs += Math.max(0, untilNs - nowNs());
    await waitUntilLater(untilNs);
  }

  report(): LatencyReport {
    return {
      label: labelOf(this.parameters),
      operations: this.#operations,
      writtenBytes: this.#writtenBytes,
      readBytes: this.#readBytes,
      waitedNs: this.#waitedNs,
    };
  }
}

/** What every output of a model begins with. */
export function labelOf({ name }: LatencyParameters): string {
  return `latency model, not a measurement: ${name}`;
}
