import { readFileSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { checkShelf, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { freshPath } from "./support/folders.ts";

interface Bad {
  readonly offset: number;
  readonly length: number;
}

/** Opens a shelf whose medium, as the kernel would say, has bad blocks. */
function openOnBadMedium(path: string, value: readonly Bad[]): Shelf {
  return openShelf(Object.defineProperty(mapFile(path), "badBlocks", { value: { known: "value", value } }));
}

function fill(shelf: Shelf): void {
  for (const bytes of [65_536, 4096, 64]) {
    try {
      for (;;) shelf.set(`filler ${shelf.size}`, new Uint8Array(bytes));
    } catch (error) {
      if (!(error instanceof ShelfError && error.code === "ERR_SHELF_NO_SPACE")) throw error;
    }
  }
}

test("bad places of free space are kept from new variables, for good; those of variables are not touched", () => {
  const path = freshPath();
  openShelf(path, { size: "1 MiB" }).set("bytes", new Uint8Array(8192).fill(1)).close();
  const { end } = anatomyOf(new Uint8Array(readFileSync(path))).extents.get("bytes") as { end: number };
  const bad = [
    { offset: 4096, length: 512 },
    { offset: end - 512, length: 1024 },
    { offset: 2 ** 19, length: 4096 },
    { offset: 2 ** 20 - 512, length: 512 },
  ];
  const shelf = openOnBadMedium(path, bad);
  expect(shelf.check().findings.map(({ severity, variable }) => [severity, variable])).toStrictEqual([
    ["error", undefined],
    ["error", "bytes"],
    ["warning", undefined],
    ["warning", undefined],
  ]);
  const ranges = shelf.quarantine();
  expect(ranges.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(512 + 4096 + 512);
  expect(shelf.quarantine()).toStrictEqual([]);
  shelf.close();

  using again = openShelf(path);
  expect([...again.keys()]).toStrictEqual(["bytes", ...ranges.map(({ name }) => name)]);
  again.compact();
  fill(again);
  expect(again.usage().free).toBeLessThan(65_536);
  for (const name of again.keys()) {
    const { offset, byteLength, type } = again.info(name)!;
    if (type === "quarantine" || name === "bytes" || offset === 0) continue;
    const hit = bad.filter((each) => each.offset < offset + byteLength && offset < each.offset + each.length);
    expect(hit, name).toStrictEqual([]);
  }
  expect(again.check()).toMatchObject({ ok: true, findings: [] });
  const { free } = again.usage();
  again.delete(ranges[1].name);
  expect(again.usage().free).toBe(free + ranges[1].bytes);
  again.close();
  expect(checkShelf(path).ok).toBe(true);
});
