import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { mapFile, type Region } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

const MiB = 2 ** 20;
let standIn: string;

beforeAll(() => {
  standIn = join(mkdtempSync(join(tmpdir(), "pmem-native-wbinvd-")), "wbinvd-stand-in.so");
  const source = join(import.meta.dirname, "support/wbinvd-stand-in.c");
  execFileSync(process.env["CC"] ?? "cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", standIn, source]);
});

afterAll(() => {
  rmSync(dirname(standIn), { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs `large-persist.mjs` with a /proc/wbinvd that gives these answers. */
function persistWith(answers: readonly string[], env: Record<string, string> = {}): Record<string, unknown> {
  const root = freshFolder();
  writeFileSync(join(root, "wbinvd"), "");
  const { reports, stderr } = runScript("large-persist.mjs", [freshPath("memory")], {
    env: {
      LD_PRELOAD: standIn,
      NODEMM_PROC_ROOT: root,
      NODEMM_LARGE_PERSIST: "whole-cache",
      NODEMM_TEST_WBINVD: join(root, "wbinvd"),
      NODEMM_TEST_WBINVD_ANSWERS: answers.join("|"),
      ...env,
    },
  });
  expect(reports, stderr).toHaveLength(1);
  return reports[0];
}

const counted = (times: number): string[] => Array.from({ length: times }, () => "+");
const sum = (MiB - 4096) * 7 + 4096;

test.runIf(process.platform === "linux")(
  "a persist and a list of ranges write the caches back once each, asynchronous ones too; a drain and a copy never",
  () => {
    expect(persistWith(counted(20))).toEqual({
      wholeCacheBytes: 1,
      // Twice at opening, to see the count go up.
      writeBacks: {
        open: 2,
        persist: 3,
        flush: 4,
        drain: 4,
        persistMany: 5,
        persistAsync: 6,
        persistManyAsync: 7,
        copy: 7,
      },
      sum,
    });
  },
);

test.runIf(process.platform === "linux").each([
  ["an error", "EIO"],
  ["a count that stands still", "completed 3 processors 4096\n"],
  ["a count that goes back", "completed 1 processors 4096\n"],
  ["a processor left out", "completed 99 processors 0\n"],
  ["another text", "done\n"],
  ["half an answer", "completed 99"],
])("after %s the lines are flushed instead, and the caches are not written back again", (_, answer) => {
  expect(persistWith([...counted(3), answer, ...counted(20)])).toEqual({
    wholeCacheBytes: 1,
    writeBacks: {
      open: 2,
      persist: 3,
      flush: 4,
      drain: 4,
      persistMany: 4,
      persistAsync: 4,
      persistManyAsync: 4,
      copy: 4,
    },
    sum,
  });
});

test.runIf(process.platform === "linux")("an interface that is not seen to count at opening is never used", () => {
  for (const answers of [[], ["EIO"], ["+"], ["+", "EIO", "+"], ["CPU caches flushed\n", "+", "+"]]) {
    const { wholeCacheBytes, writeBacks } = persistWith(answers);
    expect({ answers, wholeCacheBytes }).toEqual({ answers, wholeCacheBytes: "never" });
    expect(writeBacks).toMatchObject({ copy: answers[0] === "+" ? 2 : 1 });
  }
});

test.runIf(process.platform === "linux")(
  "it is looked for only where it can be of use, and where it is allowed",
  () => {
    const never = { wholeCacheBytes: "never", writeBacks: { open: 0, copy: 0 } };
    // A region of a megabyte needs none.
    expect(persistWith(counted(20), { NODEMM_LARGE_PERSIST: "" })).toMatchObject(never);
    expect(persistWith(counted(20), { NODEMM_LARGE_PERSIST: "parallel" })).toMatchObject(never);
    expect(persistWith(counted(20), { NODEMM_LARGE_PERSIST: "lines" })).toMatchObject(never);
    expect(persistWith(counted(20), { NODEMM_PROC_ROOT: freshFolder() })).toMatchObject(never);
  },
);

test.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
  "a file that may not be read is left alone",
  () => {
    const root = freshFolder();
    writeFileSync(join(root, "wbinvd"), "completed 1 processors 4096\n");
    chmodSync(join(root, "wbinvd"), 0);
    vi.stubEnv("NODEMM_PROC_ROOT", root);
    vi.stubEnv("NODEMM_LARGE_PERSIST", "whole-cache");
    const region = mapFile(freshPath("memory"), { mode: "create", size: 4096, forceGranularity: "cache-line" });
    expect(region.instructions.wholeCacheBytes).toBe(Number.POSITIVE_INFINITY);
    region.close();
  },
);

/** Of what no other thread takes a part in. */
function sumOfPieces(region: Region, offset: number, length: number, initial: number): number {
  let joined = initial;
  for (let at = 0; at < length; at += MiB) joined = region.crc32c(offset + at, Math.min(MiB, length - at), joined);
  return joined;
}

test("long copies, fills, sums and persists leave exactly the bytes asked for, at ragged ends, shared among threads or not", () => {
  const source = Buffer.alloc(10 * MiB + 77);
  for (let index = 0; index < source.length; index++) source[index] = (index * 7) ^ (index >>> 8);
  for (const strategy of ["", "lines"]) {
    vi.stubEnv("NODEMM_LARGE_PERSIST", strategy);
    for (const forceGranularity of ["cache-line", "byte", "page"] as const) {
      const region = mapFile(freshPath("memory"), { mode: "create", size: 24 * MiB, forceGranularity });
      const shared = strategy === "" && availableParallelism() > 1;
      expect(region.instructions.parallelBytes === Number.POSITIVE_INFINITY).toBe(!shared);
      const bytes = Buffer.from(region.view(0, region.length));
      const expected = Buffer.alloc(region.length);
      region.copy(33, source);
      source.copy(expected, 33);
      region.fill(12 * MiB + 1, 9 * MiB + 63, 0x9c);
      expected.fill(0x9c, 12 * MiB + 1, 21 * MiB + 64);
      region.copyWithin(13 * MiB + 5, 100, 9 * MiB);
      expected.copy(expected, 13 * MiB + 5, 100, 100 + 9 * MiB);
      const joined = sumOfPieces(region, 12 * MiB + 3, 10 * MiB + 1, 9);
      expect(region.crc32c(12 * MiB + 3, 10 * MiB + 1, 9)).toBe(joined);
      expect(region.copyWithinCrc32c(1, 12 * MiB + 3, 10 * MiB + 1, 9)).toBe(joined);
      expected.copy(expected, 1, 12 * MiB + 3, 22 * MiB + 4);
      const many = [3, 5 * MiB + 1, 11 * MiB].map((offset, index) => ({
        offset,
        source: source.subarray(index * 77, index * 77 + 4 * MiB + index),
      }));
      region.copyMany(many);
      for (const copy of many) copy.source.copy(expected, copy.offset);
      region.persist(7, 23 * MiB);
      expect(bytes.equals(expected), `${strategy} ${forceGranularity}`).toBe(true);
      region.close();
    }
  }
});

test("a strategy that is none is a TypeError", () => {
  vi.stubEnv("NODEMM_LARGE_PERSIST", "hope");
  expect(() => mapFile(freshPath("memory"), { mode: "create", size: 4096 })).toThrow(
    /NODEMM_LARGE_PERSIST.*"parallel"/u,
  );
});
