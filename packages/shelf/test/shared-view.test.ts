import { dram } from "@nodemm/emulator";
import { PmemError } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { openShelf, ShelfError } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

function hasSharedViews(): boolean {
  using shelf = openShelf(freshPath(), { size: "1 MiB" });
  return shelf.sharedViews;
}

test.runIf(hasSharedViews())(
  "a worker changes a variable's own bytes, which are given to nothing else for as long as it holds them",
  () => {
    const { reports, stderr, status } = runScript("shared-view.mjs", [freshPath()], [], ["--expose-gc"]);
    expect(status, stderr).toBe(0);
    expect(reports).toStrictEqual([
      { counted: true, stayed: true, kept: "ERR_SHELF_NO_SPACE", filled: true, clean: true },
    ]);
  },
);

test.runIf(hasSharedViews())("of a variable without bytes it is empty, and of none it is refused", () => {
  using shelf = openShelf(freshPath(), { size: "1 MiB" });
  expect(shelf.set("x", 1).sharedView("x").byteLength).toBe(0);
  expect(thrownBy(() => shelf.sharedView("y"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
});

test("where there are none, asking for one says so", () => {
  using shelf = openShelf(dram({ size: 1 << 20 }));
  shelf.set("x", new Uint8Array(8));
  expect(shelf.sharedViews).toBe(false);
  expect(thrownBy(() => shelf.sharedView("x"), PmemError).code).toBe("ERR_PMEM_UNSUPPORTED");
});
