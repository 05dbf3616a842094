import { expect, test } from "vitest";
import { ImageSet } from "../src/power-failure/image-set.ts";
import { Random } from "../src/power-failure/random.ts";

test("an image set holds what a Set of the same pairs holds, zero included, through every enlargement", () => {
  const hashes = new ImageSet();
  const known = new Set<string>();
  const random = new Random(3);
  let wrong = 0;
  for (let step = 0; step < 20_000; step++) {
    // Few distinct values in one half, so that equal halves and collisions happen.
    const a = random.below(2) === 0 ? random.below(50) : random.next() | 0;
    const b = random.below(100) - 50;
    if (hashes.has(a, b) !== known.has(`${a},${b}`)) wrong++;
    if (hashes.add(a, b) === known.has(`${a},${b}`)) wrong++;
    known.add(`${a},${b}`);
  }
  expect(wrong).toBe(0);
  expect(hashes.has(0, 0)).toBe(true);
  expect(hashes.size).toBe(known.size);
  const other = new ImageSet();
  other.add(1, 1_000_000);
  other.addAll(hashes.hashes());
  other.addAll(hashes.hashes());
  expect(other.size).toBe(known.size + 1);
  expect(other.has(0, 0)).toBe(true);
});
