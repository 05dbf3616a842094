/**
 * A process with a limit on its memory: RLIMIT_DATA, which the shell's `ulimit -d` lowers without any rights. Linux counts
 * against it what the process has of private writable memory, JavaScript's heap and every buffer in DRAM, and fails
 * allocations above it; a shelf that is mapped from a file is shared memory, and not counted. (RLIMIT_AS, `ulimit -v`,
 * would count the mapping, and the terabytes of address space that V8 reserves.)
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

/** Runs a program of this folder under a limit, and waits for its end. */
export async function runLimited(program: string, limitMiB: number, argument: string): Promise<Ended> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const script = 'ulimit -d "$1" && shift && exec "$@"';
  const child = spawn("sh", ["-c", script, "sh", String(limitMiB * 1024), process.execPath, path, argument], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, complaint] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, complaint };
}

/** The limit that this process has, in MiB, as the system says. */
export function limitOfThisProcess(): number {
  const found = /^Max data size\s+(\d+)/mu.exec(readFileSync("/proc/self/limits", "utf8"));
  return found === null ? Infinity : Number(found[1]) / 2 ** 20;
}

/** The private memory that this process has in use, in MiB. */
export function privateMiB(): number {
  return Number(/^RssAnon:\s+(\d+)/mu.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}
