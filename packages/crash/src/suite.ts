import type { ExploreOptions } from "@nodemm/emulator";

/** How far an exploration goes. */
export interface Limits {
  readonly nestedDepth: number;
  readonly limitPerPoint: number;
  readonly nestedLimitPerPoint: number;
}

/** A workload that may lose power at any moment, with what a crash may leave of it. */
export interface Exploration {
  /** Unique in its suite. */
  readonly name: string;
  /** The same each time, to the byte: a state is named by ordinals alone. */
  readonly options: (limits: Limits) => ExploreOptions<never>;
  /** False where another exploration walks the same code on a stricter medium, so that no mutant shows here alone. */
  readonly findsMutants?: boolean;
}

/** Something that must not throw, whatever power failures find: what finds the mutants that they cannot. */
export interface DamageCheck {
  readonly name: string;
  readonly run: () => void;
}

/**
 * What a package lets be explored. A package takes part by a module `test/crash/suite.ts` whose default export is this,
 * compiled with the package's sources into `test/crash/dist`, so that they can be changed to see whether it is noticed.
 */
export interface CrashSuite {
  readonly name: string;
  readonly explorations: readonly Exploration[];
  /** Seeded operations: as many explorations as are wanted. */
  readonly random?: (seed: number) => Exploration;
  readonly damageChecks?: readonly DamageCheck[];
  /**
   * Whether its sources reach the medium through a shelf alone: then every call by which they save bytes, persist them or
   * open a transaction is a mutant, for their persist points are the shelf's.
   */
  readonly savesThroughShelf?: boolean;
  /** Calls in its sources, as their text begins, of which no exploration can tell anything, and why: no mutants. */
  readonly unexplored?: readonly { readonly call: string; readonly reason: string }[];
}
