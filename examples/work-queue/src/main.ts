/** Puts jobs on a shelf, has workers do them, kills those, and counts. Arguments: jobs, kills. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { audit } from "./audit.ts";
import { accounts, openBank, type Transfer } from "./bank.ts";

const [jobCount, kills] = [count("jobs", process.argv[2] ?? "2000"), count("kills", process.argv[3] ?? "5")];
const folder = mkdtempSync(join(tmpdir(), "work-queue-"));
const path = join(folder, "bank.shelf");
try {
  const jobs = Array.from({ length: jobCount }, (_, index) => transfer(index));
  openBank(path, jobs).close();
  for (let killed = 0; killed < kills; killed++) await workAndDie(path);
  const remaining = openBank(path);
  console.log(
    `${kills} workers killed, ${remaining.vars.done} of ${jobCount} jobs done, ${remaining.vars.jobs.length} left`,
  );
  remaining.close();
  await work(path);
  const bank = openBank(path);
  const problems = audit(bank, jobs);
  console.log(`${bank.vars.done} jobs done, ${bank.vars.refused.length} of them refused for want of money`);
  bank.close();
  console.log(problems.length === 0 ? "no job was lost, and none was done twice" : problems.join("\n"));
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function count(what: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${what}: expected a whole number of 0 or more, found ${text}`);
}

/** Not random, so that the books can be checked: but of every kind, some beyond what an account may hold. */
function transfer(index: number): Transfer {
  const from = (index * 7) % accounts;
  return { from, to: (from + 1 + ((index * 3) % (accounts - 1))) % accounts, amount: (index * 37) % 1500 };
}

function startWorker(shelf: string): ReturnType<typeof fork> {
  return fork(fileURLToPath(new URL("worker.js", import.meta.url)), [shelf]);
}

async function work(shelf: string): Promise<void> {
  const [code] = (await once(startWorker(shelf), "exit")) as [number | null];
  if (code !== 0) throw new Error(`the worker ended with exit code ${code}`);
}

/** Kills a worker some moments after it has begun to work. */
async function workAndDie(shelf: string): Promise<void> {
  const worker = startWorker(shelf);
  const ended = once(worker, "exit");
  await once(worker, "message");
  await setTimeout(Math.random() * 400);
  worker.kill("SIGKILL");
  await ended;
}
