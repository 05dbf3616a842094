import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, type NDArray, zeros } from "../src/index.ts";
import { modelOf, smallShape, steps } from "./support/model.ts";
import { recordedArray } from "./support/recording-storage.ts";

/** Every byte that ranges name, once each and in order. */
function bytesOf(ranges: readonly [number, number][]): number[] {
  return ranges.flatMap(([offset, length]) => Array.from({ length }, (_, at) => offset + at)).sort((a, b) => a - b);
}

/** The bytes of the elements that a view shows, where element n of its base has the value n. */
function bytesShown(view: NDArray<any>): number[] {
  return bytesOf(modelOf(view).values.map((place) => [place * view.itemsize, view.itemsize]));
}

describe("in-place operations on a shelf", () => {
  test("record exactly the bytes of the view, once, before they change", () => {
    fc.assert(
      fc.property(smallShape, steps, (shape, chain) => {
        const { array: base, storage } = recordedArray(shape, "int16");
        const view = chain.reduce((x, step) => step.apply(x), base as NDArray<any>);
        const expected = bytesShown(view);
        view.iadd(1);
        expect(bytesOf(storage.snapshots)).toStrictEqual(expected);
        expect(storage.commits).toBe(1);
      }),
      { numRuns: 600 },
    );
  });

  test("record a contiguous view as one range, and rows as one range each", () => {
    const { array: x, storage } = recordedArray([4, 8], "float64");
    x.slice([1, 3]).fill(0);
    x.slice(null, [2, 4]).assign(x.slice(null, [4, 6]));
    expect(storage.snapshots).toStrictEqual([
      [64, 128],
      [16, 16],
      [80, 16],
      [144, 16],
      [208, 16],
    ]);
  });

  test("change nothing when the log has no room, also in the middle of many ranges", () => {
    const { array: x, storage } = recordedArray([6000, 2], "float64");
    const before = [...x.data];
    storage.room = 5000 * 8;
    for (const work of [() => x.slice(null, 1).iadd(1), () => x.fill(0), () => x.assign(5)]) {
      expect(work).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }));
      expect([...x.data]).toStrictEqual(before);
    }
  });

  test("refuse misuse before a transaction is opened", () => {
    const { array: x, storage } = recordedArray([4], "int8");
    expect(() => x.iadd(0.5)).toThrow(TypeError);
    expect(() => x.iadd([1, 2])).toThrow(RangeError);
    expect(() => x.ipow([0, 1, 2, -1])).toThrow(RangeError);
    expect(() => x.fill(1000)).toThrow(RangeError);
    expect(storage.commits).toBe(0);
    expect(storage.snapshots).toStrictEqual([]);
  });

  test("join the transaction around them, which can take them back", () => {
    const { array: x, storage } = recordedArray([4], "float32");
    expect(() =>
      storage.transaction(() => {
        x.imul(2);
        x.slice("2:").iadd(1);
        throw new Error("changed my mind");
      }),
    ).toThrow("changed my mind");
    expect(x.toArray()).toStrictEqual([0, 1, 2, 3]);
  });
});

describe("persist", () => {
  test("flushes a contiguous array at once and drains once", () => {
    const { array: x, storage } = recordedArray([100, 10], "float64");
    x.persist();
    expect([storage.flushed, storage.drains]).toStrictEqual([[[0, 8000]], 1]);
  });

  test("takes offset and length in elements", () => {
    const { array: x, storage } = recordedArray([100, 10], "float64");
    x.persist(3, 40);
    x.slice([50, 60]).persist(5, 10);
    x.persist(990);
    expect(storage.flushed).toStrictEqual([
      [24, 320],
      [4040, 80],
      [7920, 80],
    ]);
    expect(storage.drains).toBe(3);
  });

  test("flushes only the lines that a strided view touches, each once", () => {
    const { array: x, storage } = recordedArray([64, 64], "float64");
    x.slice("::16", 0).persist();
    expect(storage.flushed).toStrictEqual([
      [0, 8],
      [8192, 8],
      [16384, 8],
      [24576, 8],
    ]);
    storage.flushed.length = 0;
    x.slice(0, "::4").persist();
    expect(storage.flushed).toStrictEqual([[0, 488]]);
  });

  test("of any range of any view covers the bytes of those elements and no line without one", () => {
    fc.assert(
      fc.property(smallShape, steps, fc.nat(), fc.nat(), (shape, chain, first, count) => {
        const { array: base, storage } = recordedArray(shape, "float32");
        const view = chain.reduce((x, step) => step.apply(x), base as NDArray<any>);
        const offset = first % (view.size + 1);
        const length = count % (view.size - offset + 1);
        view.persist(offset, length);
        const places = modelOf(view).values.slice(offset, offset + length);
        const wanted = bytesOf(places.map((place) => [place * 4, 4]));
        const flushed = new Set(bytesOf(storage.flushed));
        expect(wanted.filter((byte) => !flushed.has(byte))).toStrictEqual([]);
        const lines = new Set(wanted.map((byte) => Math.floor(byte / 64)));
        expect([...flushed].filter((byte) => !lines.has(Math.floor(byte / 64)))).toStrictEqual([]);
        expect(storage.drains).toBe(1);
      }),
      { numRuns: 600 },
    );
  });

  test("refuses ranges outside the array, and arrays in DRAM", () => {
    const { array: x } = recordedArray([4], "int8");
    for (const [offset, length] of [
      [-1, 1],
      [0, 5],
      [5, 0],
      [0.5, 1],
      [0, NaN],
      [1, Infinity],
    ]) {
      expect(() => x.persist(offset, length)).toThrow(RangeError);
    }
    expect(() => x.persist("0" as never, 1)).toThrow(TypeError);
    expect(() => zeros(3).persist()).toThrow(/is in DRAM/);
    expect(() => array([1]).persist(0, 1)).toThrow(TypeError);
  });
});
