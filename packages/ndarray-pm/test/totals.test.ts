import { describe, expect, test } from "vitest";
import { array, complex, type DType, full, ones } from "../src/index.ts";

/** Sums in a dtype of their own, which NumPy makes of elements that have become it first. */
describe("sum with a dtype", () => {
  test.each(["int8", "int32", "int64", "uint64"] as const)("cuts fractions off before it adds, as %s", (dtype) => {
    for (const size of [3, 1000]) {
      expect(Number(full([size], 1.75).sum(null, { dtype }).get())).toBe(
        dtype === "int8" && size === 1000 ? -24 : size,
      );
    }
  });

  test("wraps around at the last bit", () => {
    const large = array([2n ** 60n + 1n, 2n ** 61n + 2n, -3n], "int64");
    const sums = (["int8", "int16", "uint32"] as const).map((dtype) => large.sum(null, { dtype }).get());
    expect(sums).toStrictEqual([0, 0, 0]);
    expect(
      array([2n ** 60n + 5n], "int64")
        .sum(null, { dtype: "int8" })
        .get(),
    ).toBe(5);
    expect(full([300], 255, "uint8").sum(0, { dtype: "uint8" }).get()).toBe(212);
    expect(array([-1, -2], "int16").sum(null, { dtype: "uint32" }).get()).toBe(2 ** 32 - 3);
  });

  test.each(["float64", "float16", "int32", "int64"] as const)("takes real parts only as %s", (dtype: DType) => {
    const values = array([complex(1, 10), complex(2, 20), complex(3, 30)]);
    expect(Number(values.sum(null, { dtype }).get())).toBe(6);
    expect(Number(values.slice("::-2").sum(0, { dtype }).get())).toBe(4);
  });

  test("as bool tells whether one is true, in a bool that is 0 or 1", () => {
    const many = ones([2, 3], "uint8").sum(0, { dtype: "bool" });
    expect([many.dtype, [...many.data]]).toStrictEqual(["bool", [1, 1, 1]]);
    expect(array([0.5, -0.5]).sum(null, { dtype: "bool" }).get()).toBe(true);
    expect(
      array([2n ** 63n], "uint64")
        .sum(null, { dtype: "bool" })
        .get(),
    ).toBe(true);
    expect(array([0, 0]).sum(null, { dtype: "bool" }).get()).toBe(false);
  });
});

describe("argmin and argmax", () => {
  const x = array([
    [3, 1, 2],
    [9, 0, 5],
  ]);

  test("look among all elements where the axis is null, as other reductions do", () => {
    expect([x.argmin(null).toArray(), x.T.argmin(null).toArray(), x.argmax(null).dtype]).toStrictEqual([4, 3, "int32"]);
    expect(x.argmax(null, { keepdims: true }).toArray()).toStrictEqual([[3]]);
    expect(x.argmax(1, { keepdims: true }).toArray()).toStrictEqual([[0], [0]]);
    expect([x.argmin(), x.argmin(-1).toArray()]).toStrictEqual([4, [1, 1]]);
  });

  test("refuse more than one axis", () => {
    expect(() => x.argmin([0, 1] as never)).toThrow(TypeError);
    expect(() => x.argmax([] as never)).toThrow(/Expected an axis number/);
    expect(() => x.argmax(2)).toThrow(RangeError);
  });
});
