import type { Change } from "./change.ts";
import { IntervalSet } from "./interval-set.ts";
import { timestamp } from "./timestamp.ts";
import type { Variable } from "./variable.ts";

/** Never added to: {@link Transaction.add} makes an array of its own. */
const noChanges: Change[] = [];
const ignore = (): void => undefined;

/**
 * What the open transaction has done so far, in memory. One object serves a shelf for all its transactions, one after
 * the other.
 *
 * Invariants: the index already shows `changes`; taken back last first, they restore it. What they retire may not be
 * freed before the commit, and what they put is not named on media before it.
 */
export class Transaction {
  #changes = noChanges;
  /** Ranges, from the start of the shelf, that the commit must flush: saved ones, and those of new variables. */
  readonly touched: IntervalSet = new IntervalSet();
  /** Whether non-temporal stores wait for a drain: until a commit makes one, also where transactions fail before it. */
  needsDrain = false;
  /** 0 until somebody asks. */
  #time = 0;
  /** Variables that would have their seal again if this were undone. */
  #unsealed: Set<Variable> | undefined;

  /** When what it sets was modified: one time for all, since asking the clock costs as much as finding a name. */
  get time(): number {
    return (this.#time ||= timestamp());
  }

  /** What the commit's frame will say, in turn. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Most transactions make one change, and an array of one is smaller than one that may grow. */
  add(change: Change): void {
    if (change.unsealed !== undefined) (this.#unsealed ??= new Set()).add(change.unsealed);
    if (this.#changes.length === 0) this.#changes = [change];
    else this.#changes.push(change);
  }

  /** Whether a variable would have its seal again if this were undone, but not all of `[start, end)` as it was. */
  breaksSeal(variable: Variable, start: number, end: number): boolean {
    return this.#unsealed?.has(variable) === true && !variable.isNew && !this.touched.covers(start, end);
  }

  /** {@link touch} of a range where there is none before it: most transactions have one. False where there is. */
  touchFirst(offset: number, length: number): boolean {
    if (length === 0 || this.touched.size > 0) return false;
    this.touched.add(offset, offset + length, ignore);
    return true;
  }

  /** Notes ranges, `[offset, length, ...]`, as changed; returns those pieces of them that were not before. */
  touch(ranges: readonly number[]): readonly number[] {
    const { touched } = this;
    const pieces: number[] = [];
    for (let index = 0; index < ranges.length; index += 2) {
      touched.add(ranges[index], ranges[index] + ranges[index + 1], (start, end) => pieces.push(start, end - start));
    }
    return pieces;
  }

  /** Not by setting the array's length, which gives its elements back to the heap and costs more. */
  reset(): void {
    this.#changes = noChanges;
    this.touched.clear();
    this.#time = 0;
    this.#unsealed = undefined;
  }
}
