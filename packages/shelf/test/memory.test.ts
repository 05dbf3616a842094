import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram } from "@nodemm/emulator";
import { mapMemory } from "@nodemm/pmem-native";
import { describe, expect, onTestFinished, test } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";

const mebibyte = 2 ** 20;
const arrayBytes = 192 * mebibyte;

/** Memory of this process that is not pages of a file: what the system cannot write back and drop. */
function anonymousBytes(): number {
  const found = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(found?.[1]) * 1024;
}

/** A shelf in a file that needs no sync, so that the test measures memory and not a disk. */
function shelfInFile(): Shelf<{ x: Uint8Array }> {
  const folder = mkdtempSync(join(tmpdir(), "memory-"));
  process.env["NODEMM_FORCE_GRANULARITY"] = "cache-line";
  const shelf = openShelf<{ x: Uint8Array }>(join(folder, "state.shelf"), { size: 3 * arrayBytes });
  delete process.env["NODEMM_FORCE_GRANULARITY"];
  onTestFinished(() => {
    shelf.close();
    rmSync(folder, { recursive: true });
  });
  return shelf;
}

test.runIf(process.platform === "linux")(
  "PyMM `s.x = np.memmap(...)`: neither an array, nor saving all of it in a transaction, nor its rollback or copy takes memory",
  () => {
    const shelf = shelfInFile();
    const part = new Uint8Array(mebibyte).fill(1);
    const before = anonymousBytes();
    expect(before).toBeGreaterThan(0);
    const peak = (): number => anonymousBytes() - before;
    // Not anonymous: some systems have no zero page for what is only read.
    using memory = mapMemory({ size: arrayBytes });
    shelf.set("x", new Uint8Array(memory.view(0, arrayBytes)));
    const { x } = shelf.vars;
    for (let at = 0; at < arrayBytes; at += part.length) x.set(part, at);
    shelf.transaction(() => {
      shelf.snapshot("x");
      x.fill(2);
    });
    expect(peak()).toBeLessThan(arrayBytes / 3);
    const stop = new Error("stop");
    expect(() =>
      shelf.transaction(() => {
        shelf.snapshot("x");
        x.fill(3);
        throw stop;
      }),
    ).toThrow(stop);
    expect([x[0], x[arrayBytes - 1]]).toStrictEqual([2, 2]);
    expect(peak()).toBeLessThan(arrayBytes / 3);
    shelf.copy("x", "y");
    expect(peak()).toBeLessThan(arrayBytes / 3);
  },
);

describe("a small value takes no more than 128 bytes of media beside its name and its own bytes", () => {
  const kinds: [kind: string, valueBytes: number, value: (index: number) => unknown][] = [
    ["number", 8, (index) => index],
    ["boolean", 1, (index) => index % 2 === 0],
    ["text of 8 letters", 8, (index) => `${10_000_000 + index}`],
  ];
  test.each(kinds)("%s, however many there are", (_, valueBytes, value) => {
    const shelf = openShelf(dram({ size: 16 * mebibyte }));
    const empty = shelf.usage().catalog;
    const overheads: number[] = [];
    const nameBytes = 11;
    for (let count = 1; count <= 60_000; count++) {
      shelf.set(`name-${100_000 + count}`, value(count));
      // A new shelf has a catalog from the beginning, which costs what it costs however few values there are.
      const { catalog } = shelf.usage();
      if (catalog > empty) overheads.push(catalog / count - nameBytes - valueBytes);
    }
    expect(overheads.length).toBeGreaterThan(55_000);
    expect(Math.max(...overheads.slice(2000))).toBeLessThanOrEqual(128);
    shelf.close();
  });

  test("also when each has been replaced many times", () => {
    const shelf = openShelf(dram({ size: 16 * mebibyte }));
    const count = 10_000;
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < count; index++) shelf.set(`name-${index}`, round);
    }
    const { catalog } = shelf.usage();
    expect(catalog / count).toBeLessThanOrEqual(128 + 17);
    shelf.close();
  });
});
