import type { Shelf } from "@nodemm/shelf";
import { accounts, type Bank, openingBalance, type Transfer } from "./bank.ts";

/** What is wrong with the books, once all jobs are done: compared with doing the same jobs in memory. */
export function audit(shelf: Shelf<Bank>, jobs: readonly Transfer[]): string[] {
  const balances = new Float64Array(accounts).fill(openingBalance);
  let refused = 0;
  for (const { from, to, amount } of jobs) {
    if (balances[from] >= amount) {
      balances[from] -= amount;
      balances[to] += amount;
    } else refused++;
  }
  const problems: string[] = [];
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) problems.push(`${what}: ${found}, expected ${expected}`);
  };
  expect("jobs left", shelf.vars.jobs.length, 0);
  expect("jobs done", shelf.vars.done, jobs.length);
  expect("jobs refused", shelf.vars.refused.length, refused);
  for (const [account, balance] of shelf.vars.balances.entries())
    expect(`account ${account}`, balance, balances[account]);
  return problems;
}
