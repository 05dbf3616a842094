import { describe, expect, test } from "vitest";
import { type DType, dtypeInfo, dtypes, resultType } from "../src/index.ts";
import { elementOf, operandOf } from "../src/scalar.ts";

describe("the dtype table", () => {
  test("gives each dtype the code it has on media", () => {
    expect(Object.fromEntries(dtypes.map((dtype) => [dtype, dtypeInfo(dtype).code]))).toStrictEqual({
      bool: 1,
      int8: 2,
      int16: 3,
      int32: 4,
      int64: 5,
      uint8: 6,
      uint16: 7,
      uint32: 8,
      uint64: 9,
      float32: 10,
      float64: 11,
    });
  });

  test.each(dtypes.filter((dtype) => /^u?int/.test(dtype)))(
    "%s holds its smallest and largest value and refuses the next",
    (dtype) => {
      const { min, max, allocate } = dtypeInfo(dtype);
      const data = allocate(2);
      data[0] = elementOf(min, dtype);
      data[1] = elementOf(max, dtype);
      expect([data[0], data[1]]).toStrictEqual([min, max]);
      expect(() => elementOf(BigInt(min) - 1n, dtype)).toThrow(RangeError);
      expect(() => elementOf(BigInt(max) + 1n, dtype)).toThrow(RangeError);
    },
  );

  test("an unknown dtype is a TypeError that lists the dtypes", () => {
    for (const wrong of ["float128", "toString", "", 5, null, undefined, {}]) {
      expect(() => dtypeInfo(wrong as DType)).toThrow(/the dtypes are bool, int8, .*float64/);
    }
  });
});

describe("casting scalars", () => {
  test("storing an element cuts a fraction off for integers and takes anything but zero as true", () => {
    expect(elementOf(-1.9, "int8")).toBe(-1);
    expect(Object.is(elementOf(-0.5, "int32"), 0)).toBe(true);
    expect(elementOf(2.5, "int64")).toBe(2n);
    expect(elementOf(7n, "float64")).toBe(7);
    expect(elementOf(true, "uint64")).toBe(1n);
    expect(elementOf(-0.1, "bool")).toBe(1);
    expect(elementOf(0n, "bool")).toBe(0);
  });

  test("what is no number, and what is not finite for an integer, is refused", () => {
    for (const wrong of ["5", null, undefined, {}, [1], Symbol("s")]) {
      expect(() => elementOf(wrong, "float64")).toThrow(TypeError);
    }
    expect(() => elementOf(NaN, "int8")).toThrow(RangeError);
    expect(() => elementOf(Infinity, "uint64")).toThrow(RangeError);
  });

  test("an operand of arithmetic loses nothing", () => {
    expect(() => operandOf(1.5, "int32")).toThrow(/astype/);
    expect(() => operandOf(1, "bool")).toThrow(TypeError);
    expect(() => operandOf(300, "uint8")).toThrow(/does not fit uint8; expected an integer from 0 to 255/);
    expect(operandOf(2, "int64")).toBe(2n);
  });
});

test("promotion gives what NumPy's result_type gives", () => {
  const rows: [DType, DType, DType][] = [
    ["bool", "uint8", "uint8"],
    ["int8", "uint8", "int16"],
    ["int32", "uint16", "int32"],
    ["int32", "uint32", "int64"],
    ["int64", "uint64", "float64"],
    ["float32", "int16", "float32"],
    ["float32", "int32", "float64"],
    ["float32", "uint8", "float32"],
    ["float32", "int64", "float64"],
    ["float64", "float32", "float64"],
    ["int8", "int64", "int64"],
  ];
  for (const [a, b, expected] of rows) {
    expect(resultType(a, b)).toBe(expected);
    expect(resultType(b, a)).toBe(expected);
  }
});
