import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { array, full, ones, zeros } from "../src/index.ts";
import { specialise } from "../src/ops/specialise.ts";
import { counted, modelOf, smallShape, steps } from "./support/model.ts";

const operations = {
  iadd: (a: number, b: number) => a + b,
  isub: (a: number, b: number) => a - b,
  imul: (a: number, b: number) => a * b,
  itruediv: (a: number, b: number) => a / b,
} as const;

describe("in-place arithmetic", () => {
  test("changes exactly the elements of a view, whatever the strides of both sides", () => {
    const operation = fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[]));
    fc.assert(
      fc.property(smallShape, steps, operation, fc.boolean(), (shape, chain, name, scalar) => {
        const base = counted(shape, "float64");
        // A twin that says which elements of the base the view shows.
        const places = chain.reduce((view, step) => step.apply(view), counted(shape, "float64"));
        const view = chain.reduce((x, step) => step.apply(x), base);
        const before = modelOf(base).values;
        const operand = scalar ? 3 : counted([...view.shape].reverse(), "float64").T.iadd(0.5);
        view[name](operand);
        const expected = [...before];
        const right = scalar ? [] : modelOf(operand as never).values;
        for (const [at, place] of modelOf(places).values.entries()) {
          expected[place] = operations[name](before[place], scalar ? 3 : right[at]);
        }
        expect(modelOf(base).values).toStrictEqual(expected);
      }),
      { numRuns: 800 },
    );
  });

  test("broadcasts the operand as NumPy does, and refuses to grow the target", () => {
    expect(zeros([2, 3]).iadd([1, 2, 3]).toArray()).toStrictEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(
      zeros([2, 3])
        .iadd([[1], [2]])
        .toArray(),
    ).toStrictEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(
      zeros([2])
        .iadd(new Float32Array([1, 2]))
        .toArray(),
    ).toStrictEqual([1, 2]);
    expect(
      zeros([2, 0])
        .iadd(zeros([1, 1]))
        .toArray(),
    ).toStrictEqual([[], []]);
    expect(() => zeros([3]).iadd(zeros([2, 3]))).toThrow(/does not broadcast to \[3\]/);
    expect(() => zeros([2, 3]).iadd(zeros(2))).toThrow(RangeError);
    expect(() => zeros(3).iadd("1" as never)).toThrow(TypeError);
    expect(() => zeros(3).iadd({} as never)).toThrow(/found an object/);
    expect(() => zeros(3).iadd(null as never)).toThrow(TypeError);
  });

  test("reads an overlapping operand as it was before", () => {
    const x = array([1, 2, 3, 4, 5]);
    x.slice("1:").iadd(x.slice(":-1"));
    expect(x.toArray()).toStrictEqual([1, 3, 5, 7, 9]);
    const y = array([
      [1, 2],
      [3, 4],
    ]);
    y.iadd(y.T);
    expect(y.toArray()).toStrictEqual([
      [2, 5],
      [5, 8],
    ]);
    const z = array([1, 2, 3, 4]);
    z.assign(z.flip());
    expect(z.toArray()).toStrictEqual([4, 3, 2, 1]);
    const w = array([1, 2, 3]);
    w.imul(w);
    expect(w.toArray()).toStrictEqual([1, 4, 9]);
    w.iadd(w.slice(-1));
    expect(w.toArray()).toStrictEqual([10, 13, 18]);
  });

  test("integers wrap around, and take only integers in their range", () => {
    expect(full(2, 250, "uint8").iadd(10).toArray()).toStrictEqual([4, 4]);
    expect(
      full(1, 2 ** 31 - 1, "int32")
        .imul(2 ** 31 - 1)
        .toArray(),
    ).toStrictEqual([1]);
    expect(
      full(1, 2n ** 63n - 1n)
        .iadd(1)
        .toArray(),
    ).toStrictEqual([-(2n ** 63n)]);
    expect(full(1, -7, "int8").ifloordiv(2).toArray()).toStrictEqual([-4]);
    expect(full(1, -7, "int8").imod(2).toArray()).toStrictEqual([1]);
    expect(full(1, 7, "int8").imod(0).toArray()).toStrictEqual([0]);
    expect(
      full(1, 2 ** 31, "uint32")
        .irshift(31)
        .toArray(),
    ).toStrictEqual([1]);
    expect(full(1, 5n, "int64").ilshift(64).toArray()).toStrictEqual([0n]);
    expect(() => zeros(1, "int8").iadd(0.5)).toThrow(/astype/);
    expect(() => zeros(1, "int8").iadd(200)).toThrow(/does not fit int8/);
    expect(() => zeros(1, "int8").itruediv(2)).toThrow(/use ifloordiv/);
    expect(() => zeros(1, "int8").ipow(-1)).toThrow(/negative power/);
    expect(() => zeros(1, "uint8").iadd(zeros(1, "int8"))).toThrow(/int16, which uint8 cannot hold/);
    expect(zeros(2, "int8").iadd([1, -2]).iand(-1).toArray()).toStrictEqual([1, -2]);
    expect(() => zeros(2, "int8").iadd([1, 2.5])).toThrow(/astype/);
    expect(() => zeros(1).ilshift(1)).toThrow(/leftShift is not defined for float64/);
    expect(() => zeros(1, "bool").isub(true)).toThrow(/subtract is not defined for bool/);
    expect(ones(1, "bool").iadd(true).imul([false]).ior(true).ixor(false).iand(true).toArray()).toStrictEqual([true]);
  });

  test("operands of other dtypes are converted, also in rows longer than the conversion buffer", () => {
    const x = zeros(5000, "float32").iadd(counted([5000], "int64"));
    expect(x.toArray()).toStrictEqual(Array.from({ length: 5000 }, (_, at) => at));
    const y = zeros([5000, 2], "int64");
    y.slice(null, 1).iadd(counted([5000], "uint8").astype("int32"));
    expect(y.get(4999, 1)).toBe(BigInt(4999 & 255));
    expect(y.get(4999, 0)).toBe(0n);
  });
});

test("assign stores scalars and broadcast arrays, cutting fractions off; fill stores one value in a view", () => {
  const x = zeros([2, 3], "int32");
  x.slice(null, "::-2").fill(5);
  expect(x.toArray()).toStrictEqual([
    [5, 0, 5],
    [5, 0, 5],
  ]);
  x.slice(1).assign([1.9, -1.9, 3]);
  expect(x.toArray()).toStrictEqual([
    [5, 0, 5],
    [1, -1, 3],
  ]);
  expect(x.assign(7.5).toArray()).toStrictEqual([
    [7, 7, 7],
    [7, 7, 7],
  ]);
  expect(() => x.fill(NaN)).toThrow(RangeError);
  expect(() => x.fill("1" as never)).toThrow(TypeError);
  expect(() => x.assign(zeros([3, 3]))).toThrow(RangeError);
});

test("a specialised loop is another function with the same text", () => {
  const loop = (out: Float64Array, count: number): void => {
    for (let at = 0; at < count; at++) out[at] = at;
  };
  const copy = specialise(loop);
  const out = new Float64Array(3);
  copy(out, 3);
  expect(copy).not.toBe(loop);
  expect(out).toStrictEqual(new Float64Array([0, 1, 2]));
});
