import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];

/** A new folder on disk (`disk`) or in memory (`memory`), removed after the test. */
export function freshFolder(medium: "disk" | "memory" = "disk"): string {
  const folder = mkdtempSync(join(medium === "memory" ? "/dev/shm" : tmpdir(), "pmem-native-test-"));
  made.push(folder);
  return folder;
}

/** A path in a new folder where nothing exists yet. */
export function freshPath(medium: "disk" | "memory" = "disk"): string {
  return join(freshFolder(medium), "file.pm");
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});
