import { checkOptions, type Region } from "@nodemm/pmem-native";
import { checkRegion, checkWholeNumber } from "../checks.ts";
import { formatCrashId, parseCrashId } from "./crash-id.ts";
import { CrashStates } from "./crash-states.ts";
import { ImageSet } from "./image-set.ts";
import { MediaModel } from "./media-model.ts";
import type { CrashImage, CrashImageOptions, PersistPoint, PowerFailureOptions } from "./options.ts";
import { PersistPoints } from "./persist-points.ts";
import { ModelledRegion } from "./modelled-region.ts";
import { walk } from "./walk.ts";

const DEFAULT_SEED = 1;
const DEFAULT_LIMIT = 1024;

/** A region that knows what its medium would hold if power failed now. */
export interface SimulatedRegion extends Region {
  /** The bytes that are on the medium for certain: a copy. */
  durableImage(): Uint8Array;
  /**
   * The states that the medium may be in if power fails now, each once: all of them up to the limit, above it a seeded
   * sample (see {@link CrashImageOptions}). Do not use the region between two of them. Works after `close()` too.
   */
  crashImages(options?: CrashImageOptions): Generator<CrashImage>;
  /**
   * The bytes of a {@link CrashImage} by its id, at the same moment of the same program: a copy.
   * @throws TypeError if `id` is not one; RangeError if it is of another moment
   */
  crashImage(id: string): Uint8Array;
  /** The places that have asked for operations so far; needs `recordCallSites` or `mutate`. */
  enumeratePersistPoints(): PersistPoint[];
}

/**
 * Wraps a region behind the same contract and keeps, apart from its bytes, what a medium of the same granularity would
 * hold: see {@link MediaModel} for the rules. What the region holds now counts as durable. Wrap it before taking views;
 * use it only through the wrapper from then on. Closing the wrapper closes the region.
 * @throws PmemError `ERR_PMEM_CLOSED`; `ERR_PMEM_VIEW_OVERLAP` if views of the region are live
 */
export function simulatePowerFailure(region: Region, options: PowerFailureOptions = {}): SimulatedRegion {
  checkRegion("simulatePowerFailure takes", region);
  checkOptions("simulatePowerFailure", options, [
    "onPersistPoint",
    "mutate",
    "recordCallSites",
    "callSiteFrames",
  ] satisfies (keyof PowerFailureOptions)[]);
  const { mutate, recordCallSites = false, callSiteFrames = 1 } = options;
  const points = mutate || recordCallSites ? new PersistPoints(callSiteFrames, mutate, recordCallSites) : undefined;
  return new PowerFailureRegion(region, MediaModel.of(region), options.onPersistPoint, points);
}

class PowerFailureRegion extends ModelledRegion implements SimulatedRegion {
  readonly #points: PersistPoints | undefined;

  constructor(...parts: ConstructorParameters<typeof ModelledRegion>) {
    super(...parts);
    this.#points = parts[3];
  }

  durableImage(): Uint8Array {
    return this.model.durable.slice(0, this.model.length);
  }

  *crashImages(options: CrashImageOptions = {}): Generator<CrashImage> {
    checkOptions("crashImages", options, ["seed", "limit"] satisfies (keyof CrashImageOptions)[]);
    const { seed = DEFAULT_SEED, limit = DEFAULT_LIMIT } = options;
    const seen = new ImageSet();
    const crash = this.operations;
    for (const [image, states] of this.#walk(seed, limit)) {
      if (!seen.add(states.hashA, states.hashB)) continue;
      yield {
        id: formatCrashId({ seed, limit, nestedLimit: limit, steps: [{ crash, image }] }),
        bytes: this.#image(states),
      };
    }
  }

  crashImage(id: string): Uint8Array {
    const { seed, limit, steps } = parseCrashId(id);
    if (steps.length === 1 && steps[0].crash === this.operations) {
      for (const [image, states] of this.#walk(seed, limit)) {
        if (image === steps[0].image) return this.#image(states);
      }
    }
    throw new RangeError(
      `there is no crash image "${id}" before operation ${this.operations}; ask where it was found, with the same program`,
    );
  }

  enumeratePersistPoints(): PersistPoint[] {
    if (this.#points === undefined) {
      throw new TypeError("call sites were not recorded; pass recordCallSites: true to simulatePowerFailure");
    }
    return this.#points.list();
  }

  *#walk(seed: number, limit: number): Generator<[image: number, states: CrashStates]> {
    checkWholeNumber("seed", seed, Number.MIN_SAFE_INTEGER);
    checkWholeNumber("limit", limit, 1);
    this.observe();
    const states = new CrashStates(this.model);
    let image = 0;
    for (const _ of walk(states, seed, limit)) yield [image++, states];
  }

  #image(states: CrashStates): Uint8Array {
    const bytes = this.model.durable.slice();
    const words = new Int32Array(bytes.buffer);
    for (let index = 0; index < states.words.length; index++) states.write(index, words);
    return bytes.subarray(0, this.model.length);
  }
}
