import fc from "fast-check";
import { expect, test } from "vitest";
import { readU53, sealHigh, unseal, writeU53 } from "../src/words.ts";

test("a u53 comes back, and what is no safe integer reads as NaN", () => {
  const words = new Uint32Array(2);
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      writeU53(words, 0, value);
      expect(new DataView(words.buffer).getBigUint64(0, true)).toBe(BigInt(value));
      expect(readU53(words, 0)).toBe(value);
    }),
  );
  words.set([0, 0x00200000]);
  expect(readU53(words, 0)).toBeNaN();
});

test("a sealed word comes back, and any one, two or three flipped bits are noticed", () => {
  const value = fc.bigInt({ min: 0n, max: 2n ** 48n - 1n });
  const bits = fc.uniqueArray(fc.nat(63), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(value, bits, (number, flips) => {
      const low = Number(number & 0xffffffffn);
      const high = sealHigh(low, Number(number >> 32n));
      expect(unseal(low, high)).toBe(Number(number));
      const word = [low, high];
      for (const bit of flips) word[bit >> 5] = (word[bit >> 5] ^ (1 << (bit & 31))) >>> 0;
      expect(unseal(word[0], word[1])).toBe(-1);
    }),
    { numRuns: 5000 },
  );
});
