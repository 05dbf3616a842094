import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runScript } from "./support/child.ts";
import { freshFolder } from "./support/folders.ts";

let interposer: string;

beforeAll(() => {
  interposer = join(mkdtempSync(join(tmpdir(), "pmem-native-interposer-")), "fail-sync.so");
  const source = join(import.meta.dirname, "support/fail-sync.c");
  execFileSync(process.env["CC"] ?? "cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", interposer, source]);
});

afterAll(() => {
  rmSync(dirname(interposer), { recursive: true, force: true });
});

/** Runs a script whose next sync fails with EIO, once, after the script has made the file `flag`. */
function runWithBrokenSync(script: string): { folder: string; result: ReturnType<typeof runScript> } {
  const folder = freshFolder();
  const env = { LD_PRELOAD: interposer, NODEMM_TEST_FAIL_SYNC: join(folder, "fail-next-sync") };
  return { folder, result: runScript(script, [folder], { env }) };
}

test("a failed sync of pages poisons the region: one error, from every writing method, and no second try", () => {
  const { result } = runWithBrokenSync("broken-drain.mjs");
  expect(result.reports, result.stderr).toEqual([
    {
      code: "ERR_PMEM_SYNC_FAILED",
      message: expect.stringMatching(/EIO.*nothing more is written/u),
      // The device works again, so a second try would have succeeded and lied.
      flagTaken: true,
      sameErrorFrom: ["flush", "drain", "persist", "copy", "copyWithin", "fill", "publish", "grow"],
      readable: [1, 2, 3],
      reopened: [1, 2, 3],
    },
  ]);
});

test("the conformance suite's claims about poisoned regions hold", () => {
  const { result } = runWithBrokenSync("broken-conformance.mjs");
  expect(result.status, result.stderr).toBe(0);
  expect(result.reports).toEqual([{ poisonedClaims: 9, failures: [] }]);
});

test("a failed sync at creation is ERR_PMEM_SYNC_FAILED and leaves no file", () => {
  const { folder, result } = runWithBrokenSync("broken-creation.mjs");
  expect(result.reports, result.stderr).toEqual([
    { code: "ERR_PMEM_SYNC_FAILED", message: expect.stringMatching(/EIO/u), files: [] },
  ]);
  expect(existsSync(join(folder, "file"))).toBe(false);
});

test("a failed sync at growth poisons the region", () => {
  const { result } = runWithBrokenSync("broken-growth.mjs");
  expect(result.reports, result.stderr).toEqual([
    { code: "ERR_PMEM_SYNC_FAILED", length: 4096, sameErrorAgain: true, sameErrorFromPersist: true },
  ]);
});
