import { spawnSync } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openShelf } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

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
