import type { Operation } from "./catalog.ts";
import { IntervalSet } from "./interval-set.ts";
import type { Variable } from "./variable.ts";

/**
 * What the open transaction has done so far, in memory. One object serves a shelf for all its transactions, one after
 * the other.
 *
 * Invariants: the index already shows the transaction's names; `inverses`, run backwards, restore it. Nothing in
 * `retired` may be freed before the commit, nothing in `created` is named on media before it.
 */
export class Transaction {
  /** What the commit's frame will say. */
  readonly operations: Operation[] = [];
  readonly inverses: (() => void)[] = [];
  readonly created: Set<Variable> = new Set();
  /** Each new variable with the operation that publishes it, in turn. */
  readonly puts: { readonly variable: Variable; readonly operation: Operation }[] = [];
  /** Replaced or erased by this transaction. */
  readonly retired: Variable[] = [];
  /** Ranges, from the start of the shelf, that the commit must flush: saved ones, and those of new variables. */
  readonly touched: IntervalSet = new IntervalSet();
  /** Whether non-temporal stores wait for a drain. */
  needsDrain = false;

  reset(): void {
    this.operations.length = 0;
    this.inverses.length = 0;
    this.created.clear();
    this.puts.length = 0;
    this.retired.length = 0;
    this.touched.clear();
    this.needsDrain = false;
  }
}
