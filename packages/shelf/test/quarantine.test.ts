import { readFileSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { checkShelf, openReader, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

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
  const pages = bad.map(({ offset, length }) => ({
    start: Math.floor(offset / 4096) * 4096,
    end: Math.ceil((offset + length) / 4096) * 4096,
  }));
  const shelf = openOnBadMedium(path, bad);
  expect(shelf.check().findings.map(({ severity, variable }) => [severity, variable])).toStrictEqual([
    ["error", undefined],
    ["error", "bytes"],
    ["warning", undefined],
    ["warning", undefined],
  ]);
  const ranges = shelf.quarantine();
  // Of the page that the variable ends in, what is behind it.
  expect(ranges.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(pages[1].end - end + 4096 + 4096);
  expect(shelf.quarantine()).toStrictEqual([]);
  expect(shelf.check({ data: true }).findings.map(({ severity, variable }) => [severity, variable])).toStrictEqual([
    ["error", undefined],
    ["error", "bytes"],
    ["note", undefined],
    ["note", undefined],
  ]);
  shelf.close();

  using again = openShelf(path);
  expect([...again.keys()]).toStrictEqual(["bytes", ...ranges.map(({ name }) => name)]);
  again.compact();
  fill(again);
  expect(again.usage().free).toBeLessThan(65_536);
  for (const name of again.keys()) {
    const { offset, byteLength, type } = again.info(name)!;
    if (type === "quarantine" || name === "bytes" || offset === 0) continue;
    // Without what the catalog has of it: the data are whole units.
    const extentEnd = offset + Math.floor(byteLength / 64) * 64;
    const hit = pages.filter((each) => each.start < extentEnd && offset < each.end);
    expect(hit, name).toStrictEqual([]);
  }
  expect(again.check()).toMatchObject({ ok: true, findings: [] });
  const { free } = again.usage();
  again.delete(ranges[1].name);
  expect(again.usage().free).toBe(free + ranges[1].bytes);
  again.close();
  expect(checkShelf(path).ok).toBe(true);
});

test("what is set aside is neither read nor flushed nor changed, whatever is asked of it", () => {
  const path = freshPath();
  openShelf(path, { size: "1 MiB" }).close();
  const region = mapFile(path);
  const touched: number[] = [];
  const watched = new Proxy(region, {
    get(target, key) {
      if (key === "badBlocks") return { known: "value", value: [{ offset: 2 ** 19, length: 4096 }] };
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...parts: unknown[]): unknown => {
        const [offset, length] = parts;
        const isRange = typeof offset === "number" && typeof length === "number";
        if (isRange && key !== "publish" && offset < 2 ** 19 + 4096 && offset + length > 2 ** 19) touched.push(offset);
        return (value as (...parts: unknown[]) => unknown).apply(target, parts);
      };
    },
  });
  const shelf = openShelf(watched);
  const [{ name }] = shelf.quarantine();
  const before = touched.length;
  shelf.persist();
  const refused = { code: "ERR_SHELF_TYPE", message: expect.stringMatching(/bad place of the medium/u) as string };
  for (const work of [
    () => shelf.storage(name),
    () => shelf.snapshot(name),
    () => shelf.persist(name),
    () => shelf.seal(name),
    () => shelf.copy(name, "copy"),
  ]) {
    expect(thrownBy(work, ShelfError), work.toString()).toMatchObject(refused);
  }
  expect(() => shelf.get(name)).toThrow(ShelfError);
  expect(touched.slice(before)).toStrictEqual([]);
  shelf.rename(name, "bad");
  expect(shelf.check({ data: true }).findings.map(({ severity }) => severity)).toStrictEqual(["note"]);
  shelf.close();
  using reader = openReader(path);
  expect(thrownBy(() => reader.bytes("bad"), ShelfError)).toMatchObject(refused);
});
