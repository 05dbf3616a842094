import { dram } from "@nodemm/emulator";
import { PmemError, type Region } from "@nodemm/pmem-native";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test } from "vitest";
import { list, type List, openShelf, type Shelf } from "../src/index.ts";
import { sizeBytes } from "./support/durable.ts";

const writing = new Set<PropertyKey>(["flush", "drain", "persist", "copy", "publish"]);
const names: readonly string[] = Array.from({ length: 60 }, (_, index) => `name ${index}`);
const error = new PmemError("ERR_PMEM_SYNC_FAILED", "a test", "msync failed with EIO");

/** A region whose writing calls fail from one of them on. */
function failingFrom(fatal: number): { readonly region: Region; readonly calls: () => number } {
  const region = dram({ size: sizeBytes, granularity: "page" });
  let calls = 0;
  const wrapped = new Proxy(region, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...parts: unknown[]): unknown => {
        if (writing.has(key) && calls++ >= fatal) throw error;
        return (value as (...parts: unknown[]) => unknown).apply(target, parts);
      };
    },
  });
  return { region: wrapped, calls: () => calls };
}

/**
 * Sets, replaces, erases and renames in many transactions, until one fails; what is committed then. Tells before each where
 * the region's calls stand.
 */
function work(shelf: Shelf, begin: () => void): ReadonlyMap<string, unknown> {
  let committed = new Map<string, unknown>();
  const commit = (change: (state: Map<string, unknown>) => void): void => {
    begin();
    const state = new Map(committed);
    shelf.transaction(() => change(state));
    committed = state;
  };
  const set = (state: Map<string, unknown>, name: string, value: unknown): void => {
    shelf.set(name, value);
    state.set(name, value);
  };
  try {
    commit((state) => {
      for (const name of names) set(state, name, `first ${name}`);
      shelf.set("list", list(["a", 1, "c"]));
      set(state, "bytes", new Uint8Array(100).fill(1));
    });
    for (let round = 0; round < 300; round++) {
      if (round % 7 === 0) shelf.get(names[round % 11]);
      commit((state) => {
        for (const step of [0, 13, 29]) set(state, names[(round + step) % names.length], round + step);
        set(state, "bytes", new Uint8Array(100).fill(round));
        const erased = names[(round + 40) % names.length];
        if (state.delete(erased)) shelf.delete(erased);
        const renamed = names[(round + 41) % names.length];
        if (!state.has(renamed)) return;
        shelf.rename(renamed, `${renamed}'`);
        state.set(`${renamed}'`, state.get(renamed));
        state.delete(renamed);
      });
    }
  } catch (caught) {
    expect(caught).toBe(error);
  }
  return committed;
}

/** The region's calls in the first commit that writes the catalog anew: from the first to behind the last. */
function callsOfRewrite(): readonly [first: number, end: number] {
  const { region, calls } = failingFrom(Infinity);
  const shelf = openShelf(region);
  let first = 0;
  let found: readonly [number, number] | undefined;
  let isOver = false;
  const onRewrite = (): void => void (isOver = true);
  subscribe("nodemm.shelf.rewrite", onRewrite);
  work(shelf, () => {
    if (isOver) found ??= [first, calls()];
    first = calls();
  });
  unsubscribe("nodemm.shelf.rewrite", onRewrite);
  shelf.close();
  expect(found).toBeDefined();
  return found!;
}

test("a catalog that cannot be written anew leaves the shelf readable as it was before, whichever call fails", () => {
  const [first, end] = callsOfRewrite();
  expect(end - first).toBeGreaterThan(4);
  for (let fatal = first; fatal < end; fatal++) {
    const { region } = failingFrom(fatal);
    const shelf = openShelf(region);
    const committed = work(shelf, () => undefined);
    const found = new Map([...shelf.keys()].filter((name) => name !== "list").map((name) => [name, shelf.get(name)]));
    expect(found, `call ${fatal}`).toStrictEqual(committed);
    expect((shelf.get("list") as List).toArray(), `call ${fatal}`).toStrictEqual(["a", 1, "c"]);
    try {
      // Seals the catalog, where nothing of it has failed.
      shelf.close();
    } catch (caught) {
      expect(caught).toBe(error);
    }
  }
});
