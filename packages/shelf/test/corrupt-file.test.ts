/** The same as corruption.test.ts in files, fewer times: what opening a damaged file by its path does to the file. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { damage, metadataOf } from "./support/damage.ts";
import { differenceFrom } from "./support/examine.ts";
import { freshPath } from "./support/folders.ts";
import { shelfImages } from "./support/shelf-images.ts";

const rounds = Math.ceil(Number(process.env["NODEMM_CORRUPTIONS"] ?? 14_000) / 117);
const seed = Number(process.env["NODEMM_CORRUPTION_SEED"] ?? 1);
const shapes = [
  "many names after rewrites of the catalog, closed",
  "killed in a transaction whose log goes on elsewhere",
];

function tryOpening(path: string): Shelf | ShelfError {
  try {
    return openShelf(path);
  } catch (error) {
    if (error instanceof ShelfError) return error;
    throw error;
  }
}

describe.each(shapes)("a damaged file: %s (P12)", (what) => {
  const { image, expected } = shelfImages[what]();
  const anatomy = anatomyOf(image);
  const places = [...metadataOf(anatomy), { start: 0, end: image.length }];

  test("is refused and keeps its bytes, or opens, takes a change, and opens again with all of it", () => {
    const path = freshPath();
    const tally = { refused: 0, opened: 0 };
    for (let index = 0; index < rounds; index++) {
      const damaged = damage(image, places, seed, index);
      const where = `seed ${seed}, index ${index}: ${damaged.what}`;
      writeFileSync(path, damaged.image);
      const shelf = tryOpening(path);
      if (shelf instanceof ShelfError) {
        expect(shelf.code, where).toMatch(/^ERR_SHELF_(CORRUPT|NOT_A_SHELF)$/u);
        expect(Buffer.compare(readFileSync(path), damaged.image), where).toBe(0);
        expect(statSync(path).size, where).toBe(damaged.image.length);
        tally.refused++;
        continue;
      }
      expect(differenceFrom(expected, shelf, anatomy, damaged.touched), where).toBe(undefined);
      shelf.set("after", index).close();
      using again = openShelf(path);
      expect(again.get("after"), where).toBe(index);
      again.delete("after");
      expect(differenceFrom(expected, again, anatomy, damaged.touched), where).toBe(undefined);
      tally.opened++;
    }
    console.log(`seed ${seed}: ${tally.refused} files refused, ${tally.opened} opened`);
    expect(Math.min(tally.refused, tally.opened)).toBeGreaterThan(0);
  }, 300_000);
});
