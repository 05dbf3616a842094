import { parseCrashId } from "./crash-id.ts";
import type { CrashPoint, ExploreOptions, ExploreResult } from "./explore-options.ts";
import { Explorer } from "./explorer.ts";

/**
 * Runs a workload on a simulated region and verifies, at its moments, each new state in which the medium may be if power
 * fails then; with `nestedDepth` also the states inside the recoveries from these. Deterministic.
 * Throws what `create` or `workload` throws; what `verify` throws is a violation in the result.
 */
export function exploreCrashes<Model>(options: ExploreOptions<Model>): ExploreResult {
  return new Explorer(options).explore();
}

/** One crash state, verified again. */
export interface CrashReplay {
  /** The bytes on the medium: a copy. */
  readonly image: Uint8Array;
  /** The operation before which power failed. */
  readonly point: CrashPoint;
  /** JavaScript stack of that operation. */
  readonly stack: string;
  /** What `verify` threw; undefined if nothing. */
  readonly error: unknown;
}

/**
 * Verifies the one state that a violation's `replay` names, for a debugger to stop in.
 * @param options those of the exploration; seed and limits come from the id
 * @throws TypeError if `id` is not of that form; RangeError if the workload does not come to that state
 */
export function replayCrash<Model>(options: ExploreOptions<Model>, id: string): CrashReplay {
  const { seed, limit, nestedLimit, steps } = parseCrashId(id);
  const limits = { seed, limitPerPoint: limit, nestedLimitPerPoint: nestedLimit };
  const explorer = new Explorer({ ...options, ...limits, nestedDepth: steps.length - 1 }, steps);
  const { violations } = explorer.explore();
  if (explorer.reached === undefined) {
    throw new RangeError(`the workload does not come to ${id}; give the options, and the code, that it was found with`);
  }
  return { ...explorer.reached, error: violations[0]?.error };
}
