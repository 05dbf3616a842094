/** What PyMM users had, row by row, and what they find here. The tests of each feature go further. */
import { spawnSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { list, openReader, openScratch, openShelf, type Shelf } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

let path: string;
let shelf: Shelf;

beforeEach(() => {
  path = freshPath();
  shelf = openShelf(path, { size: "4 MiB" });
});

function reopened(): Shelf {
  if (!shelf.closed) shelf.close();
  return (shelf = openShelf(path));
}

test("PyMM: a shelf is made with a size, opened again by its path alone, started anew with forceNew, and grows", () => {
  shelf.vars["x"] = 1;
  expect(reopened().vars["x"]).toBe(1);
  shelf.grow("8 MiB");
  expect(shelf.usage().size).toBe(8 * 2 ** 20);
  shelf.close();
  shelf = openShelf(path, { forceNew: true });
  expect([...shelf.keys()]).toStrictEqual([]);
});

test("PyMM: re-opening gives every variable at once, without loading", () => {
  for (let index = 0; index < 100; index++) shelf.set(`v${index}`, new Float64Array([index]));
  expect([...reopened().values()].map((each) => (each as Float64Array)[0])).toStrictEqual(
    Array.from({ length: 100 }, (_, index) => index),
  );
});

test("PyMM: typed array, bytes, string, number, bigint, boolean, null and nested data are assigned and found again", () => {
  const values = {
    ...{ floats: new Float32Array([1.5]), bytes: new Uint8Array([1]), text: "Grüße", number: 0.5, big: 2n ** 80n },
    ...{ yes: true, nothing: null, nested: { list: [1, { deep: new Set([1]) }] } },
  };
  Object.assign(shelf.vars, values);
  for (const [name, value] of Object.entries(values)) expect(reopened().vars[name]).toStrictEqual(value);
});

test("PyMM: assigning one variable to another copies it, shelf to shelf", () => {
  shelf.set("y", new Uint8Array([1, 2]));
  shelf.vars["x"] = shelf.vars["y"];
  (shelf.get("y") as Uint8Array)[0] = 9;
  expect(shelf.get("x")).toStrictEqual(new Uint8Array([1, 2]));
});

test("PyMM: re-assignment is an atomic replace", () => {
  shelf.set("x", new Uint8Array(1000).fill(1));
  const versionBefore = shelf.info("x")?.version;
  const failing = (): void =>
    shelf.transaction(() => {
      shelf.set("x", new Uint8Array(500).fill(2));
      throw new RangeError("cut short");
    });
  expect(failing).toThrow(RangeError);
  expect(shelf.get("x")).toStrictEqual(new Uint8Array(1000).fill(1));
  shelf.set("x", new Uint8Array(500).fill(2));
  expect(reopened().get("x")).toStrictEqual(new Uint8Array(500).fill(2));
  expect(shelf.info("x")?.version).toBe((versionBefore ?? 0) + 1);
});

test("PyMM: erase works while references are outstanding, which then are detached, never dangling", () => {
  shelf.set("x", new Uint8Array(100));
  const reference = shelf.get("x") as Uint8Array;
  expect(shelf.delete("x")).toBe(true);
  expect(reference).toHaveLength(0);
});

test("PyMM: items, used, inspect and persist are there, and facts of each item", () => {
  shelf.set("x", new Float64Array(100));
  expect([...shelf.keys()]).toStrictEqual(["x"]);
  expect(shelf.usage().used).toBeGreaterThan(800);
  expect(shelf.inspect({ variables: true })).toMatchObject({
    variables: [{ name: "x", type: "typed-array", version: 1 }],
  });
  shelf.persist();
});

test("PyMM: item headers: type, version counter and, once sealed, a checksum", () => {
  shelf.set("x", new Uint8Array(10));
  shelf.seal("x");
  expect(reopened().info("x")).toMatchObject({ type: "typed-array", version: 1, sealed: true });
});

test("PyMM: element store is not transactional and persisted by persist, whole or in part, or in a transaction", () => {
  shelf.set("x", new Float64Array(10));
  const x = shelf.get("x") as Float64Array;
  x[1] = 9;
  shelf.persist("x", 8, 8);
  shelf.transaction(() => {
    shelf.snapshot("x", 16, 8);
    x[2] = 7;
  });
  expect([...(reopened().get("x") as Float64Array)].slice(0, 4)).toStrictEqual([0, 9, 7, 0]);
});

test("PyMM: a transaction over several variables, creations, erasures and renames is all or nothing", () => {
  shelf
    .set("a", new Uint8Array([1]))
    .set("b", 2)
    .set("c", 3);
  const work = (fail: boolean) => (): void => {
    shelf.transaction(() => {
      shelf.snapshot("a");
      (shelf.get("a") as Uint8Array)[0] = 5;
      shelf.transaction(() => void shelf.set("d", 4).delete("b"));
      shelf.rename("c", "e");
      if (fail) throw new RangeError("no");
    });
  };
  expect(work(true)).toThrow(RangeError);
  expect([[...shelf.keys()], [...(shelf.get("a") as Uint8Array)]]).toStrictEqual([["a", "b", "c"], [1]]);
  work(false)();
  expect([[...reopened().keys()].sort(), [...(shelf.get("a") as Uint8Array)]]).toStrictEqual([["a", "d", "e"], [5]]);
});

test("PyMM: linked_list: append, index, negative index, assign, delete, iterate; out of range raises", () => {
  shelf.set("l", list([1, "two", new Uint8Array([3])]));
  const items = shelf.get("l") as ReturnType<typeof list> & { append: (...values: unknown[]) => void };
  items.append(4);
  items.set(0, "one");
  items.delete(1);
  expect([items.at(0), items.at(-1)]).toStrictEqual(["one", 4]);
  expect(() => items.at(17)).toThrow(RangeError);
  expect([...(reopened().get("l") as Iterable<unknown>)]).toStrictEqual(["one", new Uint8Array([3]), 4]);
});

test("PyMM: transient memory: scratch values lie on the shelf's device or in a file without a name, and are not kept", () => {
  const folder = dirname(freshPath());
  const unnamed = openScratch(folder, { size: "1 MiB" });
  for (const [place, { value }] of [
    [shelf, shelf.scratch(new Float64Array(20_000).fill(0.5))],
    [unnamed, unnamed.make(new Float64Array(20_000).fill(0.5))],
  ] as const) {
    expect(value.reduce((sum, each) => sum + each)).toBe(10_000);
    place.close();
    expect(value).toHaveLength(0);
  }
  expect(readdirSync(folder)).toStrictEqual([]);
  expect([...reopened().keys()]).toStrictEqual([]);
});

test("PyMM: atomic_swap_names swaps two names, and rename gives another", () => {
  shelf.set("a", 1).set("b", new Uint8Array([2]));
  shelf.swap("a", "b");
  shelf.rename("a", "c");
  expect([reopened().get("c"), shelf.get("b")]).toStrictEqual([new Uint8Array([2]), 1]);
});

test("PyMM: no fixed address: the bytes mean the same wherever the file is copied and mapped", () => {
  shelf.set("x", new Uint8Array([1, 2, 3])).close();
  const copy = freshPath();
  copyFileSync(path, copy);
  using moved = openShelf(copy);
  shelf = openShelf(path);
  expect(moved.get("x")).toStrictEqual(shelf.get("x"));
});

test("PyMM: what is on a shelf is seen by other processes, too, while it is open", () => {
  shelf.set("x", 1);
  using reader = openReader(path);
  expect(reader.get("x")).toBe(1);
});

test("PyMM: x.persist() and x.persist_offset(offset, length): the whole of a variable, or a part of it", () => {
  shelf.set("x", new Float64Array(1000));
  const x = shelf.get("x") as Float64Array;
  x.fill(1);
  shelf.persist("x");
  x[500] = 2;
  shelf.persist("x", 500 * 8, 8);
  expect(() => {
    shelf.persist("x", 8000, 8);
  }).toThrow(RangeError);
  expect((reopened().get("x") as Float64Array).subarray(499, 502)).toStrictEqual(new Float64Array([1, 2, 1]));
});

test("PyMM: np.load and readinto(memoryview(s.x)): a file is read straight into a variable", () => {
  const file = freshPath();
  writeFileSync(file, new Uint8Array([1, 2, 3, 4]));
  shelf.set("x", new Uint8Array(4));
  const descriptor = openSync(file, "r");
  expect(readSync(descriptor, shelf.get("x") as Uint8Array)).toBe(4);
  closeSync(descriptor);
  shelf.persist("x");
  expect(reopened().get("x")).toStrictEqual(new Uint8Array([1, 2, 3, 4]));
});

test("PyMM: PYMM_DEBUG and s.inspect() are NODE_DEBUG=nodemm and commands", () => {
  shelf.set("x", 1).close();
  const program = join(import.meta.dirname, "../dist/cli/main.js");
  const { stdout, stderr } = spawnSync(process.execPath, [program, "seal", path, "x"], {
    env: { ...process.env, NODE_DEBUG: "nodemm" },
    encoding: "utf8",
  });
  expect(stdout).toBe("sealed x\n");
  expect(stderr).toMatch(/^NODEMM \d+: open /mu);
  for (const [command, found] of [
    ["inspect", /a shelf of format/u],
    ["ls", /x +number/u],
  ] as const) {
    expect(spawnSync(process.execPath, [program, command, path], { encoding: "utf8" }).stdout).toMatch(found);
  }
});
