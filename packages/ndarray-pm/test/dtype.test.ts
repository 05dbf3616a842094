import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  add,
  array,
  asarray,
  canCast,
  type CastingRule,
  complex,
  copysign,
  divide,
  type DType,
  dtypeInfo,
  dtypes,
  floorDivide,
  full,
  hypot,
  logicalAnd,
  logicalOr,
  maximum,
  power,
  resultType,
  zeros,
} from "../src/index.ts";
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
      float16: 12,
      complex64: 13,
      complex128: 14,
      bfloat16: 15,
    });
  });

  test.each(dtypes.filter((dtype) => /^u?int/.test(dtype)))(
    "%s holds its smallest and largest value and refuses the next",
    (dtype) => {
      const { min, max, allocate } = dtypeInfo(dtype);
      const data = allocate(2);
      data[0] = elementOf(min, dtype) as number;
      data[1] = elementOf(max, dtype) as number;
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

const lines = readFileSync(new URL("fixtures/dtypes.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const numpy = Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, unknown])) as unknown as {
  resultType: Record<string, DType>;
  canCast: Record<CastingRule, Record<string, boolean>>;
  float16: [value: string, bits: number][];
};

/** bfloat16 is none of NumPy's. */
const ofNumPy = dtypes.filter((dtype) => dtype !== "bfloat16");
const pairs = ofNumPy.flatMap((a) => ofNumPy.map((b): [DType, DType] => [a, b]));

test("promotion of every pair of dtypes gives NumPy's result_type", () => {
  const found = Object.fromEntries(pairs.map(([a, b]) => [`${a} ${b}`, resultType(a, b)]));
  expect(found).toStrictEqual(numpy.resultType);
});

test.each(["no", "safe", "same_kind", "unsafe"] as const)("%s casting of every pair of dtypes is NumPy's", (rule) => {
  const found = Object.fromEntries(pairs.map(([a, b]) => [`${a} ${b}`, canCast(a, b, rule)]));
  expect(found).toStrictEqual(numpy.canCast[rule]);
});

test("bfloat16 is promoted as ml_dtypes does: what it holds exactly stays, what it does not becomes float32 or more", () => {
  const found = dtypes.map((dtype) => [dtype, resultType("bfloat16", dtype), resultType(dtype, "bfloat16")]);
  expect(found).toStrictEqual([
    ["bool", "bfloat16", "bfloat16"],
    ["int8", "bfloat16", "bfloat16"],
    ["int16", "float32", "float32"],
    ["int32", "float64", "float64"],
    ["int64", "float64", "float64"],
    ["uint8", "bfloat16", "bfloat16"],
    ["uint16", "float32", "float32"],
    ["uint32", "float64", "float64"],
    ["uint64", "float64", "float64"],
    ["float16", "float32", "float32"],
    ["bfloat16", "bfloat16", "bfloat16"],
    ["float32", "float32", "float32"],
    ["float64", "float64", "float64"],
    ["complex64", "complex64", "complex64"],
    ["complex128", "complex128", "complex128"],
  ]);
});

describe("a whole number that an integer dtype cannot hold", () => {
  const pixels = array([3, 0], "uint8");

  test("is taken by operations that are not computed in the dtype", () => {
    const quotient = divide(pixels, 300);
    expect([quotient.dtype, quotient.toArray()]).toStrictEqual(["float64", [0.01, 0]]);
    expect(pixels.divide(-1).toArray()).toStrictEqual([-3, -0]);
    expect(divide(-12n, array([2], "uint64")).toArray()).toStrictEqual([-6]);
    const length = hypot(array([3], "int8"), -2000);
    expect([length.dtype, length.toArray()]).toStrictEqual(["float16", [2000]]);
    const sized = copysign(array([7], "uint32"), -1);
    expect([sized.dtype, sized.toArray()]).toStrictEqual(["float64", [-7]]);
    expect(logicalAnd(pixels, -1).toArray()).toStrictEqual([true, false]);
    expect(logicalOr(2n ** 70n, pixels).toArray()).toStrictEqual([true, true]);
    expect(pixels.less(256).toArray()).toStrictEqual([true, true]);
  });

  test("is refused by those that are", () => {
    for (const operation of [add, floorDivide, maximum, power]) {
      expect(() => operation(pixels, 300)).toThrow(/300 does not fit uint8/);
    }
  });
});

test("64-bit integers are rounded once where they become float32, complex64 or bfloat16", () => {
  // A double would round these to half-way cases, which then go to the other side.
  const up = 2n ** 60n + 2n ** 36n + 1n;
  const down = 2n ** 60n + 3n * 2n ** 36n - 1n;
  const rounded = 2 ** 60 + 2 ** 37;
  const x = array([up, down, -up, -down, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 5n], "int64");
  const expected = [rounded, rounded, -rounded, -rounded, 2 ** 53, 2 ** 63, -(2 ** 63), 5];
  expect(x.astype("float32").toArray()).toStrictEqual(expected);
  expect(x.astype("complex64").real.toArray()).toStrictEqual(expected);
  const unsigned = array([2n ** 64n - 1n, 2n ** 63n + 2n ** 39n + 1n], "uint64").astype("float32");
  expect(unsigned.toArray()).toStrictEqual([2 ** 64, 2 ** 63 + 2 ** 40]);
  // ml_dtypes and PyTorch go by way of float32.
  expect(
    array([2n ** 60n + 2n ** 52n + 2n ** 36n + 1n], "int64")
      .astype("bfloat16")
      .get(0),
  ).toBe(2 ** 60 + 2 ** 53);
});

test("an unknown casting rule is refused", () => {
  expect(() => canCast("int8", "int8", "safely" as never)).toThrow(/"no", "safe", "same_kind" or "unsafe"/);
});

describe("float16", () => {
  test("rounds to NumPy's bits: half-way cases to even, subnormals, overflow", () => {
    const found = numpy.float16.map(([value]) => {
      const { data } = array([Number(value)], "float16");
      return [value, new Uint16Array(data.buffer)[0]];
    });
    expect(found).toStrictEqual(numpy.float16);
  });

  test("every number of it survives the way to float32 and float64 and back", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, at) => at);
    const x = asarray(bits).astype("float16");
    new Uint16Array(x.data.buffer).set(bits);
    for (const wider of ["float32", "float64", "complex64"] as const) {
      const back = new Uint16Array(x.astype(wider).astype("float16").data.buffer);
      const changed = bits.filter((each) => back[each] !== each && (each & 0x7fff) <= 0x7c00);
      expect([...changed]).toStrictEqual([]);
    }
  });

  test("is computed in float32 and rounded once, as in NumPy", () => {
    const x = array([1, 2048, 65504], "float16");
    expect(x.iadd(array([2 ** -12, 1, 65504], "float16")).toArray()).toStrictEqual([1, 2048, Infinity]);
    expect(full(3, 0.1, "float16").imul(3).toArray()).toStrictEqual([0.2998046875, 0.2998046875, 0.2998046875]);
  });
});

describe("complex numbers", () => {
  test("are read and stored as { re, im }, two numbers beside each other", () => {
    const x = array([complex(1, 2), { re: 3, im: -4 }, 5]);
    expect([x.dtype, x.itemsize, x.nbytes, x.data]).toStrictEqual([
      "complex128",
      16,
      48,
      new Float64Array([1, 2, 3, -4, 5, 0]),
    ]);
    x.set(1, complex(0, 7));
    expect(x.slice("::-1").toArray()).toStrictEqual([
      { re: 5, im: 0 },
      { re: 0, im: 7 },
      { re: 1, im: 2 },
    ]);
    expect(() => x.index(3)).toThrow(RangeError);
  });

  test("are refused by dtypes that would lose them, and lose their imaginary part only when told so", () => {
    expect(() => array([complex(1, 2)], "float64")).toThrow(/store its re, or use complex128/);
    expect(() => zeros(2, "int8").iadd(complex(1))).toThrow(TypeError);
    expect(
      array([complex(1.5, 2)])
        .astype("int16")
        .toArray(),
    ).toStrictEqual([1]);
    expect(
      array([complex(0, 2), complex(0)])
        .astype("bool")
        .toArray(),
    ).toStrictEqual([true, false]);
    expect(array([3n]).astype("complex64").toArray()).toStrictEqual([{ re: 3, im: 0 }]);
  });

  test("are added, multiplied and divided in place, on views too", () => {
    const x = array([complex(1, 2), complex(3, 4), complex(0, 1)], "complex64");
    x.slice("::2").imul(complex(0, 1));
    x.iadd(1).itruediv(array([complex(1), complex(0, 2), complex(2)], "complex64"));
    expect(x.toArray()).toStrictEqual([
      { re: -1, im: 1 },
      { re: 2, im: -2 },
      { re: 0, im: 0 },
    ]);
  });
});
