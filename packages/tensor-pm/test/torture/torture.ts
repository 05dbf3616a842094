/**
 * Kills processes that save checkpoints, and looks at what they leave: the last checkpoint that was said to be done, or the
 * one that was begun, whole. SIGKILL takes the process, not its stores; that power failures are survived is shown by
 * `test/crash`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface TortureOptions {
  readonly kills: number;
  readonly seed: number;
  readonly sabotage?: "mixed" | "early";
  readonly onProgress?: (figures: Readonly<TortureFigures>) => void;
}

export interface TortureFigures {
  kills: number;
  /** Kills by what the worker was doing. */
  killsInSave: number;
  killsInOpening: number;
  /** Saves that a kill cut short, by what was found afterwards. */
  foundBefore: number;
  foundAfter: number;
  saved: number;
  readonly violations: string[];
}

interface Life {
  readonly killed: boolean;
  readonly found: number | undefined;
  readonly begun: number | undefined;
  readonly done: number | undefined;
  readonly complaint: string;
}

const linesMax = 12;
const delayMsMax = 6;

/** Two shelves, on memory and on the disk, at the same time. */
export async function torture(options: TortureOptions): Promise<TortureFigures> {
  const figures: TortureFigures = {
    kills: 0,
    killsInSave: 0,
    killsInOpening: 0,
    foundBefore: 0,
    foundAfter: 0,
    saved: 0,
    violations: [],
  };
  const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const media = [
    { folder: memory, granularity: "cache-line" },
    { folder: tmpdir(), granularity: "page" },
  ];
  await Promise.all(
    media.map(({ folder, granularity }, lane) => tortureOne(folder, granularity, lane, options, figures)),
  );
  return figures;
}

async function tortureOne(
  parent: string,
  granularity: string,
  lane: number,
  { kills, seed, sabotage, onProgress }: TortureOptions,
  figures: TortureFigures,
): Promise<void> {
  const folder = mkdtempSync(join(parent, "nodemm-torture-"));
  const random = randomOf(seed * 2 + lane);
  let done = 0;
  let begun = 0;
  try {
    while (figures.kills < kills && figures.violations.length === 0) {
      const life = await live(join(folder, "run.shelf"), granularity, sabotage, {
        lines: Math.floor(random() * linesMax),
        delayMs: random() * delayMsMax,
      });
      const problem = judge(life, done, begun);
      if (problem !== undefined) figures.violations.push(`${granularity} granularity, seed ${seed}: ${problem}`);
      if (life.found !== undefined) {
        if (begun > done) figures[life.found === begun ? "foundAfter" : "foundBefore"]++;
        done = begun = life.found;
      }
      figures.saved += Math.max(0, (life.done ?? done) - done);
      done = life.done ?? done;
      begun = Math.max(done, life.begun ?? begun);
      figures.kills++;
      if (life.found === undefined) figures.killsInOpening++;
      else if (begun > done) figures.killsInSave++;
      onProgress?.(figures);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge({ killed, found, complaint }: Life, done: number, begun: number): string | undefined {
  if (!killed) return `the worker ended by itself: ${complaint}`;
  if (found === undefined || found === done || found === begun) return undefined;
  return `epoch ${done} was done and ${begun} begun, found ${found}`;
}

async function live(
  path: string,
  granularity: string,
  sabotage: string | undefined,
  plan: { readonly lines: number; readonly delayMs: number },
): Promise<Life> {
  // Node 20 runs no TypeScript.
  const here = new URL("./worker.js", import.meta.url);
  const worker = existsSync(here) ? here : new URL("./dist/test/torture/worker.js", import.meta.url);
  const child = spawn(process.execPath, [fileURLToPath(worker), path, sabotage ?? "none"], {
    env: { ...process.env, NODEMM_FORCE_GRANULARITY: granularity },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  let said = "";
  let isPlanned = false;
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (isPlanned || said.split("\n").length - 1 < plan.lines) return;
    isPlanned = true;
    setTimeout(kill, plan.delayMs);
  });
  if (plan.lines === 0) setTimeout(kill, 150 + 40 * plan.delayMs);
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  process.off("exit", kill);
  // What was cut short has not been said.
  const lines = said.split("\n").slice(0, -1);
  const last = (word: string): number | undefined => {
    const line = lines.findLast((each) => each.startsWith(`${word} `));
    return line === undefined ? undefined : Number(line.slice(word.length + 1));
  };
  const broken = lines.find((line) => line.startsWith("broken "));
  return {
    killed: signal === "SIGKILL" && broken === undefined,
    found: last("found"),
    begun: last("begin"),
    done: last("done"),
    complaint: broken ?? complaint.trim(),
  };
}

/** Mulberry32: numbers from 0 to 1 that a seed determines. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function summarize(figures: TortureFigures, seed: number): string {
  const { kills, killsInSave, killsInOpening, foundBefore, foundAfter, saved, violations } = figures;
  return [
    `seed ${seed}: ${kills} kills of processes that save checkpoints: ${killsInSave} inside a save, ${killsInOpening} ` +
      `while opening`,
    `${saved} saves done; of those cut short ${foundBefore} had not happened and ${foundAfter} had`,
    `${violations.length} violations`,
    ...violations.map((violation) => `  ${violation}`),
  ].join("\n");
}
