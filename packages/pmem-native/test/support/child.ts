import { spawnSync } from "node:child_process";
import { join } from "node:path";

export interface ChildResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the script reported with `report()`, in order. */
  readonly reports: readonly Record<string, unknown>[];
  readonly stderr: string;
}

export function scriptPath(name: string): string {
  return join(import.meta.dirname, name);
}

/** Runs a script of this folder in a process of its own and collects the JSON lines that it wrote. */
export function runScript(
  name: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly wrap?: readonly string[]; readonly node?: string[] } = {},
): ChildResult {
  const [command, ...rest] = [
    ...(options.wrap ?? []),
    process.execPath,
    ...(options.node ?? []),
    scriptPath(name),
    ...args,
  ];
  const { status, signal, stdout, stderr, error } = spawnSync(command, rest, {
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  if (error) throw error;
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return { status, signal, stderr, reports: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
