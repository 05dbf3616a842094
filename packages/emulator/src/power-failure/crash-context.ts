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
 * Tells sets of expectations apart, so that an image that was right for one is checked again for the next. A
 * verification that narrows what it was given gets the same number each time: recovering to the same state from many
 * images is one case, not many.
 */
export class Eras {
  #next = 1;
  readonly #narrowed: Map<string, number> = new Map<string, number>();

  fresh(): number {
    return this.#next++;
  }

  narrowed(era: number, indexes: readonly number[]): number {
    const key = `${era}:${indexes.join(",")}`;
    let known = this.#narrowed.get(key);
    if (known === undefined) this.#narrowed.set(key, (known = this.fresh()));
    return known;
  }
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
    const indexes = models.map((model) => this.#given.indexOf(model));
    const narrows = this.crashes > 0 && !indexes.includes(-1);
    this.era = narrows ? this.#eras.narrowed(this.#givenEra, indexes) : this.#eras.fresh();
    this.expected = models;
    this.#changed?.();
  }
}
