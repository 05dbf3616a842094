/**
 * Directories for the files of a run. They are gone when the process ends, however it ends short of SIGKILL: what a
 * benchmark leaves on /dev/shm is memory that nobody gets back.
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

const live = new Set<string>();

/** Makes an empty directory inside `parent` (made when missing) and returns its path; removed when the process ends. */
export function makeScratchDirectory(parent: string): string {
  installHooks();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, "nodemm-bench-"));
  live.add(directory);
  return directory;
}

/** Removes a scratch directory before the process ends. */
export function removeScratchDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  live.delete(directory);
}

let installed = false;

function installHooks(): void {
  if (installed) return;
  installed = true;
  process.on("exit", () => {
    for (const directory of live) rmSync(directory, { recursive: true, force: true });
  });
  // Without a listener a signal ends the process with no exit event; 128 + the signal's number is the shell's custom.
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const)
    process.once(signal, () => process.exit(128 + number));
}
