/** What `refresh` of a reader does to what it has handed out, and what readers meet beside a writer at the wrong moment. */
import { closeSync, openSync, readSync, statSync, truncateSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { MappedFile } from "@nodemm/pmem-native";
import { beforeEach, describe, expect, test } from "vitest";
import {
  attachShelf,
  list,
  openReader,
  openShelf,
  openShelfAsync,
  type Shelf,
  ShelfError,
  ShelfReader,
} from "../src/index.ts";
import { CodecRegistry } from "../src/codecs/registry.ts";
import { superblock, superblockBytes, superblockOffsets } from "../src/layout.ts";
import { mapBeside } from "../src/map-path.ts";
import { movingMark } from "../src/readers/marks.ts";
import { fillWithOther } from "./support/fill.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

let path: string;

beforeEach(() => {
  path = freshPath();
});

function bytesOf(value: unknown): Uint8Array {
  return value as Uint8Array;
}

function makeShelf(): Shelf {
  return openShelf(path, { size: "1 MiB" }).set("bytes", new Uint8Array(300_000).fill(1)).set("number", 1);
}

/** Values that are opened anew each time, and the typed array in each of them. */
const openedAnew: Record<string, { value: () => unknown; arrayOf: (reader: ShelfReader) => Uint8Array }> = {
  "an item of a list": {
    value: () => list([new Uint8Array(300_000).fill(3)]),
    arrayOf: (reader) => bytesOf((reader.get("gone") as unknown[])[0]),
  },
  "an array in plain data": {
    value: () => ({ array: new Uint8Array(300_000).fill(3) }),
    arrayOf: (reader) => (reader.get("gone") as { array: Uint8Array }).array,
  },
  "a variable's bytes": {
    value: () => new Uint8Array(300_000).fill(3),
    arrayOf: (reader) => reader.bytes("gone") as Uint8Array,
  },
};

describe.each(Object.entries(openedAnew))("%s", (_, { value, arrayOf }) => {
  test.each(["delete", "replace", "grow"])("is detached from a reader that refreshes after %s", (how) => {
    using shelf = makeShelf().set("gone", value());
    using reader = openReader(path);
    const arrays = [arrayOf(reader), arrayOf(reader)];
    if (how === "delete") shelf.delete("gone");
    else if (how === "replace") shelf.set("gone", 1);
    else shelf.grow("2 MiB");
    expect(arrays.map((each) => each[0])).toStrictEqual([3, 3]);
    reader.refresh();
    fillWithOther(shelf);
    expect(arrays.map((each) => each.length)).toStrictEqual([0, 0]);
  });

  test("stays valid while the writer changes something else, and until the reader is closed", () => {
    using shelf = makeShelf().set("gone", value());
    const reader = openReader(path);
    const array = arrayOf(reader);
    shelf.set("number", 2).delete("bytes");
    reader.refresh();
    fillWithOther(shelf);
    expect(array).toHaveLength(300_000);
    expect(array.every((each) => each === 3)).toBe(true);
    reader.close();
    expect(array).toHaveLength(0);
  });

  test("that an attached worker still has is not the place of another variable", () => {
    using shelf = makeShelf().set("gone", value());
    using worker = attachShelf(path);
    const array = arrayOf(worker);
    shelf.delete("gone");
    worker.refresh();
    fillWithOther(shelf);
    expect(() => array.fill(0xff)).toThrow(TypeError);
    for (const name of shelf.keys()) if (name !== "number") expect(bytesOf(shelf.get(name))).not.toContain(0xff);
  });
});

test.each<readonly [string, (shelf: Shelf) => void]>([
  ["swap", (shelf) => shelf.swap("best", "candidate")],
  ["rename", (shelf) => shelf.rename("candidate", "best")],
])("small values that were set in one transaction are told apart after %s", (_, change) => {
  using shelf = makeShelf();
  shelf.transaction(() => shelf.set("best", 1).set("candidate", 2));
  using reader = openReader(path);
  expect([reader.get("best"), reader.get("candidate")]).toStrictEqual([1, 2]);
  change(shelf);
  reader.refresh();
  expect(reader.get("best")).toBe(shelf.get("best"));
  expect(reader.get("candidate")).toBe(shelf.get("candidate"));
});

describe("compaction and attached workers:", () => {
  test("nothing is moved while one is attached, so that what it stores is the owner's", () => {
    using shelf = makeShelf().set("gone", new Uint8Array(100_000)).set("counts", new Uint8Array(50_000));
    shelf.delete("gone");
    using reader = openReader(path);
    const worker = attachShelf(path);
    const counts = bytesOf(worker.get("counts"));
    expect(shelf.compact({ detachViews: true })).toMatchObject({ moved: 0, pinnedBytes: 350_000 });
    counts[0] = 7;
    expect(bytesOf(shelf.get("counts"))[0]).toBe(7);
    worker.close();
    expect(shelf.compact({ detachViews: true }).moved).toBeGreaterThan(0);
    reader.refresh();
    expect([shelf, reader].map((each) => bytesOf(each.get("counts"))[0])).toStrictEqual([7, 7]);
  });

  test("nobody attaches while extents are moved", () => {
    using shelf = makeShelf();
    using owner = mapBeside(path, true);
    owner.marks.set(movingMark);
    expect(thrownBy(() => attachShelf(path), ShelfError)).toMatchObject({ code: "ERR_SHELF_BUSY" });
    openReader(path).close();
    owner.marks.clear(movingMark);
    attachShelf(path).close();
    expect(shelf.compact().pinnedBytes).toBe(0);
  });
});

/** A reader whose regions are what `change` makes of them. */
function readerThrough(change: (region: MappedFile) => MappedFile): ShelfReader {
  return new ShelfReader({ map: () => change(mapBeside(path, true)), codecs: new CodecRegistry(), attaches: false });
}

/** Calls `look` before each view that is asked of a region, and `then` after each checksum. */
function watchViews(region: MappedFile, look: (offset: number) => void, then?: () => void): MappedFile {
  return new Proxy(region, {
    get(target, key): unknown {
      const found: unknown = Reflect.get(target, key, target);
      if (typeof found !== "function") return found;
      return (...args: unknown[]): unknown => {
        if (key === "view") look(args[0] as number);
        const result: unknown = Reflect.apply(found, target, args);
        if (key === "crc32c") then?.();
        return result;
      };
    },
  });
}

test("a writer that commits whenever a reader has seen where the catalog ends does not keep the reader from opening", () => {
  using shelf = makeShelf();
  let views = 0;
  let isBusy = true;
  using reader = readerThrough((region) =>
    watchViews(region, (offset) => {
      // The superblocks lie at 0. The first view of the catalog tells its end, the second is to be copied.
      if (isBusy && offset > 0 && ++views % 2 === 0) shelf.set("number", views);
    }),
  );
  isBusy = false;
  expect([views, reader.get("number")]).toStrictEqual([2, 1]);
  reader.refresh();
  expect(reader.get("number")).toBe(2);
});

/** Clears bytes of both superblock copies, as a writer that rewrites them does; gives what undoes it. */
function clearSuperblocks(start: number, end: number): () => void {
  const file = openSync(path, "r+");
  const before = Buffer.alloc(superblockBytes);
  readSync(file, before, 0, superblockBytes, 0);
  for (const offset of superblockOffsets) writeSync(file, Buffer.alloc(end - start), 0, null, offset + start);
  return () => {
    for (const offset of superblockOffsets) writeSync(file, before, 0, superblockBytes, offset);
    closeSync(file);
  };
}

test("a superblock that a writer rewrites after its checksum has been compared is read again", () => {
  using shelf = makeShelf();
  let restore: (() => void) | undefined;
  let checksums = 0;
  using reader = readerThrough((region) =>
    watchViews(
      region,
      () => {
        restore?.();
        restore = undefined;
      },
      () => {
        if (++checksums === 1) restore = clearSuperblocks(superblock.formatVersion.offset, superblock.crc.offset);
      },
    ),
  );
  expect(reader.get("number")).toBe(shelf.get("number"));
  expect(reader.inspect().uuid).toBe(shelf.uuid);
});

test("a superblock that a writer has just cleared, to rewrite it, does not make the file another", () => {
  using shelf = makeShelf();
  let views = 0;
  let restore: (() => void) | undefined;
  using reader = readerThrough((region) =>
    watchViews(region, () => {
      views++;
      if (views === 1) restore = clearSuperblocks(0, superblockBytes);
      else if (views === 2) restore?.();
    }),
  );
  expect(reader.get("number")).toBe(shelf.get("number"));
});

test("a writer that grows the shelf just after a reader has mapped it does not keep the reader from opening", () => {
  const shelf = makeShelf();
  let maps = 0;
  using reader = readerThrough((region) => {
    if (++maps <= 3) shelf.grow(region.length + 65_536);
    if (maps === 3) shelf.close();
    return region;
  });
  expect([maps, reader.get("number")]).toStrictEqual([4, 1]);
});

test.each<readonly [unknown, unknown]>([
  ["", {}],
  ["state.shelf", null],
  ["state.shelf", "types"],
])("openReader(%j, %j) is refused in words", (file, options) => {
  for (const open of [openReader, attachShelf]) {
    expect(thrownBy(() => open(file as string, options as object), TypeError).message).toMatch(
      /^(?:a reader|openReader|attachShelf) takes /u,
    );
  }
});

test("a file that was cut short is damaged, however often it is mapped", () => {
  makeShelf().close();
  truncateSync(path, 2 ** 19);
  expect(thrownBy(() => openReader(path), ShelfError)).toMatchObject({
    code: "ERR_SHELF_CORRUPT",
    message: expect.stringContaining("cut short") as string,
  });
});

describe("of a relative path, in a process that goes to another folder,", () => {
  const before = process.cwd();

  beforeEach(() => {
    process.chdir(dirname(path));
    return () => {
      process.chdir(before);
    };
  });

  test("a reader finds its file again when the shelf has grown", () => {
    using shelf = makeShelf();
    using reader = openReader(basename(path));
    process.chdir(before);
    shelf.grow("2 MiB");
    expect(reader.refresh()).toBe(true);
    expect(reader.inspect().size).toBe(2 ** 21);
  });

  test("a shelf that is opened meanwhile gives back the end of its own file", async () => {
    const opening = openShelfAsync(basename(path), { size: "1 MiB", capacity: "1 GiB" });
    process.chdir(before);
    const shelf = await opening;
    shelf.grow("4 MiB");
    shelf.compact({ shrink: true });
    shelf.close();
    expect(statSync(path).size).toBeLessThan(2 ** 22);
  });
});
