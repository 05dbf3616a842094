import type { Region } from "@nodemm/pmem-native";
import type { CrashContext } from "./crash-context.ts";
import type { ImageSet } from "./image-set.ts";
import type { Mutation, PersistKind, PersistPoint } from "./options.ts";

export interface ExploreOptions<Model> {
  /** Makes a fresh region for the workload; what it holds counts as durable. The explorer closes it. */
  readonly create: () => Region;
  /** Uses the structure under test on the region, and says what a crash may leave: {@link CrashContext.expect}. */
  readonly workload: (region: Region, context: CrashContext<Model>) => void;
  /**
   * Opens the structure on a region that holds a crash state, and throws unless what it recovers is among
   * `context.expected`. May go on using the structure. Must depend on the region and the context alone, because the same
   * image with the same expectations is verified once. The explorer closes the region.
   */
  readonly verify: (region: Region, context: CrashContext<Model>) => void;
  /** How many crashes may follow one another: 0 (default) for crashes of the workload alone, 1 for crashes inside its recovery too. */
  readonly nestedDepth?: number;
  /** States enumerated in full at one moment, and sampled where there are more; 256 by default. */
  readonly limitPerPoint?: number;
  /** The same for crashes inside recovery; a quarter of `limitPerPoint` by default. */
  readonly nestedLimitPerPoint?: number;
  /** Seed of all sampling; 1 by default. */
  readonly seed?: number;
  /**
   * Moments to examine: before each drain (default), which covers every state possible since the drain before it as far
   * as the limit lets it, or before every operation. What `context.expect` announces and the end count as moments too.
   */
  readonly at?: "drains" | "every";
  /** Violations described in the result; all are counted. 5 by default. */
  readonly violationsDescribed?: number;
  /** Stop examining at the first violation. */
  readonly stopAtFirst?: boolean;
  /** Leaves operations out of the workload, or puts them off; and in recovery, where nested crashes are explored. */
  readonly mutate?: Mutation;
  /** Lists the call sites of persist points in the result; on wherever `mutate` is given for all kinds. */
  readonly recordCallSites?: boolean;
  /** How many callers a call site names; 1 by default. */
  readonly callSiteFrames?: number;
  /** Counts images over several explorations: those of this one are added, and not counted again if they were there. */
  readonly images?: ImageSet;
}

/** The moment of a crash. `expect` is a call of `context.expect`, `end` the end of the workload. */
export interface CrashPoint {
  readonly kind: PersistKind | "expect" | "end";
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

/** A crash state that did not verify. */
export interface CrashViolation {
  /** Give it to `replayCrash` with the same options. */
  readonly replay: string;
  /** The operation before which power failed. */
  readonly point: CrashPoint;
  /** JavaScript stack of that operation, this package's own frames left out. */
  readonly stack: string;
  /** What `verify` threw. */
  readonly error: unknown;
}

export interface ExploreResult {
  readonly seed: number;
  /** Moments examined: those at which something could have changed since the one before. */
  readonly points: number;
  /** States enumerated there. */
  readonly states: number;
  /** States verified: each image once for each set of expectations. */
  readonly verified: number;
  /** Different images among them; where `images` was given, those that were not in it. */
  readonly distinctImages: number;
  /** Verified states that came from a crash inside recovery. */
  readonly nested: number;
  /** Moments with more states than the limit: sampled, not exhausted. */
  readonly sampledPoints: number;
  readonly violationCount: number;
  /** The first few violations. */
  readonly violations: readonly CrashViolation[];
  /** Call sites of all persist points reached; empty unless asked for. */
  readonly persistPoints: readonly PersistPoint[];
  readonly milliseconds: number;
}
