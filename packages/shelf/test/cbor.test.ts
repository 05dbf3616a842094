import { encode, TypeEncoderMap } from "cbor2";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cborEncoder } from "../src/codecs/cbor.ts";

test("the bytes of plain data are those that the library's own encoder makes", () => {
  const own = cborEncoder(new TypeEncoderMap());
  const seed = Date.now();
  const values = fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: false });
  const check = (value: unknown): void => {
    expect(own(value)).toStrictEqual(encode(value, { collapseBigInts: false }));
  };
  fc.assert(fc.property(values, check), { seed, numRuns: 2000 });
  const long = { text: "x".repeat(5000), list: Array.from({ length: 1000 }, (_, at) => ({ at, half: at / 2 })) };
  for (const value of [long, {}, { constructor: 1 }, JSON.parse('{"__proto__":{"a":[]}}'), { 1: 2, "": null }]) {
    check(value);
  }
});
