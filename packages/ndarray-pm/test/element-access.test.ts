import { describe, expect, test } from "vitest";
import { array, asarray, dtypeInfo, dtypes, type NDArray, ones, zeros } from "../src/index.ts";

describe("get and set", () => {
  test.each([0, 1, 2, 3, 4, 5, 6])("reach every element of an array of %i axes", (rank) => {
    const shape = [2, 3, 2, 2, 3, 2].slice(0, rank);
    const x = zeros(shape, "int32");
    const visit = (indices: number[]): void => {
      if (indices.length < rank) {
        for (let i = 0; i < shape[indices.length]; i++) visit([...indices, i]);
        return;
      }
      const place = indices.reduce((at, index, axis) => at * shape[axis] + index, 0);
      x.set(...(indices as []), place + 1);
      expect(x.get(...(indices as []))).toBe(place + 1);
      expect(x.index(...(indices as []))).toBe(place);
    };
    visit([]);
    expect([...x.data]).toStrictEqual(Array.from({ length: x.size }, (_, at) => at + 1));
  });

  test.each(dtypes)("%s gives back its own kind of scalar", (dtype) => {
    for (const shape of [[], [2], [1, 2], [1, 1, 1, 1, 2]]) {
      const x = zeros(shape, dtype);
      const { scalar } = dtypeInfo(dtype);
      const value = { boolean: true, bigint: 9n, number: 9, complex: { re: 9, im: 0 } }[scalar];
      (x.set as (...values: unknown[]) => void)(...shape.map(() => 0), value);
      expect(x.get(...(shape.map(() => 0) as []))).toStrictEqual(value);
    }
  });

  test("negative indices count from the end", () => {
    const x = array([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.get(-1, -1)).toBe(6);
    x.set(-2, -3, 10);
    expect(x.get(0, 0)).toBe(10);
  });

  test("an index out of range, fractional, missing or too many is a RangeError, and nothing is written", () => {
    for (const dtype of ["float64", "bool"] as const) {
      const x: NDArray<any> = zeros([2, 3], dtype);
      const wrong = [
        [2, 0],
        [0, 3],
        [-3, 0],
        [0, -4],
        [0.5, 0],
        [NaN, 0],
        [Infinity, 0],
        [0],
        [],
        [0, 0, 0],
        [1, 1, 0, 5],
      ];
      for (const indices of wrong) {
        expect(() => x.get(...(indices as []))).toThrow(RangeError);
        expect(() => x.index(...(indices as []))).toThrow(RangeError);
        expect(() => (x.set as (...values: unknown[]) => void)(...indices, 1)).toThrow(
          indices.length === 1 ? /Expected 2 indices/ : RangeError,
        );
      }
      expect(() => x.get("0" as never, 0)).toThrow(TypeError);
      expect(x.toArray()).toStrictEqual(zeros([2, 3], dtype).toArray());
    }
    const deep = zeros([1, 1, 1, 1, 2]);
    expect(() => deep.get(0, 0, 0, 0)).toThrow(/Expected 5 indices/);
    expect(() => deep.get(0, 0, 0, 0, 2)).toThrow(RangeError);
    expect(() => zeros([]).get(0)).toThrow(/Expected 0 indices/);
  });

  test("elements beyond 2^31, where places take more than 32 bits, are reached; mistakes there are refused", () => {
    const columns = 2 ** 16;
    // Nothing of it is in memory but what is stored.
    const x = asarray(new Uint8Array(2 ** 31 + columns), [2 ** 15 + 1, columns]);
    const flat = x.reshape(-1);
    x.set(2 ** 15, 5, 7);
    flat.set(2 ** 31 - 1, 9);
    expect(x.index(2 ** 15, 5)).toBe(2 ** 31 + 5);
    expect([x.get(2 ** 15, 5), x.get(-1, 5), flat.get(2 ** 31 + 5), x.slice(-1).get(5)]).toStrictEqual([7, 7, 7, 7]);
    expect([flat.get(2 ** 31 - 1), x.get(2 ** 15 - 1, -1), x.get(0, 5)]).toStrictEqual([9, 9, 0]);
    expect(() => x.get(2 ** 15 + 1, 0)).toThrow(RangeError);
    expect(() => flat.get(2 ** 31 + columns)).toThrow(RangeError);
    expect(() => x.set(0, columns, 1)).toThrow(RangeError);
    expect(() => flat.get(0, 0)).toThrow(/Expected 1 indices/);
  });

  test("one element stored in a new array is there when it is put elsewhere", () => {
    for (const dtype of ["float64", "float32", "uint8"] as const) {
      for (const [make, first] of [
        [zeros, 0],
        [ones, 1],
      ] as const) {
        const x = make([2, 2], dtype);
        x.set(1, 0, 5);
        expect(x.copy().toArray()).toStrictEqual([
          [first, first],
          [5, first],
        ]);
      }
    }
  });

  test("set casts as NumPy stores one element, and refuses what does not fit", () => {
    const x = zeros(2, "uint8");
    x.set(0, 255);
    x.set(1, 7.9);
    expect([...x.data]).toStrictEqual([255, 7]);
    expect(() => x.set(0, 256)).toThrow(/256 does not fit uint8/);
    expect(() => x.set(0, -1)).toThrow(RangeError);
    expect(() => x.set(0, NaN)).toThrow(RangeError);
    expect(() => x.set(0, "1" as never)).toThrow(TypeError);
    expect(() => x.set(0, undefined as never)).toThrow(TypeError);
    expect([...x.data]).toStrictEqual([255, 7]);
    const big = zeros(1, "int64");
    big.set(0, 5 as never);
    expect(big.get(0)).toBe(5n);
    expect(() => big.set(0, 2n ** 63n)).toThrow(RangeError);
    const reals = zeros(1, "float32");
    reals.set(0, 3n as never);
    expect(reals.get(0)).toBe(3);
  });

  test.each(["int8", "int16", "int32", "uint16", "uint32"] as const)(
    "%s stores its limits and refuses beyond",
    (dtype) => {
      const { min, max } = dtypeInfo(dtype);
      const x = zeros(2, dtype);
      x.set(0, min as number);
      x.set(1, max as number);
      expect([...x.data]).toStrictEqual([min, max]);
      expect(() => x.set(0, (max as number) + 1)).toThrow(RangeError);
      expect(() => x.set(0, (min as number) - 1)).toThrow(RangeError);
    },
  );
});

test("a transferred buffer is named, not read as undefined", () => {
  const data = new Float64Array([1, 2]);
  const x = asarray(data);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  expect(() => x.get(0)).toThrow(/transferred or detached/);
  expect(() => x.set(0, 1)).toThrow(/transferred or detached/);
  expect(() => x.iadd(1)).toThrow(/transferred or detached/);
});
