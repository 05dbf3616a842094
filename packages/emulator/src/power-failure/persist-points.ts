import { callSite } from "./call-site.ts";
import type { Mutation, PersistKind, PersistPoint } from "./options.ts";

/** Which call sites have asked for which operations, and which of these a mutation leaves out. */
export class PersistPoints {
  readonly #points: Map<string, PersistPoint> = new Map<string, PersistPoint>();
  readonly #mutate: Mutation | undefined;
  readonly #frames: number;

  constructor(frames: number, mutate: Mutation | undefined) {
    this.#frames = frames;
    this.#mutate = mutate;
  }

  /** Records that the code under test reached a persist point; true if the operation is to be left out. */
  reach(kind: PersistKind, index: number): boolean {
    const site = callSite(this.#frames);
    const key = `${kind} ${site}`;
    const known = this.#points.get(key);
    if (known === undefined) this.#points.set(key, { kind, callSite: site, count: 1 });
    else known.count++;
    return kind !== "publish" && kind !== "grow" && this.#mutate?.drop(kind, site, index) === true;
  }

  list(): PersistPoint[] {
    return [...this.#points.values()].map((point) => ({ ...point }));
  }
}
