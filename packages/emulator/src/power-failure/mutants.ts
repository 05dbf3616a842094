import type { CrashViolation, ExploreOptions } from "./explore-options.ts";
import { exploreCrashes } from "./explore.ts";
import type { Mutation, PersistKind, PersistPoint } from "./options.ts";

/** What is changed at one persist point: the operation is left out, or put off until after the one that follows it. */
export type MutantChange = "dropped" | "swapped";

/** A persist point of the code under test, and what is changed there. */
export interface MutantPoint {
  readonly change: MutantChange;
  readonly kind: PersistKind;
  readonly callSite: string;
}

/** What changing one operation of the code under test led to. */
export interface Mutant extends MutantPoint {
  /** Whether some crash state did not verify. */
  readonly caught: boolean;
  /** The first state that did not. */
  readonly replay?: string;
  readonly error?: unknown;
}

/**
 * The changes that tell whether a test needs what the code does at its persist points: each flush, drain, copy and fill
 * left out, and each step of their order undone. Only a drain orders anything, so that putting off an operation means
 * nothing unless it is a drain or a drain follows.
 */
export function mutantPoints(points: readonly PersistPoint[]): MutantPoint[] {
  return points
    .filter(({ kind }) => kind !== "publish" && kind !== "grow")
    .flatMap(({ kind, callSite, next }) => {
      const isOrdered = kind === "drain" || next.includes("drain");
      const changes: readonly MutantChange[] = isOrdered ? ["dropped", "swapped"] : ["dropped"];
      return changes.map((change) => ({ change, kind, callSite }));
    });
}

/** The mutation of one point, for {@link ExploreOptions.mutate}. */
export function mutationOf({ change, kind, callSite }: MutantPoint): Mutation {
  const isMeant = (_: PersistKind, site: string): boolean => site === callSite;
  return change === "dropped" ? { kind, drop: isMeant } : { kind, swap: isMeant };
}

/**
 * Proves that each flush, drain, copy and fill that the code under test asks for is needed, and where it is: lists the
 * places that ask, from a run as it is, then changes each in turn and explores until a violation shows. A mutant that is
 * not caught stands for an operation, or an order, that is redundant, or for a workload or limit that is too small.
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
  return mutantPoints(asItIs.persistPoints).map((point) => {
    const violation = violationOf(options, point);
    if (violation === undefined) return { ...point, caught: false };
    const { replay, error } = violation;
    return { ...point, caught: true, replay, error };
  });
}

/** The first crash state that does not verify once a point is changed. */
function violationOf<Model>(
  options: ExploreOptions<Model>,
  point: MutantPoint,
): Pick<CrashViolation, "replay" | "error"> | undefined {
  return exploreCrashes({ ...options, stopAtFirst: true, mutate: mutationOf(point) }).violations[0];
}
