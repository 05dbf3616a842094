import { ShelfError, type Stored } from "@nodemm/shelf";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMeta, encodeMeta, openArray } from "../src/codec.ts";
import { dtypeInfo, dtypes } from "../src/index.ts";

const good = encodeMeta({ dtype: "float64", shape: [2, 3], order: "C" });

/** `meta` with one byte changed. */
function changed(meta: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = meta.slice();
  copy[at] = byte;
  return copy;
}

describe("an array's catalog record", () => {
  test("is laid out as documented", () => {
    expect([...encodeMeta({ dtype: "uint16", shape: [258, 1], order: "F" })]).toStrictEqual([
      ...[1, 7, 1, 2, 0, 0, 0, 0],
      ...[2, 1, 0, 0, 0, 0, 0, 0],
      ...[1, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  test("comes back as it was written", () => {
    const shapes = fc.array(fc.nat({ max: 1000 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(...dtypes),
        shapes,
        fc.constantFrom("C" as const, "F" as const),
        (dtype, shape, order) => {
          const bytes = shape.reduce((product, length) => product * length, dtypeInfo(dtype).itemsize);
          const meta = encodeMeta({ dtype, shape, order });
          expect(decodeMeta(meta, bytes, "x")).toStrictEqual({ dtype, shape, order });
        },
      ),
    );
  });

  const damaged: [what: string, meta: Uint8Array, byteLength: number][] = [
    ["an empty record", new Uint8Array(0), 48],
    ["a record cut short", good.subarray(0, 23), 48],
    ["a record with bytes behind it", new Uint8Array([...good, 0]), 48],
    ["another version", changed(good, 0, 2), 48],
    ["an unknown dtype", changed(good, 1, 0), 48],
    ["a dtype of another size", changed(good, 1, 10), 48],
    ["an unknown order", changed(good, 2, 2), 48],
    ["too many axes", changed(good, 3, 65), 48],
    ["too few axes", changed(good, 3, 1), 48],
    ["a reserved byte", changed(good, 6, 1), 48],
    ["an extent too short", good, 40],
    ["an extent too long", good, 56],
    ["a length beyond 2^53 beside a 0", encodeMeta({ dtype: "int8", shape: [0, 2 ** 53], order: "C" }), 0],
    // 2^32 * 2^32 is 0 modulo 2^64.
    ["a product that overflows", encodeMeta({ dtype: "int8", shape: [2 ** 32, 2 ** 32], order: "C" }), 0],
  ];

  test.each(damaged)("%s is ERR_SHELF_CORRUPT and names the variable", (_, meta, byteLength) => {
    const open = (): unknown =>
      openArray({
        name: "weights",
        meta,
        byteLength,
        storage: () => {
          throw new Error("the bytes were touched before the record was believed");
        },
      } satisfies Stored);
    expect(open).toThrow(ShelfError);
    expect(open).toThrow(expect.objectContaining({ code: "ERR_SHELF_CORRUPT", variable: "weights" }));
  });
});
