import { readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { mapFile } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

const pageBytes = 4096;

/** The kernel's flags of each mapping of a file, by its offset in the file; see proc(5). */
function mappingFlags(path: string): Map<number, string[]> {
  const blocks = readFileSync("/proc/self/smaps", "utf8").split(/^(?=[\da-f]+-[\da-f]+ )/mu);
  // By its number: a file that was made without a name keeps none there.
  const file = statSync(path).ino;
  const ours = blocks.filter((block) => Number(/^(?:\S+ +){4}(?<file>\d+)/u.exec(block)?.groups?.["file"]) === file);
  return new Map(
    ours.map((block) => {
      const { offset } = /^\S+ \S+ (?<offset>[\da-f]+)/u.exec(block)!.groups!;
      return [Number.parseInt(offset, 16), /^VmFlags: (?<flags>.*)$/mu.exec(block)!.groups!["flags"].trim().split(" ")];
    }),
  );
}

test("a forked child does not inherit the mapping, after growth neither", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4 * pageBytes, capacity: 2 ** 30 });
  region.grow(64 * pageBytes);
  const flags = mappingFlags(path);
  expect(flags.size).toBeGreaterThan(0);
  for (const [offset, of] of flags) expect(of, `at ${offset}`).toContain("dc");
  region.close();
});

test("advice reaches the kernel for the pages that it names, and no others", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 64 * pageBytes });
  region.advise("random", 16 * pageBytes, 8 * pageBytes);
  region.advise("sequential", 32 * pageBytes, 8 * pageBytes);
  const flags = mappingFlags(path);
  expect(flags.get(16 * pageBytes)).toContain("rr");
  expect(flags.get(32 * pageBytes)).toContain("sr");
  for (const place of [0, 24, 40]) {
    expect(flags.get(place * pageBytes), `page ${place}`).not.toContain("rr");
    expect(flags.get(place * pageBytes), `page ${place}`).not.toContain("sr");
  }
  region.advise("normal");
  for (const of of mappingFlags(path).values()) expect(of.filter((flag) => flag === "rr" || flag === "sr")).toEqual([]);
  region.close();
});
