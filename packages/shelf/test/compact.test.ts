import { copyFileSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

/** Every second of some values erased, so that the free space is in pieces. */
function fragmented(shelf: Shelf, count = 20, bytes = 10_000): void {
  for (let index = 0; index < count; index++) shelf.set(`v${index}`, new Uint8Array(bytes).fill(index));
  for (let index = 0; index < count; index += 2) shelf.delete(`v${index}`);
}

function contentOf(shelf: Shelf): unknown {
  return [...shelf].map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]);
}

describe("compact", () => {
  test("puts the free space into one piece, and every value stays what it was, with its version and its time", () => {
    const { shelf, region } = freshShelf();
    fragmented(shelf);
    const before = [...shelf.keys()].map((name) => shelf.info(name));
    expect(shelf.usage().freeExtents).toBeGreaterThan(5);
    const report = shelf.compact();
    expect(report).toMatchObject({ pinnedBytes: 0, givenBackBytes: 0 });
    expect(report.movedBytes).toBeGreaterThan(0);
    expect(shelf.usage()).toMatchObject({ freeExtents: 1, fragmentation: 0 });
    const after = [...shelf.keys()].map((name) => shelf.info(name));
    expect(after.map((each) => ({ ...each, offset: 0 }))).toStrictEqual(before.map((each) => ({ ...each, offset: 0 })));
    const content = contentOf(shelf);
    expect(content).toStrictEqual(
      Array.from({ length: 10 }, (_, index) => [`v${2 * index + 1}`, Array(10_000).fill(2 * index + 1)]),
    );
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(content);
    expect(shelf.check().findings).toStrictEqual([]);
  });

  test("what a handle looks at stays where it is, unless handles may be detached", () => {
    const { shelf } = freshShelf();
    fragmented(shelf, 4);
    const handle = shelf.get("v3") as Uint8Array;
    const { offset } = shelf.info("v3")!;
    expect(shelf.compact().pinnedBytes).toBe(10_000);
    expect(handle[0]).toBe(3);
    expect(shelf.info("v3")!.offset).toBe(offset);
    expect(shelf.compact({ detachViews: true }).pinnedBytes).toBe(0);
    expect(handle.length).toBe(0);
    expect(shelf.info("v3")!.offset).toBeLessThan(offset);
    expect((shelf.get("v3") as Uint8Array)[0]).toBe(3);
  });

  test("a long text or plain data that was read does not pin anything", () => {
    const { shelf } = freshShelf();
    shelf.set("gap", new Uint8Array(10_000));
    shelf.set("text", "x".repeat(5000));
    shelf.set("plain", { text: "y".repeat(5000) });
    expect([shelf.get("text"), shelf.get("plain")]).toHaveLength(2);
    shelf.delete("gap");
    expect(shelf.compact()).toMatchObject({ pinnedBytes: 0 });
    expect(shelf.usage().fragmentation).toBeLessThan(0.02);
    expect(shelf.get("text")).toBe("x".repeat(5000));
  });

  test("a sealed variable stays sealed", () => {
    const { shelf, region } = freshShelf();
    shelf.set("gap", new Uint8Array(10_000));
    shelf.set("x", new Uint8Array(5000).fill(1));
    shelf.seal("x");
    shelf.delete("gap");
    expect(shelf.compact().moved).toBeGreaterThan(0);
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect(each.info("x")!.sealed).toBe(true);
      expect(each.check({ data: true }).findings).toStrictEqual([]);
    }
  });

  test("items of lists are moved as well", () => {
    const { shelf, region } = freshShelf();
    shelf.set("gap", new Uint8Array(10_000));
    shelf.set("queue", list([1, new Uint8Array(3000).fill(2), "x".repeat(3000)]));
    shelf.delete("gap");
    expect(shelf.compact().moved).toBeGreaterThanOrEqual(2);
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect((each.get("queue") as List).toArray()).toStrictEqual([1, new Uint8Array(3000).fill(2), "x".repeat(3000)]);
    }
  });

  test("an alignment that was asked for is kept", () => {
    const { shelf } = freshShelf();
    shelf.set("gap", new Uint8Array(70_000));
    shelf.set("x", new Uint8Array(5000).fill(7), { alignment: 4096 });
    const { offset } = shelf.info("x")!;
    shelf.delete("gap");
    shelf.compact();
    expect(shelf.info("x")!.offset).toBeLessThan(offset);
    expect(shelf.info("x")!.offset % 4096).toBe(0);
  });

  test("a catalog that has grown is made smaller again", () => {
    const { shelf, region } = freshShelf({ bytes: 4 * 2 ** 20 });
    for (let index = 0; index < 5000; index++) shelf.set(`name ${index}`, index);
    shelf.clear();
    shelf.set("kept", 1);
    const { catalog } = shelf.usage();
    shelf.compact();
    expect(shelf.usage().catalog).toBeLessThan(catalog / 4);
    shelf.set("more", 2);
    expect(contentOf(afterPowerFailure(region))).toStrictEqual([
      ["kept", 1],
      ["more", 2],
    ]);
  });

  test("inside a transaction it is refused", () => {
    const { shelf } = freshShelf();
    const error = thrownBy(() => shelf.transaction(() => shelf.compact()), ShelfError);
    expect(error.code).toBe("ERR_SHELF_TRANSACTION");
  });

  test("any history: the content stays, and no more is free than before but for the catalog", () => {
    const step = fc.record({ name: fc.nat(12), bytes: fc.nat(30_000), erase: fc.boolean(), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), fc.boolean(), (steps, detachViews, shrink) => {
        const { shelf, region } = freshShelf();
        for (const { name, bytes, erase, look } of steps) {
          if (erase) shelf.delete(`v${name}`);
          else shelf.set(`v${name}`, new Uint8Array(bytes).fill(bytes % 256));
          if (look) shelf.get(`v${name}`);
        }
        const again = afterPowerFailure(region);
        const content = contentOf(again);
        shelf.compact({ detachViews, shrink });
        expect(shelf.check().findings).toStrictEqual([]);
        expect(contentOf(shelf)).toStrictEqual(content);
        expect(contentOf(afterPowerFailure(region))).toStrictEqual(content);
      }),
      { numRuns: 40 },
    );
  });
});

test.each([[null], [5], [{ detachViews: "no" }], [{ shrink: 1 }]])("compact: %j is refused", (options) => {
  const { shelf } = freshShelf();
  shelf.set("x", new Uint8Array(1000));
  const bytes = shelf.get("x") as Uint8Array;
  const error = thrownBy(() => shelf.compact(options as never), TypeError);
  expect(error.message).toMatch(/^compact takes options|must be true or false/u);
  expect(bytes).toHaveLength(1000);
});

describe("giving space back", () => {
  function freshPath(): string {
    const folder = mkdtempSync(join(tmpdir(), "compact-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return join(folder, "state.shelf");
  }

  test("a shrunk shelf's file is cut when it is closed, and it can grow again", () => {
    const path = freshPath();
    const shelf = openShelf(path, { size: "8 MiB" });
    fragmented(shelf);
    const content = contentOf(shelf);
    expect(shelf.compact({ detachViews: true, shrink: true }).givenBackBytes).toBeGreaterThan(7 * 2 ** 20);
    const { size } = shelf.usage();
    shelf.close();
    expect(statSync(path).size).toBe(size);
    const again = openShelf(path);
    expect(contentOf(again)).toStrictEqual(content);
    again.grow("8 MiB");
    again.set("more", new Uint8Array(4 * 2 ** 20).fill(9));
    again.close();
    const last = openShelf(path);
    expect((last.get("more") as Uint8Array)[4 * 2 ** 20 - 1]).toBe(9);
    last.close();
  });

  test("a shelf that shrank and grew again while open keeps its file", () => {
    const path = freshPath();
    const shelf = openShelf(path, { size: "1 MiB" });
    shelf.compact({ shrink: true });
    shelf.grow("2 MiB");
    shelf.set("x", new Uint8Array(1.5 * 2 ** 20).fill(1));
    shelf.close();
    expect(statSync(path).size).toBe(2 * 2 ** 20);
  });

  test("a file that took the path's place is not cut", () => {
    const path = freshPath();
    const shelf = openShelf(path, { size: "1 MiB" });
    shelf.compact({ shrink: true });
    rmSync(path);
    const other = openShelf(path, { size: "4 MiB" });
    shelf.close();
    expect(statSync(path).size).toBe(4 * 2 ** 20);
    other.close();
  });

  test("nor is a copy of the shelf itself, put back in its place while it was open", () => {
    const path = freshPath();
    const shelf = openShelf(path, { size: "4 MiB" }).set("x", new Uint8Array(2 ** 20).fill(1));
    copyFileSync(path, `${path}.backup`);
    shelf.delete("x");
    shelf.compact({ shrink: true });
    renameSync(`${path}.backup`, path);
    shelf.close();
    using restored = openShelf(path);
    expect((restored.get("x") as Uint8Array).every((each) => each === 1)).toBe(true);
  });
});

describe("growing", () => {
  test("a shelf that grows by itself takes what would not fit, inside a transaction as well, and keeps handles valid", () => {
    const { shelf, region } = freshShelf({ grow: "auto" });
    shelf.set("first", new Uint8Array(1000).fill(1));
    const first = shelf.get("first") as Uint8Array;
    shelf.transaction(() => {
      shelf.snapshot("first");
      first.fill(2);
      shelf.set("large", new Uint8Array(2 ** 21).fill(3));
    });
    expect(shelf.usage().size).toBeGreaterThan(2 ** 21);
    const again = afterPowerFailure(region);
    expect((again.get("large") as Uint8Array)[2 ** 21 - 1]).toBe(3);
    expect(first[999]).toBe(2);
  });

  test("so does its catalog", () => {
    const { shelf, region } = freshShelf({ bytes: 64 * 1024, grow: "auto" });
    for (let index = 0; index < 3000; index++) shelf.set(`name ${index}`, index);
    expect(afterPowerFailure(region).size).toBe(3000);
  });

  test("a step and a limit are kept to; beyond it there is no room", () => {
    const { shelf } = freshShelf({ grow: { step: "512 KiB", max: "2 MiB" } });
    shelf.set("a", new Uint8Array(2 ** 20));
    expect(shelf.usage().size).toBe(
      1.5 * 2 ** 20 + 2 ** 19 * Math.ceil((shelf.usage().size - 1.5 * 2 ** 20) / 2 ** 19),
    );
    const error = thrownBy(() => shelf.set("b", new Uint8Array(2 ** 20)), ShelfError);
    expect(error).toMatchObject({ code: "ERR_SHELF_NO_SPACE", needed: 2 ** 20 });
  });

  test("a limit within a page is not overstepped", () => {
    const { shelf } = freshShelf({ grow: { step: "4 MiB", max: 2 ** 21 + 100 } });
    shelf.set("a", new Uint8Array(2 ** 20));
    expect(shelf.usage().size).toBe(2 ** 21);
  });

  test("a medium that is full says why the shelf did not grow", () => {
    const { shelf } = freshShelf({ grow: "auto" });
    const error = thrownBy(() => shelf.set("b", new Uint8Array(2 ** 24)), ShelfError);
    expect(error.code).toBe("ERR_SHELF_NO_SPACE");
  });

  test("beyond the address space reserved, a shelf grows once it is opened again with more", () => {
    const folder = mkdtempSync(join(tmpdir(), "grow-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "state.shelf");
    const shelf = openShelf(path, { size: "1 MiB", capacity: "2 MiB" });
    shelf.set("x", 1);
    shelf.grow("2 MiB");
    const error = thrownBy(() => shelf.grow("3 MiB"), Error);
    expect(error).toMatchObject({ code: "ERR_PMEM_CAPACITY" });
    expect(error.message).toContain("capacity");
    shelf.close();
    const again = openShelf(path, { capacity: "1 GiB" });
    again.grow("16 MiB");
    expect([again.get("x"), again.usage().size]).toStrictEqual([1, 2 ** 24]);
    again.close();
  });

  test.each([["sometimes"], [null], [5], [true]])("grow: %j is refused", (grow) => {
    thrownBy(() => freshShelf({ grow: grow as never }), TypeError);
    expect(grow).not.toBe("auto");
  });
});

test("forceNew starts a shelf anew whose superblocks are both damaged, or whose file was cut short", () => {
  const folder = mkdtempSync(join(tmpdir(), "force-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "state.shelf");
  openShelf(path, { size: "2 MiB" }).close();
  truncateSync(path, 2 ** 20);
  expect(thrownBy(() => openShelf(path), ShelfError).code).toBe("ERR_SHELF_CORRUPT");
  const shelf = openShelf(path, { size: "1 MiB", forceNew: true });
  expect(shelf.size).toBe(0);
  shelf.close();
});
