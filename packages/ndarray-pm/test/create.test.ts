import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { arange, array, asarray, copyto, full, ndarray, NDArray, ones, zeros } from "../src/index.ts";

describe("creation", () => {
  test("zeros, ones, full and ndarray fill the shape with their value in the dtype", () => {
    expect(zeros([2, 2]).toArray()).toStrictEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(ones(2, "int64").toArray()).toStrictEqual([1n, 1n]);
    expect(full([1, 2], true).toArray()).toStrictEqual([[true, true]]);
    expect(full(2, 3n).dtype).toBe("int64");
    expect(full(2, 2.9, "uint8").toArray()).toStrictEqual([2, 2]);
    expect(ndarray([2, 3], "uint16").toArray()).toStrictEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(ones([], "bool").toArray()).toBe(true);
  });

  test("arange counts as NumPy's does", () => {
    expect(arange(4).toArray()).toStrictEqual([0, 1, 2, 3]);
    expect(arange(1, 2, 0.25).toArray()).toStrictEqual([1, 1.25, 1.5, 1.75]);
    expect(arange(5, 0, -2, "int64").toArray()).toStrictEqual([5n, 3n, 1n]);
    expect(arange(3, 1).toArray()).toStrictEqual([]);
    expect(() => arange(0, 1, 0)).toThrow(RangeError);
    expect(() => arange(Infinity)).toThrow(RangeError);
    expect(() => arange(0, 300, 1, "uint8")).toThrow(/does not fit uint8/);
    expect(() => arange("3" as never)).toThrow(TypeError);
  });

  test("array copies nested arrays, choosing bool, int64 or float64", () => {
    const cases = [
      [[[true], [false]], "bool"],
      [[1n, 2n], "int64"],
      [[1, 2.5], "float64"],
      [[1, true], "float64"],
      [[], "float64"],
      [[[], []], "float64"],
      [5, "float64"],
    ] as const;
    for (const [nested, dtype] of cases) expect(array(nested as never).dtype).toBe(dtype);
    expect(array([[], []] as never).shape).toStrictEqual([2, 0]);
    expect(array([1, true]).toArray()).toStrictEqual([1, 1]);
    expect(
      array(
        [
          [1, 2],
          [3, 4],
        ],
        "int8",
      ).data,
    ).toStrictEqual(new Int8Array([1, 2, 3, 4]));
  });

  test("ragged or foreign nesting is refused with what was found", () => {
    expect(() => array([[1, 2], [3]])).toThrow(/an array of 2 at depth 1, found an array of 1/);
    expect(() => array([1, [2]])).toThrow(RangeError);
    expect(() => array([[1], 2])).toThrow(RangeError);
    expect(() => array(["1"] as never)).toThrow(TypeError);
    expect(() => array(null as never)).toThrow(TypeError);
    expect(() => array([1, 2n] as never)).toThrow(/say which dtype/);
    expect(() => array([300], "uint8")).toThrow(RangeError);
    let deep: any = 1;
    for (let depth = 0; depth < 65; depth++) deep = [deep];
    expect(() => array(deep)).toThrow(/at most 64 deep/);
  });

  test("array copies a typed array; asarray shares it", () => {
    const data = new Int16Array([1, 2, 3, 4]);
    const copy = array(data);
    const shared = asarray(data, [2, 2]);
    const byColumns = asarray(data, [2, 2], { order: "F" });
    data[1] = 20;
    expect(copy.toArray()).toStrictEqual([1, 2, 3, 4]);
    expect(shared.toArray()).toStrictEqual([
      [1, 20],
      [3, 4],
    ]);
    expect(byColumns.toArray()).toStrictEqual([
      [1, 3],
      [20, 4],
    ]);
    expect(shared.data).toBe(data);
    expect(array(shared.T, "float32").data).toStrictEqual(new Float32Array([1, 3, 20, 4]));
    expect(() => asarray(data, [3])).toThrow(RangeError);
    expect(() => asarray([1] as never)).toThrow(TypeError);
    expect(() => asarray(new DataView(new ArrayBuffer(4)) as never)).toThrow(TypeError);
  });

  test("impossible shapes and orders are refused", () => {
    for (const shape of [-1, 1.5, NaN, [2, -1], [2 ** 53], [2 ** 30, 2 ** 30], new Array<number>(65).fill(1)]) {
      expect(() => zeros(shape)).toThrow(RangeError);
    }
    for (const shape of ["3", null, ["2"], {}]) expect(() => zeros(shape as never)).toThrow(TypeError);
    expect(() => zeros(2, "float64", { order: "A" as never })).toThrow(/order "C" or "F"/);
  });

  test("a new array takes memory only when its elements are used", () => {
    const huge = zeros([2 ** 20, 2 ** 20]);
    expect(huge.nbytes).toBe(2 ** 43);
    expect(huge.shape).toStrictEqual([2 ** 20, 2 ** 20]);
    expect(() => huge.get(0, 0)).toThrow(RangeError);
    const small = full([2, 2], 7);
    expect(small.T.data).toBe(small.data);
    expect(small.data.length).toBe(4);
  });
});

test("facts have NumPy's and scijs's names", () => {
  const x = zeros([2, 3, 4], "float32", { order: "F" });
  expect([x.ndim, x.dimension, x.size, x.itemsize, x.nbytes]).toStrictEqual([3, 3, 24, 4, 96]);
  expect(x.stride).toStrictEqual([1, 2, 6]);
  expect(x.strides).toStrictEqual([4, 8, 24]);
  expect([x.order, x.T.order]).toStrictEqual([
    [0, 1, 2],
    [2, 1, 0],
  ]);
  expect([x.layout, x.T.layout, x.slice(0).layout, x.slice(0, 0).layout]).toStrictEqual([
    "F",
    "C",
    "strided",
    "strided",
  ]);
  expect(() => (x.shape as number[]).push(1)).toThrow(TypeError);
});

test("astype converts as NumPy casts without checks", () => {
  expect(array([1.9, -1.9, 300, NaN]).astype("uint8").toArray()).toStrictEqual([1, 255, 44, 0]);
  expect(array([1.9, -1.9, NaN]).astype("int64").toArray()).toStrictEqual([1n, -1n, 0n]);
  expect(
    array([-1n, 2n ** 32n + 5n])
      .astype("uint32")
      .toArray(),
  ).toStrictEqual([4294967295, 5]);
  expect(array([-1n]).astype("uint64").toArray()).toStrictEqual([2n ** 64n - 1n]);
  expect(array([3n]).astype("float32").toArray()).toStrictEqual([3]);
  expect(array([0n, 3n]).astype("bool").toArray()).toStrictEqual([false, true]);
  const truths = [false, false, true, true];
  expect(array([0, -0, NaN, 0.1]).astype("bool").toArray()).toStrictEqual(truths);
  expect(array([0, -0, NaN, 0.1], "bool").toArray()).toStrictEqual(truths);
  expect(array([0n, 0n, 1n, -1n], "bool").toArray()).toStrictEqual(truths);
  expect(full(2, NaN, "bool").toArray()).toStrictEqual([true, true]);
  expect(array([true, false]).astype("int64").toArray()).toStrictEqual([1n, 0n]);
  expect(array([true, false]).astype("float64").toArray()).toStrictEqual([1, 0]);
});

test("copyto casts within a kind, and beyond it only when told so", () => {
  const x = zeros(2, "int8");
  copyto(x, array([5n, 6n]));
  expect(x.toArray()).toStrictEqual([5, 6]);
  expect(() => copyto(x, array([1.5, 2.5]))).toThrow(/same_kind/);
  copyto(x, array([1.5, 2.5]), { casting: "unsafe" });
  expect(x.toArray()).toStrictEqual([1, 2]);
  copyto(x, 9);
  expect(x.toArray()).toStrictEqual([9, 9]);
  expect(() => copyto(x, 1.5)).toThrow(TypeError);
  expect(() => copyto(x, 1, { casting: "safe" as never })).toThrow(TypeError);
  expect(() => copyto([1] as never, 1)).toThrow(TypeError);
});

test("printing shows dtype, shape and small content; JSON is nested arrays and refused when huge", () => {
  const x = array([
    [1, 2],
    [3, 4],
  ]);
  expect(inspect(x)).toBe("array([[1., 2.],\n       [3., 4.]])");
  expect(inspect(zeros([100, 100], "int8"))).toContain("[0, 0, 0, ..., 0, 0, 0]], shape=(100, 100), dtype=int8)");
  expect(JSON.stringify({ x })).toBe('{"x":[[1,2],[3,4]]}');
  expect(() => JSON.stringify(zeros(2_000_000))).toThrow(/JSON of 2000000 elements was refused/);
  expect(x.tolist()).toStrictEqual(x.toArray());
});

test("isNDArray knows an array from a look-alike", () => {
  expect(NDArray.isNDArray(zeros(1))).toBe(true);
  expect(NDArray.isNDArray({ data: new Float64Array(1), shape: [1], stride: [1], offset: 0, dtype: "float64" })).toBe(
    false,
  );
  expect(NDArray.isNDArray(null)).toBe(false);
});
