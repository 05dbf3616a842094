import { dram, simulatePowerFailure } from "@nodemm/emulator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { thrownBy } from "./support/thrown.ts";

describe("the catalog in little space", () => {
  test("a shelf little more than twice as large as its names and values holds them, set at once or one by one", () => {
    const count = 8000;
    for (const together of [true, false]) {
      const shelf = openShelf(dram({ size: 2 ** 20 }));
      const set = (): void => {
        for (let index = 0; index < count; index++) shelf.set(`name-${index}`, index);
      };
      if (together) shelf.transaction(set);
      else set();
      expect(shelf.size).toBe(count);
      // Packed: 44 bytes each, in two areas.
      expect(shelf.usage().catalogLive).toBeGreaterThan(count * 43);
      expect(shelf.get("name-7999")).toBe(7999);
      expect(shelf.check().findings).toStrictEqual([]);
    }
  });

  test("the two areas need not lie side by side", () => {
    const shelf = openShelf(dram({ size: 2 ** 20 }));
    const half = 400 * 1024;
    shelf.set("first", new Uint8Array(half)).set("wall", new Uint8Array(64)).set("rest", new Uint8Array(half));
    shelf.delete("first");
    shelf.delete("rest");
    const { largestExtent } = shelf.usage();
    shelf.transaction(() => {
      for (let index = 0; index < 6000; index++) shelf.set(`name-${index}`, index);
    });
    expect(shelf.usage().catalog).toBeGreaterThan(largestExtent);
    expect(shelf.check().findings).toStrictEqual([]);
  });

  test("where not even that is there, nothing has changed and the shelf can be emptied", () => {
    const shelf = openShelf(dram({ size: 2 ** 18 }));
    const fill = (): void => {
      for (let index = 0; index < 10_000; index++) shelf.set(`name-${index}`, index);
    };
    expect(thrownBy(() => shelf.transaction(fill), ShelfError).code).toBe("ERR_SHELF_NO_SPACE");
    expect(shelf.size).toBe(0);
    expect(thrownBy(fill, ShelfError).code).toBe("ERR_SHELF_NO_SPACE");
    const names = [...shelf.keys()];
    expect(names.length).toBeGreaterThan(1000);
    for (const name of names) shelf.delete(name);
    expect(shelf.size).toBe(0);
    expect(shelf.check().findings).toStrictEqual([]);
  });
});

describe("what is live in the catalog is counted", () => {
  test("a rename to a longer name counts the longer name, so that there is room for it when the catalog is written anew", () => {
    const shelf = openShelf(dram({ size: 2 ** 21 }));
    const long = (index: number): string => `${index}${"x".repeat(60_000)}`;
    for (let index = 0; index < 8; index++) shelf.set(`short ${index}`, index);
    for (let index = 0; index < 8; index++) shelf.rename(`short ${index}`, long(index));
    expect(shelf.usage().catalogLive).toBeGreaterThan(8 * 60_000);
    const generation = shelf.inspect().catalogGeneration;
    for (let index = 0; shelf.inspect().catalogGeneration === generation; index++) shelf.set("again", index);
    expect(shelf.get(long(7))).toBe(7);
    expect(shelf.check().findings).toStrictEqual([]);
  });

  const name = fc.constantFrom("a", "b", "a much longer name than the others", "ü".repeat(30));
  const step = fc.record({
    verb: fc.constantFrom("set", "array", "delete", "rename", "swap", "seal", "unseal", "fail" as const),
    name,
    other: name,
  });

  test("the same after any changes, after they were undone, after reopening and after compaction", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let region = simulatePowerFailure(dram({ size: 2 ** 18 }));
        let shelf = openShelf(region);
        const reopen = (): void => {
          region = simulatePowerFailure(dram({ image: region.durableImage() }));
          shelf = openShelf(region);
        };
        for (const { verb, name: a, other: b } of steps) {
          if (verb === "set") shelf.set(a, b);
          else if (verb === "array") shelf.set(a, new Uint8Array(b.length));
          else if (verb === "delete") shelf.delete(a);
          else if (!shelf.has(a)) continue;
          else if (verb === "rename") shelf.rename(a, b);
          else if (verb === "seal") shelf.seal(a);
          else if (verb === "unseal") shelf.unseal(a);
          else if (verb === "fail") failing(shelf, a, b);
          else if (shelf.has(b)) shelf.swap(a, b);
        }
        const live = shelf.usage().catalogLive;
        const content = JSON.stringify([...shelf]);
        reopen();
        expect(shelf.usage().catalogLive).toBe(live);
        shelf.compact();
        expect(shelf.usage().catalogLive).toBe(live);
        reopen();
        expect(shelf.usage().catalogLive).toBe(live);
        expect(JSON.stringify([...shelf])).toBe(content);
        shelf.close();
      }),
      { numRuns: 60 },
    );
  });

  function failing(shelf: Shelf, a: string, b: string): void {
    const stop = new Error("stop");
    const work = (): void => {
      shelf.seal(a);
      shelf.rename(a, b);
      shelf.set(a, 1).swap(a, b);
      throw stop;
    };
    expect(() => shelf.transaction(work)).toThrow(stop);
  }
});
