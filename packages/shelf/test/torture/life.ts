/** One life of a worker: from its start to its SIGKILL. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Granularity } from "@nodemm/pmem-native";
import { type Announced, type Orders, parseAnnouncements } from "./announcements.ts";

/** When to kill: after so many lines that the worker said, and then a while. */
export interface KillPlan {
  readonly lines: number;
  readonly delayMs: number;
}

export interface Life {
  readonly announced: Announced;
  readonly killed: boolean;
  /** What it said of its own end, where it was not killed. */
  readonly complaint: string;
  /** From the start of opening the shelf to its end, as seen from here; NaN where there was no end. */
  readonly openMs: number;
}

/** The worker did not come as far as the shelf: that says nothing of the shelf. */
export class WorkerBroken extends Error {}

/** The compiled worker: Node 20 runs no TypeScript. */
const compiledHere = new URL("./worker.js", import.meta.url);
const worker: string = fileURLToPath(
  existsSync(compiledHere) ? compiledHere : new URL("./dist/torture/worker.js", import.meta.url),
);

/**
 * Lets a worker live until the plan kills it, or it ends by itself.
 * @throws WorkerBroken
 */
export async function live(orders: Orders, granularity: Granularity | undefined, plan: KillPlan): Promise<Life> {
  const child = spawn(process.execPath, ["--enable-source-maps", worker, JSON.stringify(orders)], {
    env: { ...process.env, NODEMM_FORCE_GRANULARITY: granularity ?? "" },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaint += text));

  let said = "";
  let lines = 0;
  let planned = false;
  let openingAt = NaN;
  let openMs = NaN;
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding("latin1").on("data", (text: string) => {
    said += text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
    if (Number.isNaN(openingAt)) openingAt = performance.now();
    if (lines > 1 && Number.isNaN(openMs)) openMs = performance.now() - openingAt;
    if (lines < plan.lines || planned) return;
    planned = true;
    after(plan.delayMs, kill);
  });
  if (plan.lines === 0) {
    planned = true;
    after(plan.delayMs, kill);
  }

  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  process.off("exit", kill);
  const announced = parseAnnouncements(said, orders.first);
  const killed = signal === "SIGKILL";
  if (!killed && !announced.opening) throw new WorkerBroken(`the worker does not run: ${complaint.trim()}`);
  return { announced, killed, complaint, openMs };
}

/** Calls after a while, which may be shorter than the millisecond of timers. */
function after(delayMs: number, call: () => void): void {
  const dueAt = performance.now() + delayMs;
  const poll = (): void => {
    if (performance.now() >= dueAt) call();
    else setImmediate(poll);
  };
  if (delayMs > 3) setTimeout(call, delayMs);
  else poll();
}
