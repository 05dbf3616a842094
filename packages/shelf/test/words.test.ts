import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readU53, sealHigh, SealedWord, unseal, writeU53 } from "../src/words.ts";

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

/** A sealed word's check from the CRC-32C of its bytes, as docs/format.md has it. */
function checkOf(value: bigint): number {
  let crc = 0xffffffff;
  for (let byte = 0n; byte < 6n; byte++) {
    crc ^= Number((value >> (8n * byte)) & 0xffn);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc;
  return (crc ^ (crc >>> 16)) & 0xffff;
}

test("a sealed word carries the folded CRC-32C of its value, whatever stands beyond its 48 bits", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }),
      fc.nat(99),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (value, above, part) => {
        const high16 = Number(value >> 32n);
        const high = sealHigh(Number(value & 0xffffffffn), high16 + above * 0x10000 + part);
        expect(high).toBe(checkOf(value) * 0x10000 + high16);
      },
    ),
  );
});

test("a sealed word is stored as it was made, where it is told to", () => {
  const words = new BigUint64Array(3);
  const word = new SealedWord();
  word.make(5, 0x1_0002);
  expect([...words]).toEqual([0n, 0n, 0n]);
  word.storeAt(words, 1);
  word.make(7, 0);
  expect([...words]).toEqual([0n, (BigInt(sealHigh(5, 2)) << 32n) | 5n, 0n]);
});

test("a sealed word is never seen in halves, by another thread while it is being stored", async () => {
  const memory = new BigUint64Array(new SharedArrayBuffer(24));
  const both = [0, 0xffffffff].map((low) => (BigInt(sealHigh(low, low & 0xffff)) << 32n) | BigInt(low));
  memory[1] = both[0];
  const words = new URL("../dist/words.js", import.meta.url).href;
  const code = `import(${JSON.stringify(words)}).then(({ SealedWord }) => {
    const memory = require("node:worker_threads").workerData;
    const words = [0, 0xffffffff].map((low) => {
      const word = new SealedWord();
      word.make(low, low & 0xffff);
      return word;
    });
    for (let each = 0; Atomics.load(memory, 2) === 0n; each ^= 1) words[each].storeAt(memory, 1);
  });`;
  const worker = new Worker(code, { eval: true, workerData: memory });
  const ended = once(worker, "exit");
  const seen = new Set<bigint>();
  const until = Date.now() + 10_000;
  for (let looks = 0; looks < 3_000_000 && Date.now() < until;) {
    const word = Atomics.load(memory, 1);
    // Until it has begun there is nothing to see.
    if (seen.size > 1) looks++;
    seen.add(word);
    if (seen.size < 2) await new Promise(setImmediate);
  }
  Atomics.store(memory, 2, 1n);
  expect(await ended).toEqual([0]);
  expect(seen).toEqual(new Set(both));
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
