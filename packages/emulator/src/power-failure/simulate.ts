import type { Region } from "@nodemm/pmem-native";
import { CrashStates } from "./crash-states.ts";
import { HashSet } from "./hash-set.ts";
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
  crashImages(options?: CrashImageOptions): Generator<CrashImage, void, void>;
  /**
   * The image of that id among {@link crashImages} with the same options at the same moment.
   * @throws RangeError if there is none
   */
  crashImage(id: string, options?: CrashImageOptions): Uint8Array;
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
  const { mutate, recordCallSites = false, callSiteFrames = 1 } = options;
  const points = mutate || recordCallSites ? new PersistPoints(callSiteFrames, mutate) : undefined;
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

  *crashImages(options: CrashImageOptions = {}): Generator<CrashImage, void, void> {
    const seen = new HashSet();
    for (const [ordinal, states] of this.#walk(options)) {
      if (seen.add(states.hashA, states.hashB)) yield { id: String(ordinal), bytes: this.#image(states) };
    }
  }

  crashImage(id: string, options: CrashImageOptions = {}): Uint8Array {
    for (const [ordinal, states] of this.#walk(options)) {
      if (String(ordinal) === id) return this.#image(states);
    }
    throw new RangeError(`there is no crash image ${id} at this moment; use the seed and limit that it was found with`);
  }

  enumeratePersistPoints(): PersistPoint[] {
    if (this.#points === undefined) {
      throw new TypeError("call sites were not recorded; pass recordCallSites: true to simulatePowerFailure");
    }
    return this.#points.list();
  }

  *#walk({ seed = DEFAULT_SEED, limit = DEFAULT_LIMIT }: CrashImageOptions): Generator<[number, CrashStates]> {
    if (!this.closed) this.observe();
    const states = new CrashStates(this.model);
    let ordinal = 0;
    for (const _ of walk(states, seed, limit)) yield [ordinal++, states];
  }

  #image(states: CrashStates): Uint8Array {
    const bytes = this.model.durable.slice();
    const words = new Int32Array(bytes.buffer);
    for (let index = 0; index < states.words.length; index++) states.write(index, words);
    return bytes.subarray(0, this.model.length);
  }
}
