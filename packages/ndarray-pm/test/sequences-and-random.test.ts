import { describe, expect, test } from "vitest";
import { arange, array, defaultRng, eye, fullLike, linspace, onesLike, zeros, zerosLike } from "../src/index.ts";
import { freshShelf } from "./support/shelves.ts";

describe("creation", () => {
  test("linspace ends where it is told, exactly", () => {
    expect(linspace(0, 1, 5).toArray()).toStrictEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(0, 1, 4, { endpoint: false }).toArray()).toStrictEqual([0, 0.25, 0.5, 0.75]);
    expect(linspace(0, 10, 4, { dtype: "int64" }).toArray()).toStrictEqual([0n, 3n, 6n, 10n]);
    expect(linspace(0.1, 0.7, 50).get(-1)).toBe(0.7);
    expect([linspace(2, 3, 1).toArray(), linspace(2, 3, 0).toArray()]).toStrictEqual([[2], []]);
    expect(() => linspace(0, Infinity)).toThrow(/finite numbers/);
    expect(() => linspace(0, 300, 3, { dtype: "uint8" })).toThrow(/does not fit uint8/);
    expect(() => linspace(0, 1, -1)).toThrow(RangeError);
  });

  test("eye puts ones on a diagonal, in either order", () => {
    expect(eye(2, { dtype: "int8" }).toArray()).toStrictEqual([
      [1, 0],
      [0, 1],
    ]);
    for (const order of ["C", "F"] as const) {
      expect(eye(2, { columns: 3, k: 1, order }).toArray()).toStrictEqual([
        [0, 1, 0],
        [0, 0, 1],
      ]);
    }
    expect(eye(3, { k: -2, dtype: "complex64" }).get(2, 0)).toStrictEqual({ re: 1, im: 0 });
    expect(eye(2, { k: 5 }).sum()).toBe(0);
    expect(() => eye(2, { k: 0.5 })).toThrow(RangeError);
  });

  test("the likes of an array have its shape, dtype and order, unless told otherwise", () => {
    const x = zeros([2, 3], "int16", { order: "F" });
    expect([zerosLike(x).dtype, zerosLike(x).layout, onesLike(x).sum()]).toStrictEqual(["int16", "F", 6n]);
    expect(fullLike(x, 2.5, { dtype: "float32", shape: 2 }).toArray()).toStrictEqual([2.5, 2.5]);
    expect(() => zerosLike([1] as never)).toThrow(TypeError);
  });

  test("array copies into Fortran order when asked", () => {
    const nested = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const x = array(nested, "float32", { order: "F" });
    expect([x.layout, [...x.data]]).toStrictEqual(["F", [1, 4, 2, 5, 3, 6]]);
    expect(x.toArray()).toStrictEqual(nested);
  });

  test("of linspace and eye on a shelf makes no copy in DRAM", () => {
    const { vars } = freshShelf();
    for (const [name, x] of Object.entries({ line: linspace(0, 1, 3), eye: eye(2), like: onesLike(arange(2)) })) {
      Object.defineProperty(x, "data", {
        get: () => {
          throw new Error(`${name} was allocated in DRAM`);
        },
      });
      vars[name] = x;
    }
    expect(vars["line"].toArray()).toStrictEqual([0, 0.5, 1]);
    expect(vars["eye"].diagonal().sum()).toBe(2);
  });
});

describe("random numbers", () => {
  test("are the same for the same seed, whatever the strides they are stored in", () => {
    const x = defaultRng(7).random({ shape: [3, 4] });
    const y = zeros([4, 3]);
    defaultRng(7).random({ out: y.T });
    expect(y.T.toArray()).toStrictEqual(x.toArray());
    expect(
      defaultRng(8)
        .random({ shape: [3, 4] })
        .toArray(),
    ).not.toStrictEqual(x.toArray());
  });

  test("have the distribution that they should", () => {
    const count = 100_000;
    const uniform = defaultRng(1).uniform(-2, 4, { shape: count });
    expect([uniform.min() >= -2, uniform.max() < 4]).toStrictEqual([true, true]);
    expect(Math.abs(uniform.mean() - 1)).toBeLessThan(0.03);
    const normal = defaultRng(2).normal(5, 2, { shape: count, dtype: "float32" });
    expect(Math.abs(normal.mean() - 5)).toBeLessThan(0.04);
    expect(Math.abs(normal.std() - 2)).toBeLessThan(0.03);
    const dice = defaultRng(3).integers(1, 7, { shape: count, dtype: "uint8" });
    for (let face = 1; face <= 6; face++) {
      expect(Math.abs(Number(dice.equal(face).sum()) / count - 1 / 6)).toBeLessThan(0.006);
    }
    expect(defaultRng(4).integers(-3, 3, { shape: 2 }).dtype).toBe("int64");
  });

  test.each(["float16", "bfloat16", "float32"] as const)("below 1 stay below 1 in %s", (dtype) => {
    const out = zeros(50_000, dtype);
    const found = [defaultRng(5).random({ out }).max(), defaultRng(5).uniform(0, 1, { out }).max()];
    expect(found.every((largest) => largest > 0.99 && largest < 1)).toBe(true);
  });

  test("are others for every seed, from the first on", () => {
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const streams = seeds.map((seed) => defaultRng(seed).random({ shape: 4 }).toArray() as number[]);
    expect(new Set(streams.flat()).size).toBe(4 * seeds.length);
    const firsts = array(
      Array.from({ length: 2000 }, (_, seed) => defaultRng(seed).random().get()),
      "float64",
    );
    expect(Math.abs(firsts.mean() - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(firsts.std() - Math.sqrt(1 / 12))).toBeLessThan(0.02);
  });

  test("refuse what they cannot be", () => {
    const rng = defaultRng(1);
    expect(() => rng.integers(0, 70_000, { dtype: "float16" })).toThrow(/float16 does not hold all up to 69999/);
    expect(() => rng.integers(-300, 0, { out: zeros(3, "bfloat16") })).toThrow(/at most 256/);
    expect(rng.integers(2047, 2049, { shape: 50, dtype: "float16" }).max()).toBe(2048);
    expect(() => rng.uniform(-1e308, 1e308)).toThrow(/finite distance/);
    expect(() => defaultRng(0.5)).toThrow(/safe integer as seed/);
    expect(() => rng.integers(3, 3)).toThrow(/low < high/);
    expect(() => rng.integers(0, 300, { dtype: "uint8" })).toThrow(/does not fit uint8/);
    expect(() => rng.random({ dtype: "int8" })).toThrow(/int8 cannot hold such numbers/);
    expect(() => rng.uniform(0, Infinity)).toThrow(RangeError);
    expect(() => rng.normal(0, -1)).toThrow(/deviation of 0 or more/);
  });
});
