import { spawnSync } from "node:child_process";
import { join } from "node:path";

export interface ChildResult {
  readonly status: number | null;
  readonly stderr: string;
  /** What the script reported, in order. */
  readonly reports: readonly unknown[];
}

export function scriptPath(name: string): string {
  return join(import.meta.dirname, name);
}

/** Runs a script of this folder in a process of its own, behind a command prefix, and collects its JSON lines. */
export function runScript(
  name: string,
  args: readonly string[],
  wrap: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): ChildResult {
  const [command, ...rest] = [...wrap, process.execPath, ...nodeFlags, scriptPath(name), ...args];
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  if (error) throw error;
  const reports = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as unknown);
  return { status, stderr, reports };
}

/**
 * A command prefix under which a script sees other mounts, in a namespace that goes with it: `mount` is shell text that
 * makes them. Undefined where this system lets neither root nor an unprivileged user namespace mount.
 */
export function withMounts(mount: string): string[] | undefined {
  const prefixes = [
    ["unshare", "--mount", "sh", "-c", `${mount} && exec "$0" "$@"`],
    ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", `${mount} && exec "$0" "$@"`],
  ];
  return prefixes.find(([command, ...rest]) => spawnSync(command, [...rest, "true"]).status === 0);
}
