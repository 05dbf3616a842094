/** Options that a function has not: leaving them out in silence would give a wrong result. */
import { dram } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import {
  add,
  arange,
  array,
  array2string,
  arrayRepr,
  asarray,
  clip,
  copyto,
  cumsum,
  defaultRng,
  empty,
  eye,
  full,
  fullLike,
  linspace,
  loadInto,
  loadz,
  loadzInto,
  ndarray,
  ndarrayCodec,
  ones,
  onesLike,
  saveAsync,
  savez,
  savezCompressed,
  sqrt,
  stack,
  takeAlongAxis,
  zeros,
  zerosLike,
} from "../src/index.ts";

describe("options that a function has not are refused, and nothing is written", () => {
  const x = arange(6).reshape(2, 3);
  const out = zeros([3]);

  test("NumPy's out of reductions, and a misspelt keepdims", () => {
    const sum = /^sum: expected one of keepdims, dtype as option, found "out" in an object of class Object$/u;
    expect(() => x.sum(0, { out } as never)).toThrow(sum);
    expect(() => x.mean(0, { keepDims: true } as never)).toThrow(
      /^mean: expected keepdims as option, found "keepDims"/u,
    );
    expect(() => x.std(0, { dtype: "float32" } as never)).toThrow(/^std: expected one of keepdims, ddof as option/u);
    expect(() => x.argmin(0, { out } as never)).toThrow(/^argmin: expected keepdims as option/u);
    expect(() => x.norm(0, 5 as never)).toThrow(/^norm: expected options such as \{ keepdims \}, found 5$/u);
    expect(() => x.any(0, null as never)).toThrow(TypeError);
    expect(out.toArray()).toStrictEqual([0, 0, 0]);
  });

  test("misspelt ones of creation, copies and printing", () => {
    const wrong = { dtpye: "int8" } as never;
    const calls: Readonly<Record<string, () => unknown>> = {
      zeros: () => zeros(2, "int8", wrong),
      empty: () => empty(2, "int8", wrong),
      ndarray: () => ndarray(2, "int8", wrong),
      ones: () => ones(2, "int8", wrong),
      full: () => full(2, 1, "int8", wrong),
      linspace: () => linspace(0, 1, 3, wrong),
      eye: () => eye(2, wrong),
      zerosLike: () => zerosLike(x, wrong),
      onesLike: () => onesLike(x, wrong),
      fullLike: () => fullLike(x, 1, wrong),
      array: () => array([1], "int8", wrong),
      asarray: () => asarray(new Int8Array(2), 2, wrong),
      copyto: () => copyto(out, 1, wrong),
      array2string: () => array2string(x, wrong),
      arrayRepr: () => arrayRepr(x, wrong),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(call).toThrow(new RegExp(`^${name}: expected .* as option, found "dtpye"`, "u"));
    }
    expect(out.toArray()).toStrictEqual([0, 0, 0]);
  });

  test("misspelt ones of files and persists, before anything is read or written", async () => {
    const wrong = { sginal: AbortSignal.abort() } as never;
    const path = "/nowhere/x";
    const shelf = openShelf<Record<string, any>>(dram({ size: 1 << 20 }), { types: [ndarrayCodec] });
    shelf.vars["x"] = x;
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      saveAsync: () => saveAsync(path, x, wrong),
      savez: () => savez(path, { x }, wrong),
      savezCompressed: () => savezCompressed(path, { x }, wrong),
      loadInto: () => loadInto(shelf, "y", path, wrong),
      loadz: () => loadz(path, wrong),
      loadzInto: () => loadzInto(shelf, path, wrong),
      persistAsync: () => shelf.vars["x"].persistAsync(0, 1, wrong),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect(call()).rejects.toThrow(new RegExp(`^${name}: expected .*signal.* as option, found "sginal"`, "u"));
    }
  });

  test("an array where NumPy takes out as an argument", () => {
    const row = arange(3);
    const found =
      /^add: expected one of out, where as option, found "\w+" in an object of class NDArray, of float64 and shape \[3\]$/u;
    expect(() => add(row, 1, out as never)).toThrow(found);
    expect(() => sqrt(row, out as never)).toThrow(/^sqrt: expected one of out, where as option/u);
    expect(() => clip(row, 0, 1, out as never)).toThrow(/^clip: expected one of out, where as option/u);
    expect(() => cumsum(row, 0, out as never)).toThrow(/^cumsum: expected one of out, dtype as option/u);
    expect(() => takeAlongAxis(row, [0], 0, out as never)).toThrow(/^takeAlongAxis: expected out as option/u);
    // As long as it is: by no name of an element.
    expect(() => add(row, 1, new Uint8Array(2 ** 28) as never)).toThrow(
      /^add: expected options such as \{ out \}, found /u,
    );
    expect(out.toArray()).toStrictEqual([0, 0, 0]);
  });

  test("a shape where random numbers take options", () => {
    const rng = defaultRng(1);
    const expected = /^\w+: expected options such as \{ shape \}, found .*$/u;
    for (const shape of [[2, 3], 5]) {
      expect(() => rng.random(shape as never)).toThrow(expected);
      expect(() => rng.normal(0, 1, shape as never)).toThrow(expected);
      expect(() => rng.integers(0, 9, shape as never)).toThrow(expected);
    }
    expect(rng.random({ shape: 3, out: undefined as never }).shape).toStrictEqual([3]);
  });
});

test("an array is called NDArray by who knows nothing of it, whatever its dtype and axes", () => {
  using shelf = openShelf(dram({ size: 65_536 }));
  for (const x of [array(1), arange(3), ones([2, 2], "int8"), zeros([1, 1, 1, 1, 1])]) {
    expect(x.constructor.name).toBe("NDArray");
    expect(() => shelf.set("x", x)).toThrow(/^no codec stores an instance of NDArray; .*\{ types: \[\.\.\.\] \}/u);
  }
});

test("what is refused is told as it is called: an array by its dtype and shape, stack by its name", () => {
  expect(() => asarray(ones([2, 3]) as never)).toThrow(
    "asarray: expected a typed array, found an object of class NDArray, of float64 and shape [2, 3]",
  );
  expect(() => ones([3]).select(array([0.5]) as never)).toThrow(/or a mask of bool, found elements of float64$/u);
  expect(() => stack([ones([2]), ones([3])])).toThrow("stack: expected arrays of one shape, found [2] and [3]");
});

describe("brackets, which reach no elements", () => {
  test("are refused, for reading and writing, and views have their own", () => {
    const x: any = zeros([3, 2]);
    const keys = Object.keys(x);
    expect(() => (x[0] = 5)).toThrow(/^x\[0\] is nothing of an NDArray x: take x\.set\(0, value\), or /u);
    expect(() => x.slice(1)[1]).toThrow(/^x\[1\] is nothing of an NDArray x: take x\.get\(1\), or /u);
    expect([Object.keys(x), x.toArray()]).toStrictEqual([
      keys,
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ]);
  });
});
