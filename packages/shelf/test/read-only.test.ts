import { dram } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { openShelf, openShelfAsync, ShelfReader } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

test("openShelf with readOnly is a reader, and takes what a reader takes", async () => {
  const path = freshPath();
  using shelf = openShelf(path, { size: "1 MiB" }).set("number", 1);
  using reader = openShelf<{ number: number }>(path, { readOnly: true });
  using later = await openShelfAsync<{ number: number }>(path, { readOnly: true });
  for (const each of [reader, later]) {
    expect(each).toBeInstanceOf(ShelfReader);
    const number: number | undefined = each.get("number");
    expect(number).toBe(1);
  }
  expect(() => openShelf(path, { readOnly: true, size: "1 MiB" } as { readOnly: true })).toThrow(/no option "size"/u);
  expect(() => openShelf(path, { readOnly: "yes" } as object)).toThrow(/readOnly must be true or false/u);
  const region = dram({ size: 65_536 });
  expect(() => openShelf(region, { readOnly: true } as object)).toThrow(/readOnly goes with a path/u);
  expect(region.closed).toBe(true);
  expect(shelf.get("number")).toBe(1);
});
