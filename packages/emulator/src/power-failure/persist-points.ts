import { checkOptions } from "@nodemm/pmem-native";
import { callSite } from "./call-site.ts";
import type { Mutation, PersistKind, PersistPoint } from "./options.ts";

/** What a mutation does to an operation. */
export type Fate = "as it is" | "dropped" | "put off";

interface ReachedPoint extends PersistPoint {
  readonly next: PersistKind[];
}

/** Which call sites have asked for which operations, and what a mutation does to these. */
export class PersistPoints {
  readonly #points: Map<string, ReachedPoint> = new Map<string, ReachedPoint>();
  readonly #mutate: Mutation | undefined;
  readonly #frames: number;
  readonly #isRecorded: boolean;

  constructor(frames: number, mutate: Mutation | undefined, isRecorded: boolean) {
    if (mutate !== undefined) checkOptions("mutate", mutate, ["kind", "drop", "swap"] satisfies (keyof Mutation)[]);
    this.#frames = frames;
    this.#mutate = mutate;
    this.#isRecorded = isRecorded;
  }

  /**
   * Records that the code under test reached a persist point; undefined if nobody asks about it.
   * @param previous the point that the same region reached before
   */
  reach(kind: PersistKind, previous: PersistPoint | undefined): PersistPoint | undefined {
    if (!this.#isRecorded && this.#mutate?.kind !== undefined && this.#mutate.kind !== kind) return undefined;
    const site = callSite(this.#frames);
    const key = `${kind} ${site}`;
    let point = this.#points.get(key);
    if (point === undefined) this.#points.set(key, (point = { kind, callSite: site, count: 0, next: [] }));
    point.count++;
    if (previous !== undefined && !previous.next.includes(kind)) (previous as ReachedPoint).next.push(kind);
    return point;
  }

  /** What happens to the operation of an ordinal at a point. */
  fateOf({ kind, callSite: site }: PersistPoint, index: number): Fate {
    if (kind === "publish" || kind === "grow") return "as it is";
    if (this.#mutate?.kind !== undefined && this.#mutate.kind !== kind) return "as it is";
    if (this.#mutate?.drop?.(kind, site, index) === true) return "dropped";
    return this.#mutate?.swap?.(kind, site, index) === true ? "put off" : "as it is";
  }

  list(): PersistPoint[] {
    return [...this.#points.values()].map((point) => ({ ...point, next: [...point.next] }));
  }
}
