import { list, type List, openShelf, type Shelf } from "@nodemm/shelf";

/** A job: move an amount from one account to another. */
export interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

/** What is on the shelf. */
export interface Bank {
  /** What is still to be done, oldest first. */
  jobs: List<Transfer>;
  /** What could not be done, for want of money. */
  refused: List<Transfer>;
  balances: Float64Array;
  done: number;
}

export const accounts = 100;
export const openingBalance = 1000;

/** Opens the bank, or makes it with the jobs given: all of it in one transaction, so that no half-made bank is ever found. */
export function openBank(path: string, jobs: readonly Transfer[] = []): Shelf<Bank> {
  const shelf = openShelf<Bank>(path, { size: "16 MiB" });
  if (!shelf.has("done")) {
    shelf.transaction(() => {
      shelf.vars.jobs = list(jobs);
      shelf.vars.refused = list();
      shelf.vars.balances = new Float64Array(accounts).fill(openingBalance);
      shelf.vars.done = 0;
    });
  }
  return shelf;
}

/**
 * Does the oldest job. The balances change in place; that, the job's leaving the queue and the count are one transaction:
 * wherever the process dies, the job is either still in the queue and no money has moved, or it is done.
 */
export function doNextJob(shelf: Shelf<Bank>): void {
  const { jobs, refused, balances } = shelf.vars;
  const job = jobs.at(0);
  const { from, to, amount } = job;
  shelf.transaction(() => {
    if (balances[from] >= amount) {
      shelf.storage("balances").snapshotMany([from * 8, 8, to * 8, 8]);
      balances[from] -= amount;
      balances[to] += amount;
    } else refused.append(job);
    jobs.delete(0);
    shelf.vars.done++;
  });
}
