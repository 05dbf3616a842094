import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { findChecksumTests } from "../src/mutants/checksum-tests.ts";
import { applyChange } from "../src/mutants/source-change.ts";

function textsOf(source: string): string[] {
  return findChecksumTests(source, "fixture.js").map(({ line, text }) => `${line}: ${text}`);
}

test("finds comparisons with a call, with a variable made by one, also in closures, and with either operator", () => {
  const source = `
    class Log {
      #region;
      direct() { return this.#region.crc32c(0, 8) === this.words[0]; }
      variable(words) {
        let crc = this.region.crc32c(4, 8);
        words.forEach((word) => { crc = crc32c(word, crc); });
        if (crc !== words[0]) throw new Error();
      }
      stored() { const ok = checksum(1) === 2; return ok; }
    }
    const unseal = (low, high) => (high >>> 16 === foldedCrc(low, high) ? low : -1);
  `;
  expect(textsOf(source)).toEqual([
    "4: this.#region.crc32c(0, 8) === this.words[0]",
    "8: crc !== words[0]",
    "10: checksum(1) === 2",
    "12: high >>> 16 === foldedCrc(low, high)",
  ]);
});

test("a variable of the same name in another function is another variable", () => {
  const source = `
    function a() { const crc = crc32c(1); words[0] = crc; }
    function b(crc) { return crc === 3; }
  `;
  expect(textsOf(source)).toEqual([]);
});

test("checksums that are written, returned, kept or continued are no tests", () => {
  const source = `
    words[0] = crc32c(1);
    function seed() { return crc32c(2); }
    const copy = { seed: crc32c(3) };
    function chained() { words[1] = crc32c(1, crc32c(2)); }
  `;
  expect(textsOf(source)).toEqual([]);
});

test("a checksum that is used in a way that it does not know is an error, so that no test is overlooked", () => {
  const source = "function check(words) {\n  if (Object.is(crc32c(1), words[0])) return;\n}";
  expect(() => findChecksumTests(source, "fixture.js")).toThrow(/^fixture\.js:2: .* neither compared nor written/u);
});

test("the change finds the checksum right, and still computes it", () => {
  for (const [source, right] of [
    ["crc32c() === stored", true],
    ["crc32c() !== stored", false],
  ] as const) {
    const [change] = findChecksumTests(source, "fixture.js");
    let computed = 0;
    const sandbox = { stored: 1, crc32c: () => ++computed + 1 };
    expect(runInNewContext(applyChange(source, change), sandbox)).toBe(right);
    expect(computed).toBe(1);
  }
});
