import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runScript } from "./support/child.ts";
import { freshFolder } from "./support/folders.ts";

let interposer: string;

beforeAll(() => {
  interposer = join(mkdtempSync(join(tmpdir(), "pmem-native-interposer-")), "sync-spy.so");
  const source = join(import.meta.dirname, "support/sync-spy.c");
  execFileSync(process.env["CC"] ?? "cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", interposer, source]);
});

afterAll(() => {
  rmSync(dirname(interposer), { recursive: true, force: true });
});

test("creation syncs file and folder, growth and opening the file, a drain its pages with one call, as random-now does, and nothing else syncs", () => {
  const folder = freshFolder();
  const log = join(folder, "log");
  runScript("every-sync.mjs", [folder], { env: { LD_PRELOAD: interposer, NODEMM_TEST_SYNC_LOG: log } });
  expect(readFileSync(log, "utf8").trimEnd().split("\n")).toEqual([
    ...["# create", "fsync file 65536", "fsync folder 0"],
    "# drain without a flush",
    ...["# drain after three flushes and a copy", "msync pages 20480"],
    ...["# persist", "msync pages 8192"],
    ...["# a thousand ranges, here and elsewhere", "msync pages 32768", "msync pages 32768"],
    ...["# advice", "msync pages 8192"],
    ...["# grow", "fsync file 100000"],
    "# close",
    // What a killed process left unsynced is believed from now on.
    ...["# open", "fsync file 100000"],
    "# open for reading",
    ...["# cache-line granularity", "fsync file 4096", "fsync folder 0"],
    "# persist of lines, and advice",
  ]);
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
      sameErrorFrom: [
        ...["flush", "drain", "persist", "flushMany", "persistMany"],
        ...["copy", "copyMany", "copyWithin", "copyWithinCrc32c", "persistRecord"],
        ...["fill", "publish", "grow", "advise"],
      ],
      readable: [1, 2, 3],
      reopened: [1, 2, 3],
    },
  ]);
});

test("a fault of a poisoned region is told as any other", () => {
  const { result } = runWithBrokenSync("fault-after-failed-sync.mjs");
  expect(result.reports, result.stderr).toEqual([
    {
      first: "ERR_PMEM_SYNC_FAILED",
      readable: true,
      stale: 0,
      fault: { code: "ERR_PMEM_FAULT", message: expect.stringMatching(/offset 8192 /u) },
      listeners: [true],
      sameErrorFrom: { readSafely: true, persist: true, grow: true },
    },
  ]);
});

test("the conformance suite's claims about poisoned regions hold", () => {
  const { result } = runWithBrokenSync("broken-conformance.mjs");
  expect(result.status, result.stderr).toBe(0);
  expect(result.reports).toEqual([{ poisonedClaims: 25, failures: [] }]);
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

test("a failed sync at opening is ERR_PMEM_SYNC_FAILED, and the file is not locked", () => {
  const { result } = runWithBrokenSync("broken-opening.mjs");
  expect(result.reports, result.stderr).toEqual([
    { code: "ERR_PMEM_SYNC_FAILED", again: { thrown: false, value: 4096 } },
  ]);
});
