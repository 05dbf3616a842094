import { readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mapFile, type MappedFile, type Region } from "../src/index.ts";
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

/** How many bytes this thread dirties with one store to each of these pages and a persist of it. */
function bytesWritten(region: Region, pages: readonly number[]): number {
  const written = () => Number(/^write_bytes: (?<bytes>\d+)$/mu.exec(readFileSync("/proc/thread-self/io", "utf8"))![1]);
  const bytes = new Uint8Array(region.view(0, region.length));
  const before = written();
  for (const page of pages) {
    bytes[page * pageBytes] = 1;
    region.persist(page * pageBytes, 1);
  }
  const after = written();
  region.releaseView(bytes.buffer);
  return after - before;
}

test.for([
  ["advise", async (region: MappedFile): Promise<void> => region.advise("random-now")],
  ["adviseAsync", async (region: MappedFile): Promise<void> => region.adviseAsync("random-now")],
] as const)(
  "after random-now by %s a persist of one byte writes one page, and no bytes changed",
  async ([, advise], { skip }) => {
    const region = mapFile(freshPath("disk"), { mode: "create", size: 32 * 2 ** 20 });
    region.fill(0, region.length, 7);
    region.persist(0, region.length);
    const pages = Array.from({ length: 20 }, (_, index) => 37 + index * 400);
    skip(bytesWritten(region, pages) === pages.length * pageBytes, "this file system brings in single pages only");
    region.fill(0, region.length, 9);
    await advise(region);
    expect(bytesWritten(region, pages)).toBe(pages.length * pageBytes);
    const expected = new Uint8Array(region.length).fill(9);
    for (const page of pages) expected[page * pageBytes] = 1;
    expect(Buffer.compare(new Uint8Array(region.view(0, region.length)), expected)).toBe(0);
    region.close();
  },
);

test("random-now leaves a reader's own stores in place", () => {
  const path = freshPath("disk");
  writeFileSync(path, new Uint8Array(2 * pageBytes));
  const region = mapFile(path, { readOnly: true });
  const bytes = new Uint8Array(region.view(0, 2));
  bytes.set([1, 2]);
  region.advise("random-now");
  expect([...bytes]).toEqual([1, 2]);
  region.close();
});
