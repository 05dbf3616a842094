import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, zeros } from "../src/index.ts";
import { counted, modelOf, smallShape, steps } from "./support/model.ts";

describe("views", () => {
  test("any chain of slices, transposes, flips and picks shows what a naive model shows", () => {
    fc.assert(
      fc.property(smallShape, steps, (shape, chain) => {
        let x = counted(shape, "float64");
        const { data } = x;
        let model = modelOf(x);
        for (const step of chain) {
          x = step.apply(x);
          model = step.model(model);
          expect(modelOf(x), step.name).toStrictEqual(model);
          expect(x.data).toBe(data);
        }
        expect(modelOf(x.copy("F")), "Fortran copy").toStrictEqual(model);
        expect(x.copy().layout).toBe("C");
      }),
      { numRuns: 600 },
    );
  });

  test("reshape shows the elements in C order, as a view exactly where no copy is needed", () => {
    fc.assert(
      fc.property(
        smallShape,
        steps,
        fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
        (shape, chain, wish) => {
          const x = chain.reduce((view, step) => step.apply(view), counted(shape, "int32"));
          const known = wish.reduce((product, length) => product * length, 1);
          const target = x.size % known === 0 ? [...wish, -1] : [-1, 1];
          const { values } = modelOf(x);
          const y = x.size === 0 ? x.reshape([0, 3]) : x.reshape(target);
          expect(modelOf(y).values).toStrictEqual(values);
          expect(modelOf(x.ravel())).toStrictEqual({ shape: [x.size], values });
          expect(x.layout !== "C" || y.data === x.data).toBe(true);
        },
      ),
      { numRuns: 600 },
    );
  });

  test("reshape of a strided view stays a view where the strides allow it", () => {
    const x = counted([4, 6], "float64");
    expect(x.slice(null, "::2").reshape(2, 2, 3).data).toBe(x.data);
    expect(x.slice(null, "1:").reshape(20).data).not.toBe(x.data);
    expect(x.T.reshape(3, 2, 4).data).toBe(x.data);
    expect(x.flip(0).reshape(2, 2, 6).data).toBe(x.data);
    expect(x.reshape([2, -1]).shape).toStrictEqual([2, 12]);
  });

  test("writing through a view shows in the array, and in its other views", () => {
    const x = zeros([3, 4], "int16");
    const column = x.slice(null, 1);
    const reversed = x.T.flip();
    column.fill(7);
    expect(x.toArray()).toStrictEqual([
      [0, 7, 0, 0],
      [0, 7, 0, 0],
      [0, 7, 0, 0],
    ]);
    expect(reversed.slice(2).toArray()).toStrictEqual([7, 7, 7]);
    reversed.set(0, 0, 9);
    expect(x.get(2, 3)).toBe(9);
  });

  test("malformed views are refused", () => {
    const x = counted([2, 3], "float64");
    for (const slice of ["", "1", "a:b", "1:2:3:4", [1, 2, 3, 4], {}, true, ["1"]]) {
      expect(() => x.slice(slice as never)).toThrow(TypeError);
    }
    for (const slice of [[0, 2, 0], [0.5], "::0", [NaN], 2, -3, 0.5]) expect(() => x.slice(slice)).toThrow(RangeError);
    expect(() => x.slice(0, 0, 0)).toThrow(/at most 2/);
    expect(() => x.reshape(4)).toThrow(/6 elements into \[4\]/);
    expect(() => x.reshape(-1, -1)).toThrow(/at most one -1/);
    expect(() => x.reshape(-1, 4)).toThrow(RangeError);
    expect(() => x.reshape(-2, 3)).toThrow(RangeError);
    expect(() => x.reshape("6" as never)).toThrow(TypeError);
    expect(() => x.transpose(0)).toThrow(RangeError);
    expect(() => x.transpose(0, 0)).toThrow(/each of the 2 axes once/);
    expect(() => x.transpose(0, 2)).toThrow(/Axis 2 is out of range/);
    expect(() => x.flip(2)).toThrow(RangeError);
    expect(() => x.copy("K" as never)).toThrow(TypeError);
  });
});

describe("the scijs view methods", () => {
  const x = counted([4, 5], "float64");

  test("lo, hi, step, transpose and pick select as scijs does", () => {
    expect(x.lo(1, 2).hi(2, 2).toArray()).toStrictEqual([
      [7, 8],
      [12, 13],
    ]);
    expect(x.lo(null, 3).toArray()).toStrictEqual([
      [3, 4],
      [8, 9],
      [13, 14],
      [18, 19],
    ]);
    expect(x.step(2, -2).toArray()).toStrictEqual([
      [4, 2, 0],
      [14, 12, 10],
    ]);
    expect(x.transpose(1, 0).get(2, 1)).toBe(7);
    expect(x.pick(1).toArray()).toStrictEqual([5, 6, 7, 8, 9]);
    expect(x.pick(null, 2).toArray()).toStrictEqual([2, 7, 12, 17]);
    expect(x.pick(-1, 2).shape).toStrictEqual([4]);
    expect(x.pick(3, 4).get()).toBe(19);
  });

  test("and refuse what lies outside the array", () => {
    expect(() => x.lo(5)).toThrow(RangeError);
    expect(() => x.lo(-1)).toThrow(RangeError);
    expect(() => x.hi(1.5)).toThrow(RangeError);
    expect(() => x.hi(1, 1, 1)).toThrow(/at most 2 arguments/);
    expect(() => x.step(0)).toThrow(RangeError);
    expect(() => x.pick(4)).toThrow(RangeError);
    expect(() => x.lo("1" as never)).toThrow(TypeError);
    expect(x.lo(4, 5).shape).toStrictEqual([0, 0]);
  });
});

test("views of empty arrays stay inside their data", () => {
  const x = array([[], []] as never);
  expect(x.T.flip().slice("::-1").reshape(0, 7).shape).toStrictEqual([0, 7]);
  expect(x.step(-1, -1).shape).toStrictEqual([2, 0]);
  expect(x.ravel().toArray()).toStrictEqual([]);
});
