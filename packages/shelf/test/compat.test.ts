/** What earlier releases wrote opens, or says exactly why not (P14). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { checkShelf, type List, openReader, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { formatVersion, superblock, superblockOffsets } from "../src/layout.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

const folder = join(import.meta.dirname, "compat");
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".json"));

function imageOf(fixture: string): Uint8Array {
  const { gzip } = JSON.parse(readFileSync(join(folder, fixture), "utf8")) as { gzip: string[] };
  return new Uint8Array(gunzipSync(Buffer.from(gzip.join(""), "base64")));
}

/** The image with a field of both superblock copies set, and their checksums put right. */
function withField(image: Uint8Array, { offset }: { offset: number }, value: number): Uint8Array {
  const changed = image.slice();
  const view = new DataView(changed.buffer);
  for (const copy of superblockOffsets) {
    view.setUint32(copy + offset, value, true);
    const crc = dram({ image: changed }).crc32c(copy, superblock.crc.offset);
    view.setUint32(copy + superblock.crc.offset, crc, true);
  }
  return changed;
}

function expectContent(shelf: Pick<Shelf, "get" | "info">): void {
  expect([shelf.get("number"), shelf.get("text"), shelf.get("ü"), shelf.get("replaced")]).toStrictEqual([
    0.5,
    "Grüße, 世界",
    3,
    2,
  ]);
  expect(shelf.get("floats")).toStrictEqual(new Float64Array([1.5, -2, Infinity]));
  expect(shelf.get("plain")).toStrictEqual({ list: [1, null, true], when: new Date(5), big: 2n ** 80n });
  expect([...(shelf.get("queue") as List)]).toStrictEqual([1, "two", new Uint8Array([3])]);
  expect([shelf.get("a"), shelf.get("b")]).toStrictEqual(["was a", "was b"]);
  expect(shelf.get("changed")).toStrictEqual(new Uint8Array(200));
  expect(shelf.get("erased")).toBe(undefined);
  expect(shelf.info("sealed")).toMatchObject({ sealed: true, byteLength: 110 });
}

test("there is a fixture of the present format", () => {
  expect(fixtures).toContain(`format-${formatVersion}.json`);
});

describe.each(fixtures)("%s", (fixture) => {
  const image = imageOf(fixture);

  test("is whole, opens with what it held, rolls back what was cut short, and takes changes", () => {
    expect(checkShelf(dram({ image }))).toMatchObject({ ok: true, findings: [{ structure: "undo lane" }] });
    const path = freshPath();
    writeFileSync(path, image);
    using reader = openReader(path);
    expectContent(reader);
    const shelf = openShelf(path);
    expectContent(shelf);
    for (let round = 0; round < 200; round++) shelf.set("new", round);
    shelf.close();
    using again = openShelf(path);
    expectContent(again);
    expect(again.get("new")).toBe(199);
    expect(again.check()).toMatchObject({ ok: true, findings: [] });
  });
});

describe("what this release does not know is refused, untouched, and said", () => {
  const image = imageOf(`format-${formatVersion}.json`);
  const cases = [
    { field: superblock.formatVersion, value: 99, code: "ERR_SHELF_FORMAT_VERSION", words: /version 99.*version 1/u },
    { field: superblock.endianMark, value: 0x04030201, code: "ERR_SHELF_FORMAT_VERSION", words: /byte order/u },
    { field: superblock.incompatFeatures, value: 0x80, code: "ERR_SHELF_FEATURES", words: /incompat 0x80/u },
    {
      field: superblock.roCompatFeatures,
      value: 0x40,
      code: "ERR_SHELF_FEATURES",
      words: /ro-compat 0x40.*openReader/u,
    },
  ];

  test.each(cases)("$words", ({ field, value, code, words }) => {
    const path = freshPath();
    const changed = withField(image, field, value);
    writeFileSync(path, changed);
    expect(thrownBy(() => openShelf(path), ShelfError)).toMatchObject({
      code,
      message: expect.stringMatching(words) as never,
    });
    expect(checkShelf(path).ok).toBe(false);
    expect(Buffer.compare(readFileSync(path), changed)).toBe(0);
  });

  test("features that only a writer must know do not keep a reader out", () => {
    const path = freshPath();
    writeFileSync(path, withField(image, superblock.roCompatFeatures, 0x40));
    using reader = openReader(path);
    expectContent(reader);
  });

  test("features that nobody must know keep nobody out", () => {
    using shelf = openShelf(dram({ image: withField(image, superblock.compatFeatures, 0x20) }));
    expectContent(shelf);
  });

  test("and stay when the superblock is rewritten, by a change of size, and by a repair of one copy", () => {
    const path = freshPath();
    const compatOf = (bytes: Uint8Array): number[] =>
      superblockOffsets.map((copy) =>
        new DataView(bytes.buffer).getUint32(copy + superblock.compatFeatures.offset, true),
      );
    const changed = withField(image, superblock.compatFeatures, 0x20);
    changed[superblockOffsets[0] + superblock.sizeBytes.offset] ^= 1;
    writeFileSync(path, changed);
    const shelf = openShelf(path);
    expect(compatOf(new Uint8Array(readFileSync(path)))).toStrictEqual([0x20, 0x20]);
    const { superblockSequence } = shelf.inspect();
    shelf.grow(2 * shelf.usage().size);
    expect(shelf.inspect().superblockSequence).toBeGreaterThan(superblockSequence);
    shelf.close();
    expect(compatOf(new Uint8Array(readFileSync(path)))).toStrictEqual([0x20, 0x20]);
  });
});
