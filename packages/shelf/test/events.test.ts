import { spawnSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

const kinds = ["open", "close", "commit", "rollback", "resize", "rewrite"] as const;
let seen: { kind: string; facts: unknown }[];
let listeners: { name: string; listen: (facts: unknown) => void }[];

beforeEach(() => {
  seen = [];
  listeners = kinds.map((kind) => ({
    name: `nodemm.shelf.${kind}`,
    listen: (facts: unknown) => void seen.push({ kind, facts }),
  }));
  for (const { name, listen } of listeners) subscribe(name, listen);
});

afterEach(() => {
  for (const { name, listen } of listeners) unsubscribe(name, listen);
});

test("each kind of event reaches its channel, with its facts, once", () => {
  const path = freshPath();
  const shelf = openShelf(path, { size: "128 KiB" });
  shelf.set("bytes", new Uint8Array(100));
  shelf.transaction(() => {
    shelf.snapshot("bytes", 10, 20);
    shelf.set("x", 1).set("y", 2);
  });
  const error = new RangeError("no");
  expect(() =>
    shelf.transaction(() => {
      throw error;
    }),
  ).toThrow(error);
  shelf.grow("256 KiB");
  shelf.close();
  expect(seen).toStrictEqual([
    { kind: "open", facts: { source: path, names: 0, size: 131_072, rolledBack: false } },
    { kind: "commit", facts: { source: path, operations: 1, changedBytes: 0 } },
    { kind: "commit", facts: { source: path, operations: 2, changedBytes: 20 } },
    { kind: "rollback", facts: { source: path, error } },
    { kind: "resize", facts: { source: path, size: 262_144 } },
    { kind: "close", facts: { source: path } },
  ]);
});

test("who is told of something may write to the shelf: that is a transaction of its own", () => {
  const path = freshPath();
  const shelf = openShelf(path, { size: "128 KiB", grow: "auto" });
  const told: string[] = [];
  const writing = kinds
    .filter((kind) => kind !== "open" && kind !== "close")
    .map((kind) => ({
      name: `nodemm.shelf.${kind}`,
      listen: () => {
        if (told.includes(kind)) return;
        told.push(kind);
        shelf.set(`${kind} list`, list([kind]));
        (shelf.get(`${kind} list`) as List).append("more");
        shelf.set(`${kind} bytes`, new Uint8Array(1000).fill(kinds.indexOf(kind)));
      },
    }));
  for (const { name, listen } of writing) subscribe(name, listen);
  try {
    const fail = (): never => {
      throw new RangeError("no");
    };
    expect(() => shelf.transaction(fail)).toThrow(RangeError);
    expect(told).toStrictEqual(["rollback", "commit"]);
    for (let round = 0; !told.includes("rewrite"); round++) shelf.set("x", "y".repeat(100 + round));
    // Inside a transaction, and it is that which grows the shelf.
    shelf.transaction(() => shelf.set("large", new Uint8Array(200_000)).set("last", 1));
  } finally {
    for (const { name, listen } of writing) unsubscribe(name, listen);
  }
  expect(told).toStrictEqual(["rollback", "commit", "rewrite", "resize"]);
  const isWhole = (opened: Shelf): void => {
    expect(opened.check()).toMatchObject({ ok: true, findings: [] });
    for (const kind of kinds.filter((each) => told.includes(each))) {
      expect((opened.get(`${kind} list`) as List).toArray()).toStrictEqual([kind, "more"]);
      expect(opened.get(`${kind} bytes`)).toStrictEqual(new Uint8Array(1000).fill(kinds.indexOf(kind)));
    }
    expect([opened.get("last"), opened.size]).toStrictEqual([1, 11]);
  };
  isWhole(shelf);
  shelf.close();
  using again = openShelf(path);
  isWhole(again);
});

test("what is told of a compaction is told when it is over", () => {
  using shelf = openShelf(freshPath(), { size: "1 MiB" });
  // What is erased is too small for any other: each is moved by itself.
  shelf.set("gap", new Uint8Array(5000));
  for (let index = 1; index < 8; index++) shelf.set(`bytes ${index}`, new Uint8Array(10_000).fill(index));
  shelf.delete("gap");
  const erase = (): void => {
    unsubscribe("nodemm.shelf.commit", erase);
    for (let index = 1; index < 7; index++) shelf.delete(`bytes ${index}`);
  };
  subscribe("nodemm.shelf.commit", erase);
  expect(shelf.compact().moved).toBeGreaterThan(1);
  expect([...shelf.entries()]).toStrictEqual([["bytes 7", new Uint8Array(10_000).fill(7)]]);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
});

test("a listener that erases what is being unsealed keeps it from being written to", () => {
  using shelf = openShelf(freshPath(), { size: "1 MiB" });
  shelf.set("bytes", new Uint8Array(10_000));
  shelf.seal("bytes");
  const storage = shelf.storage("bytes");
  const replace = (): void => {
    unsubscribe("nodemm.shelf.commit", replace);
    shelf.delete("bytes");
    shelf.set("other", new Uint8Array(10_000));
  };
  subscribe("nodemm.shelf.commit", replace);
  expect(thrownBy(() => storage.copy(0, new Uint8Array(10_000).fill(9)), ShelfError).code).toBe("ERR_SHELF_ERASED");
  expect(shelf.get("other")).toStrictEqual(new Uint8Array(10_000));
});

test("writing the catalog anew is told", () => {
  using shelf = openShelf(freshPath(), { size: "128 KiB" });
  for (let round = 0; round < 100; round++) shelf.set("x", "y".repeat(100));
  expect(seen.filter(({ kind }) => kind === "rewrite").length).toBeGreaterThan(0);
});

test("NODE_DEBUG=nodemm prints events to the standard error stream; without it nothing is", () => {
  const program = `
    import { openShelf } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url))};
    openShelf(${JSON.stringify(freshPath())}, { size: "128 KiB" }).set("x", 1).close();`;
  const run = (debug: string): string =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, NODE_DEBUG: debug },
      encoding: "utf8",
    }).stderr;
  expect(run("nodemm")).toMatch(/NODEMM \d+: open .*\n(.*\n)*NODEMM \d+: commit .*\n(.*\n)*NODEMM \d+: close /u);
  expect(run("")).toBe("");
});

test("counters say what was asked of the medium", () => {
  using shelf = openShelf(freshPath(), { size: "1 MiB", counters: true });
  const since = (work: () => void): Record<string, number> => {
    const before = shelf.counters!;
    work();
    return Object.fromEntries(
      Object.entries(shelf.counters!).map(([name, value]) => [name, value - before[name as keyof typeof before]]),
    );
  };
  expect(since(() => shelf.set("x", 1))).toMatchObject({ commits: 1, fences: 1, flushedBytes: 64, allocations: 0 });
  expect(since(() => shelf.set("bytes", new Uint8Array(1000)))).toMatchObject({
    ...{ commits: 1, fences: 2, streamedBytes: 1000, allocations: 1, allocatedBytes: 1024, logBytes: 0 },
  });
  const changed = since(() =>
    shelf.transaction(() => {
      shelf.snapshot("bytes", 0, 100);
      (shelf.get("bytes") as Uint8Array).fill(1, 0, 100);
    }),
  );
  expect(changed).toMatchObject({ commits: 1, rollbacks: 0, fences: 3, logBytes: 100, streamedBytes: 100 });
  expect(since(() => void shelf.get("x"))).toMatchObject({ commits: 0, fences: 0, flushedBytes: 0 });
  expect(shelf.check().ok).toBe(true);
});

test("without being asked for there are no counters", () => {
  using shelf = openShelf(freshPath(), { size: "128 KiB" });
  expect(shelf.counters).toBe(undefined);
  expect(() => openShelf(freshPath(), { size: "128 KiB", counters: 1 as never })).toThrow(/counters must be/u);
});
