import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

const made: string[] = [];

/** A new folder, removed after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shelf-test-"));
  made.push(folder);
  return folder;
}

/** A path in a new folder where nothing exists yet. */
export function freshPath(): string {
  return join(freshFolder(), "test.shelf");
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});
