import { existsSync, statSync } from "node:fs";
import { dram } from "@nodemm/emulator";
import { PmemError } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { openShelf, openShelfAsync, ShelfError } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("openShelfAsync makes a shelf, and opens it again with nothing but its path, as openShelf does", async () => {
  const path = freshPath();
  const made = await openShelfAsync<{ x: number }>(path, { size: "1 MiB" });
  made.vars.x = 7;
  const locked = await rejection(openShelfAsync(path));
  expect(locked).toBeInstanceOf(PmemError);
  expect(locked).toMatchObject({ code: "ERR_PMEM_LOCKED" });
  made.close();
  using again = await openShelfAsync<{ x: number }>(path);
  expect(again.vars.x).toBe(7);
});

test("the event loop turns while the space of a new file is allocated", async () => {
  const path = freshPath();
  let turns = 0;
  let opened = false;
  const turn = (): void => {
    turns++;
    if (!opened) setImmediate(turn);
  };
  setImmediate(turn);
  const shelf = await openShelfAsync(path, { size: "256 MiB" });
  opened = true;
  expect(turns).toBeGreaterThan(0);
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(256 * 2 ** 20);
  shelf.close();
});

test("an abort leaves no file, and says so by a code", async () => {
  const path = freshPath();
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const error = await rejection(openShelfAsync(path, { size: "64 MiB", signal: controller.signal }));
  expect(error).toMatchObject({ code: "ERR_PMEM_ABORTED" });
  expect(existsSync(path)).toBe(false);
});

test("what openShelf throws, openShelfAsync rejects with, and never throws", async () => {
  const path = freshPath();
  const cases: [open: () => Promise<unknown>, code: string | undefined][] = [
    [() => openShelfAsync(path), "ERR_PMEM_NOT_FOUND"],
    [() => openShelfAsync(path, { size: 10 }), "ERR_SHELF_SIZE"],
    [() => openShelfAsync(path, { size: "1 MiB", forceNew: 1 as never }), undefined],
    [() => openShelfAsync(5 as never), undefined],
    [() => openShelfAsync(path, null as never), undefined],
  ];
  for (const [open, code] of cases) {
    const error = await rejection(open());
    if (code === undefined) expect(error).toBeInstanceOf(TypeError);
    else expect(error).toMatchObject({ code });
  }
  expect(existsSync(path)).toBe(false);
});

test("a region is opened too, and is the shelf's from then on", async () => {
  const region = dram({ size: 2 ** 20 });
  const shelf = await openShelfAsync(region);
  shelf.set("x", 1);
  shelf.close();
  expect(region.closed).toBe(true);
  const broken = dram({ image: new Uint8Array(2 ** 16).fill(1) });
  const error = await rejection(openShelfAsync(broken));
  expect(error).toBeInstanceOf(ShelfError);
  expect(broken.closed).toBe(true);
});

test("openShelf and openShelfAsync open each other's shelves", async () => {
  const path = freshPath();
  openShelf(path, { size: "1 MiB" }).set("list of", [1, 2]).close();
  (await openShelfAsync(path)).set("more", 3).close();
  using shelf = openShelf(path);
  expect([...shelf]).toStrictEqual([
    ["list of", [1, 2]],
    ["more", 3],
  ]);
});
