import { describe, expect, test } from "vitest";
import { lanesOffset } from "../src/layout.ts";
import { type Anatomy, anatomyOf, type Range } from "./support/anatomy.ts";
import { type Damage, damage, metadataOf } from "./support/damage.ts";
import { judge, type Verdict } from "./support/judge.ts";
import { shelfImages } from "./support/shelf-images.ts";
import { Watchdog } from "./support/watchdog.ts";

/**
 * How often the metadata of shelves is damaged, over all kinds of shelf; other places are damaged a fifth as often. A
 * failure names its seed and index: `NODEMM_CORRUPTION_SEED=seed NODEMM_CORRUPTION_INDEX=index` does that one alone.
 */
const corruptions = Number(process.env["NODEMM_CORRUPTIONS"] ?? 14_000);
const seed = Number(process.env["NODEMM_CORRUPTION_SEED"] ?? 1);
const only = process.env["NODEMM_CORRUPTION_INDEX"];
const shapes = Object.entries(shelfImages).map(([what, make]) => ({ what, make }));
const hangMilliseconds = 20_000;

/** How often opening refused, and how often it did not. */
interface Tally {
  refused: number;
  opened: number;
}

/**
 * Damages an image over and over and fails, with all that a replay needs, at the first damage that is not met as it must
 * be. What `meet` gives no verdict on does not count.
 */
function damageOften(
  image: Uint8Array,
  places: readonly Range[],
  count: number,
  meet: (damage: Damage) => Verdict | undefined,
): Tally {
  using watchdog = new Watchdog(`${expect.getState().currentTestName}: seed ${seed}`, hangMilliseconds);
  const tally = { refused: 0, opened: 0 };
  let index = only === undefined ? 0 : Number(only);
  const last = only === undefined ? Infinity : index;
  for (; tally.refused + tally.opened < count && index <= last; index++) {
    watchdog.begin(index);
    const each = damage(image, places, seed, index);
    const verdict = meet(each);
    if (verdict === undefined) continue;
    if (verdict.problem !== undefined)
      throw new Error(`seed ${seed}, index ${index}: ${each.what}: ${verdict.problem}`);
    tally[verdict.refused ? "refused" : "opened"]++;
  }
  console.log(`seed ${seed}: damaged to index ${index}, ${tally.refused} refused, ${tally.opened} opened`);
  return tally;
}

const share = Math.ceil(corruptions / shapes.length);
const otherShare = Math.ceil(share / 5);
/** Thirty times what it takes where nothing else runs. */
const limitMilliseconds = 60_000 + 30 * share;

describe.each(shapes)("$what (P12)", ({ what, make }) => {
  const { image, expected } = make();
  const anatomy: Anatomy = anatomyOf(image);

  test("it is what it is called", () => {
    const { superblock, undoEntries } = anatomy;
    const heap = lanesOffset + superblock.laneBytes;
    expect({
      rewritten: superblock.catalogGeneration > 2,
      inTransaction: undoEntries.length > 0,
      spilled: undoEntries.some((each) => each.start >= heap),
    }).toStrictEqual({
      rewritten: expected.length > 10,
      inTransaction: what.includes("transaction"),
      spilled: what.includes("log goes on"),
    });
  });

  test("undamaged, it opens with what it held", () => {
    expect(judge({ what: "", image, touched: [] }, anatomy, expected)).toStrictEqual({
      refused: false,
      problem: undefined,
    });
  });

  test(
    "damage to metadata is refused with its place, or does no harm",
    () => {
      const meet = (each: Damage): Verdict => judge(each, anatomy, expected);
      const tally = damageOften(image, metadataOf(anatomy), share, meet);
      expect(Math.min(tally.refused, tally.opened)).toBeGreaterThan(only === undefined ? share / 12 : -1);
    },
    limitMilliseconds,
  );

  test(
    "damage anywhere is refused with its place, or does no harm but to the bytes that it hit",
    () => {
      const everywhere = [{ start: 0, end: image.length }];
      const tally = damageOften(image, everywhere, otherShare, (each) => judge(each, anatomy, expected));
      expect(tally.opened).toBeGreaterThan(only === undefined ? tally.refused : -1);
    },
    limitMilliseconds,
  );

  test(
    "damage to bytes without meaning is never noticed",
    () => {
      const meet = (each: Damage): Verdict | undefined =>
        isHarmless(each, anatomy) ? judge(each, anatomy, expected) : undefined;
      expect(damageOften(image, anatomy.meaningless, otherShare, meet).refused).toBe(0);
    },
    limitMilliseconds,
  );
});

function isHarmless({ image, touched }: Damage, { meaningless, superblock }: Anatomy): boolean {
  if (image.length < superblock.sizeBytes) return false;
  return touched.every(({ start, end }) => meaningless.some((each) => each.start <= start && end <= each.end));
}
