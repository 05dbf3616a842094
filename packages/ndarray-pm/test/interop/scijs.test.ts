import fft from "ndarray-fft";
import gemm from "ndarray-gemm";
import operations from "ndarray-ops";
import { describe, expect, test } from "vitest";
import { arange, dtypes, type NDArray, zeros } from "../../src/index.ts";
import { counted } from "../support/model.ts";
import { freshShelf } from "../support/shelves.ts";

function shelved(values: NDArray<any>): NDArray<any> {
  const shelf = freshShelf();
  shelf.set("x", values);
  return shelf.get("x");
}

describe("scijs functions on a shelved array", () => {
  test("read it and write it, without a copy", () => {
    const x = shelved(counted([3, 4], "float64"));
    const { data } = x;
    operations.mulseq(x, 2);
    expect(x.get(2, 3)).toBe(22);
    x.set(0, 0, 100);
    expect(operations.sum(x)).toBe(232);
    expect(operations.argmax(x)).toStrictEqual([0, 0]);
    expect(x.data).toBe(data);
    expect(x.data.buffer).toBe(x.storage?.buffer);
  });

  test("take its views, of any strides", () => {
    const x = shelved(counted([3, 4], "float32"));
    operations.addeq(x.T.slice("::-1", [0, 2]), x.slice([1, 3], null).T);
    operations.assign(x.pick(null, 0), x.slice(null, -1));
    expect(x.slice(null, 0).toArray()).toStrictEqual(x.slice(null, 3).toArray());
    expect(operations.sup(x.lo(1, 1).hi(2, 2))).toBe(15);
  });

  const plain = dtypes.filter(
    (dtype) => !["complex64", "complex128", "int64", "uint64", "float16", "bfloat16"].includes(dtype),
  );

  test.each(plain)("take dtype %s", (dtype) => {
    const x = shelved(counted([2, 2], "uint8").astype(dtype));
    const sum = [...(x.data as Uint8Array)].reduce((total, value) => total + value, 0);
    expect(operations.sum(x)).toBe(sum);
  });

  test("multiply matrices on the shelf: ndarray-gemm, also of transposed views", () => {
    const a = shelved(counted([3, 4], "float64"));
    const b = shelved(counted([4, 2], "float64"));
    const c = shelved(zeros([3, 2]));
    gemm(c, a, b);
    expect(c.toArray()).toStrictEqual(a.matmul(b).toArray());
    expect(c.data.buffer).toBe(c.storage?.buffer);
    c.set(0, 0, 1000);
    gemm(c.T, b.T, a.T, 1, 1);
    expect(c.toArray()).toStrictEqual([
      [1028, 68],
      [152, 196],
      [248, 324],
    ]);
  });

  test("transform on the shelf, in place and back: ndarray-fft", () => {
    const re = shelved(arange(0, 16, 1, "float64").reshape(4, 4));
    const im = shelved(zeros([4, 4]));
    const before = re.copy();
    fft(1, re, im);
    expect([re.get(0, 0), im.get(0, 0)]).toStrictEqual([120, 0]);
    re.set(0, 0, 120 + 16);
    fft(-1, re, im);
    // The mean has risen by one, everywhere.
    expect(re.subtract(before).subtract(1).norm()).toBeLessThan(1e-12);
    expect(im.norm()).toBeLessThan(1e-12);
  });
});
