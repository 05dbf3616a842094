import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];
const tmpfs = 0x01021994;

/** A folder on a real disk: the system's temporary one, unless that lives in memory. */
function diskFolder(): string {
  if (statfsSync(tmpdir()).type !== tmpfs) return tmpdir();
  const folder = join(import.meta.dirname, "../../test-results/files");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A new folder on disk (`disk`) or in memory (`memory`), removed after the test. */
export function freshFolder(medium: "disk" | "memory" = "disk"): string {
  const folder = mkdtempSync(join(medium === "memory" ? "/dev/shm" : diskFolder(), "pmem-native-test-"));
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
