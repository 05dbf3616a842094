import { DramRegion } from "../dram-region.ts";
import type { CrashStates } from "./crash-states.ts";
import { MediaModel, wholeLines } from "./media-model.ts";
import type { ModelledRegion } from "./modelled-region.ts";
import { ScratchImage } from "./scratch-image.ts";

/**
 * How far a region for verification can grow beyond twice its length, even where the workload's could grow further: a
 * mapped file reserves a terabyte, memory that is allocated for it would weigh on every garbage collection.
 */
const GROWTH_MAX = 64 * 2 ** 20;

/** Memory for the verifications at one depth of crashes: one at a time, used over and over. */
export class DepthMemory {
  #scratch: ScratchImage | undefined;
  #volatile: Uint8Array = new Uint8Array(0);
  #durable: Uint8Array = new Uint8Array(0);

  /** A region that holds the state selected in `states`, like `original` in all else. Close it before the next. */
  open(states: CrashStates, original: ModelledRegion): DramRegion {
    const { length } = states.model;
    let scratch = this.#scratch;
    if (scratch === undefined || scratch.memory.base.length < length) {
      const capacity = Math.max(length, Math.min(original.capacity, 2 * length + GROWTH_MAX));
      scratch = this.#scratch = new ScratchImage(wholeLines(capacity));
    }
    scratch.become(states);
    return new DramRegion(scratch.memory, {
      source: `${original.source} after a crash`,
      length,
      granularity: states.model.granularity,
    });
  }

  /** A copy of the image that {@link open} made last. */
  image(length: number): Uint8Array {
    return this.#scratch!.memory.base.slice(0, length);
  }

  /** A model of a medium that holds the image that {@link open} made last, from these states. */
  model({ model, hashA, hashB }: CrashStates): MediaModel {
    const size = wholeLines(model.length);
    if (this.#volatile.length < size) {
      this.#volatile = new Uint8Array(size);
      this.#durable = new Uint8Array(size);
    }
    const image = this.#scratch!.memory.base.subarray(0, size);
    const volatile = this.#volatile.subarray(0, size);
    const durable = this.#durable.subarray(0, size);
    volatile.set(image);
    durable.set(image);
    return new MediaModel(model.granularity, model.length, volatile, durable, [hashA, hashB]);
  }
}
