/** What a workload tells the explorer, and what a verification is told. */
export interface CrashContext<Model> {
  /** What a crash at this moment may leave: one of these. Empty until the first {@link expect}. */
  readonly expected: readonly Model[];
  /** Crashes so far: 0 in the workload, 1 while its crash states are verified, more for crashes inside recovery. */
  readonly crashes: number;
  /**
   * From now on a crash may leave any of `models` and nothing else: call it with the state before and after ahead of an
   * operation, and with the state after alone once the operation has returned. In a verification: what a crash inside
   * recovery, or in what the verification does next, may leave. Models are values: do not change one after passing it.
   * The moment itself is examined too, which is how a missing drain at the end of an operation is found.
   */
  expect(...models: readonly Model[]): void;
}

/**
 * Numbers sets of expectations, so that an image that was right for one is checked again for the next.
 *
 * In a verification the same set gets the same number each time, for recovering to the same state from many images is
 * one case, not many: sets of strings, numbers and the like are the same by value, others if they are drawn from what
 * the verification was given. Objects of its own making are never the same.
 */
export class Eras {
  #next = 1;
  readonly #values: Map<unknown, number> = new Map<unknown, number>();
  readonly #known: Map<string, number> = new Map<string, number>();

  fresh(): number {
    return this.#next++;
  }

  /** For a verification that was given `given` in era `era`. */
  inVerification(models: readonly unknown[], given: readonly unknown[], era: number): number {
    if (models.every(isPrimitive)) return this.#numberOf(models.map((model) => this.#valueOf(model)).join());
    const indexes = models.map((model) => given.indexOf(model));
    return indexes.includes(-1) ? this.fresh() : this.#numberOf(`${era}:${indexes.join()}`);
  }

  #valueOf(value: unknown): number {
    const known = this.#values.get(value) ?? this.#values.size;
    this.#values.set(value, known);
    return known;
  }

  #numberOf(key: string): number {
    const known = this.#known.get(key) ?? this.fresh();
    this.#known.set(key, known);
    return known;
  }
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== "object" && typeof value !== "function") || value === null;
}

export class ExpectingContext<Model> implements CrashContext<Model> {
  readonly crashes: number;
  expected: readonly Model[];
  era: number;
  readonly #eras: Eras;
  readonly #given: readonly Model[];
  readonly #givenEra: number;
  readonly #changed: (() => void) | undefined;

  constructor(eras: Eras, crashes: number, given: readonly Model[], era: number, changed?: () => void) {
    this.#eras = eras;
    this.crashes = crashes;
    this.expected = this.#given = given;
    this.era = this.#givenEra = era;
    this.#changed = changed;
  }

  expect(...models: readonly Model[]): void {
    const { crashes } = this;
    this.era = crashes === 0 ? this.#eras.fresh() : this.#eras.inVerification(models, this.#given, this.#givenEra);
    this.expected = models;
    this.#changed?.();
  }
}
