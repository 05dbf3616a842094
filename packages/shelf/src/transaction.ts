import type { Operation } from "./catalog.ts";
import { IntervalSet } from "./interval-set.ts";
import type { Variable } from "./variable.ts";

/** A new variable and the operation that publishes it. */
export interface Put {
  readonly variable: Variable;
  readonly operation: Operation;
}

/**
 * What the open transaction has done so far, in memory. One object serves a shelf for all its transactions, one after
 * the other.
 *
 * Invariants: the index already shows the transaction's names; `inverses`, run backwards, restore it. Nothing in
 * `retired` may be freed before the commit, nothing in `puts` is named on media before it.
 */
export class Transaction {
  /** What the commit's frame will say. */
  operations: Operation[] = [];
  inverses: (() => void)[] = [];
  /** Variables that this transaction made, in turn. */
  puts: Put[] = [];
  /** Replaced or erased by this transaction. */
  retired: Variable[] = [];
  /** Ranges, from the start of the shelf, that the commit must flush: saved ones, and those of new variables. */
  readonly touched: IntervalSet = new IntervalSet();
  /** Whether non-temporal stores wait for a drain. */
  needsDrain = false;

  /** New arrays, not emptied ones: setting a length gives the elements back to the heap, which costs more. */
  reset(): void {
    if (this.operations.length > 0) this.operations = [];
    if (this.inverses.length > 0) this.inverses = [];
    if (this.puts.length > 0) this.puts = [];
    if (this.retired.length > 0) this.retired = [];
    this.touched.clear();
    this.needsDrain = false;
  }
}
