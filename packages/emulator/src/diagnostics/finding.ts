/** What is wrong, or needless, about one place in the code under test. */
export type FindingKind =
  /** Bytes were stored and never flushed. */
  | "missing flush"
  /** Bytes were flushed, or stored past the caches, and no drain came after it. */
  | "missing fence"
  /** A flush found nothing stored since the flush before. */
  | "redundant flush"
  /** A drain found nothing flushed and nothing stored past the caches since the drain before. */
  | "redundant fence"
  /** Bytes that only a transaction may change were changed outside one, or before it was told of them. */
  | "store outside transaction";

export interface Finding {
  readonly kind: FindingKind;
  /** The first bytes that it was found about; for a redundant fence 0. */
  readonly offset: number;
  readonly length: number;
  /**
   * Whether the bytes were stored through a view. JavaScript tells nobody of such a store: {@link stack} is that of the
   * first operation after it, which saw it.
   */
  readonly throughView: boolean;
  /** JavaScript stack of the operation: of the store, the flush or the drain concerned, the package's own frames left out. */
  readonly stack: string;
  /** How often the same was found from the same stack. */
  count: number;
}

/** Findings, each kind once for each stack. */
export class Findings {
  readonly #byPlace: Map<string, Finding> = new Map<string, Finding>();

  add(finding: Omit<Finding, "count">): void {
    const key = `${finding.kind}\n${finding.stack}`;
    const known = this.#byPlace.get(key);
    if (known === undefined) this.#byPlace.set(key, { ...finding, count: 1 });
    else known.count++;
  }

  list(): Finding[] {
    return [...this.#byPlace.values()].map((finding) => ({ ...finding }));
  }
}
