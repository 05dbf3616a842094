import { existsSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { mapFile, type MapFileOptions, type PmemError } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function facts(medium: "disk" | "memory", options: MapFileOptions = {}): { granularity: string; survives: string } {
  const region = mapFile(freshPath(medium), { mode: "create", size: 4096, ...options });
  const { granularity, durability } = region;
  expect(durability.reason).toMatch(/^\w.{20,}$/u);
  region.close();
  return { granularity, survives: durability.survives };
}

test("a file on disk has page granularity and survives a power failure", () => {
  expect(facts("disk")).toEqual({ granularity: "page", survives: "power-failure" });
});

test("a file in memory survives the process only, and says why", () => {
  expect(facts("memory")).toEqual({ granularity: "page", survives: "process-exit" });
  const region = mapFile(freshPath("memory"), { mode: "create", size: 4096 });
  expect(region.durability.reason).toMatch(/tmpfs/u);
  region.close();
});

test("a forced granularity never claims a power failure on what is not persistent memory", () => {
  for (const forceGranularity of ["byte", "cache-line"] as const) {
    for (const medium of ["disk", "memory"] as const) {
      expect(facts(medium, { forceGranularity })).toEqual({ granularity: forceGranularity, survives: "process-exit" });
    }
  }
  expect(facts("disk", { forceGranularity: "page" })).toEqual({ granularity: "page", survives: "power-failure" });
});

test("NODEMM_FORCE_GRANULARITY forces every mapping, and the option wins over it", () => {
  vi.stubEnv("NODEMM_FORCE_GRANULARITY", "cache-line");
  expect(facts("memory").granularity).toBe("cache-line");
  expect(facts("memory", { forceGranularity: "byte" }).granularity).toBe("byte");
  vi.stubEnv("NODEMM_FORCE_GRANULARITY", "");
  expect(facts("memory").granularity).toBe("page");
});

test("a NODEMM_FORCE_GRANULARITY of no sense is refused by name", () => {
  vi.stubEnv("NODEMM_FORCE_GRANULARITY", "lines");
  const path = freshPath();
  expect(() => mapFile(path, { mode: "create", size: 4096 })).toThrow(/NODEMM_FORCE_GRANULARITY.*"lines"/u);
  expect(existsSync(path)).toBe(false);
});

test.each(["byte", "cache-line"] as const)(
  "a demand for %s on an ordinary file is ERR_PMEM_GRANULARITY with the reason",
  (granularity) => {
    const path = freshPath();
    const refused = expect.objectContaining({ name: "PmemError", code: "ERR_PMEM_GRANULARITY" }) as PmemError;
    expect(() => mapFile(path, { mode: "create", size: 4096, granularity })).toThrow(refused);
    expect(() => mapFile(path, { mode: "create", size: 4096, granularity })).toThrow(/MAP_SYNC/u);
    expect(existsSync(path)).toBe(false);
  },
);

test("a demand is met by the same granularity or a finer one", () => {
  expect(facts("disk", { granularity: "page" }).granularity).toBe("page");
  expect(facts("memory", { granularity: "page", forceGranularity: "byte" }).granularity).toBe("byte");
  expect(facts("memory", { granularity: "cache-line", forceGranularity: "cache-line" }).granularity).toBe("cache-line");
  const path = freshPath();
  expect(() =>
    mapFile(path, { mode: "create", size: 4096, granularity: "byte", forceGranularity: "cache-line" }),
  ).toThrow(/forces cache-line/u);
});
