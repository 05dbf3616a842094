import type { ExploreOptions } from "./explore-options.ts";
import { exploreCrashes } from "./explore.ts";
import type { PersistKind, PersistPoint } from "./options.ts";

/** What leaving out one operation of the code under test led to. */
export interface Mutant {
  readonly kind: PersistKind;
  readonly callSite: string;
  /** Whether some crash state did not verify. */
  readonly caught: boolean;
  /** The first state that did not. */
  readonly replay?: string;
  readonly error?: unknown;
}

/**
 * Proves that each flush, drain, copy and fill that the code under test asks for is needed: lists the places that ask,
 * from a run as it is, then leaves out each in turn and explores until a violation shows. A mutant that is not caught
 * stands for an operation that is redundant, or for a workload or limit that is too small to need it.
 * @throws Error if the code is not clean as it is
 */
export function exploreMutants<Model>(options: ExploreOptions<Model>): Mutant[] {
  const asItIs = exploreCrashes({ ...options, recordCallSites: true });
  if (asItIs.violationCount > 0) {
    const { replay, error } = asItIs.violations[0];
    throw new Error(`the code as it is has ${asItIs.violationCount} violations; mend them first: ${replay}`, {
      cause: error,
    });
  }
  return asItIs.persistPoints
    .filter(({ kind }) => kind !== "publish" && kind !== "grow")
    .map((point) => tryOne(options, point));
}

function tryOne<Model>(options: ExploreOptions<Model>, { kind, callSite }: PersistPoint): Mutant {
  const { violations } = exploreCrashes({
    ...options,
    stopAtFirst: true,
    mutate: { drop: (asked, site) => asked === kind && site === callSite },
  });
  if (violations.length === 0) return { kind, callSite, caught: false };
  const { replay, error } = violations[0];
  return { kind, callSite, caught: true, replay, error };
}
