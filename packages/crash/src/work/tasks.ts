import type { ExploreResult, MutantPoint, PersistPoint } from "@nodemm/emulator";
import type { Limits } from "../suite.ts";

/** An exploration by the name of its suite's module, and its own name or seed. */
export interface ExplorationId {
  readonly suiteUrl: string;
  readonly name: string;
  /** Where it is the suite's random one. */
  readonly seed?: number;
}

/** What may catch a mutant: explorations, the quickest first, or what checks damage to the suites of some modules. */
export type Trial =
  | { readonly explorations: readonly ExplorationId[]; readonly limits: Limits }
  | { readonly damageOf: readonly string[] };

/** What a worker process is asked. */
export type Task =
  | { readonly kind: "explore"; readonly exploration: ExplorationId; readonly limits: Limits }
  | { readonly kind: "survey"; readonly exploration: ExplorationId; readonly limits: Limits }
  | {
      readonly kind: "mutant";
      /** What is changed; nothing if it is the process's own modules. */
      readonly point?: MutantPoint;
      /** Tried one after the other until one catches it. */
      readonly trials: readonly Trial[];
    }
  | { readonly kind: "images" };

/** A violation as text, for another process. */
export interface ToldViolation {
  readonly replay: string;
  readonly stack: string;
  readonly error: string;
}

export interface Explored {
  readonly exploration: ExplorationId;
  readonly figures: Pick<
    ExploreResult,
    "points" | "states" | "verified" | "distinctImages" | "nested" | "sampledPoints" | "violationCount" | "milliseconds"
  >;
  readonly violations: readonly ToldViolation[];
}

export interface Surveyed {
  readonly exploration: ExplorationId;
  readonly points: readonly PersistPoint[];
  /** Those that the workload itself comes to, not only a recovery. */
  readonly direct: readonly PersistPoint[];
  readonly violations: readonly ToldViolation[];
  readonly milliseconds: number;
}

/** What caught a mutant: an exploration's state, or a damage check; undefined if nothing did. */
export interface Tried {
  readonly caughtBy: string | undefined;
}

/** What a worker answers. */
interface Answers {
  readonly explore: Explored;
  readonly survey: Surveyed;
  readonly mutant: Tried;
  readonly images: Int32Array;
}

export type AnswerTo<Asked extends Task> = Answers[Asked["kind"]];
