import stdlibNDArray from "@stdlib/ndarray-base-ctor";
import * as arrow from "apache-arrow";
import * as np from "numpy-ts";
import { describe, expect, test } from "vitest";
import {
  arange,
  array,
  type DType,
  dtypes,
  fromArrow,
  fromNumpyTs,
  fromStdlib,
  type NDArray,
  toArrow,
  toNumpyTs,
  toStdlib,
  zeros,
} from "../../src/index.ts";
import { counted } from "../support/model.ts";
import { freshShelf } from "../support/shelves.ts";

function shelved(values: NDArray<any>): NDArray<any> {
  const shelf = freshShelf();
  shelf.set("x", values);
  return shelf.get("x");
}

const reals = dtypes.filter((dtype) => !["complex64", "complex128", "bfloat16"].includes(dtype));

/** The second element of the first row, as a dtype has it. */
const asScalar = (dtype: DType, value: number): number | bigint => (/int64/.test(dtype) ? BigInt(value) : value);

describe("stdlib", () => {
  const names = reals.filter((dtype) => dtype !== "float16");

  test.each(names)("shows %s on a shelf, and writes it; it comes back on the shelf", (dtype) => {
    const x = shelved(counted([2, 3], "uint8").astype(dtype));
    const y = toStdlib(x, stdlibNDArray);
    expect([y.get(1, 2), y.length]).toStrictEqual([dtype === "bool" ? 1 : asScalar(dtype, 5), 6]);
    y.set(0, 0, asScalar(dtype, 1));
    expect(x.get(0, 0)).toBe(dtype === "bool" ? true : asScalar(dtype, 1));
    x.set(1, 0, dtype === "bool" ? false : asScalar(dtype, 7));
    expect(y.get(1, 0)).toBe(asScalar(dtype, dtype === "bool" ? 0 : 7));
    const back = fromStdlib(y);
    expect([back.data.buffer, back.storage]).toStrictEqual([x.storage!.buffer, x.storage]);
    expect(() => back.iadd(back)).not.toThrow();
  });

  test("shows views of any strides, and arrays of no axes", () => {
    const x = shelved(counted([3, 4], "float64"));
    const view = x.T.slice("::-2", "1:");
    const y = toStdlib(view, stdlibNDArray);
    expect([y.get(0, 0), y.get(1, 1)]).toStrictEqual([view.get(0, 0), view.get(1, 1)]);
    y.set(1, 1, 100);
    expect(x.get(2, 1)).toBe(100);
    expect(fromStdlib(y).toArray()).toStrictEqual(view.toArray());
    expect(toStdlib(x.slice(0, 1), stdlibNDArray).get()).toBe(1);
    expect([toStdlib(x, stdlibNDArray).order, toStdlib(x.T, stdlibNDArray).order]).toStrictEqual([
      "row-major",
      "column-major",
    ]);
  });

  test("is refused where it has no such elements, and comes from DRAM as DRAM", () => {
    expect(() => toStdlib(zeros(2, "complex64"), stdlibNDArray)).toThrow(/x\.real/u);
    for (const dtype of ["float16", "bfloat16"] as const) {
      expect(() => toStdlib(zeros(2, dtype), stdlibNDArray)).toThrow(/astype/u);
    }
    const y = new stdlibNDArray("float64", new Float64Array([1, 2, 3, 4]), [2, 2], [1, 2], 0, "column-major");
    const x = fromStdlib(y);
    x.set(0, 1, 9);
    expect([y.get(0, 1), x.storage, x.layout]).toStrictEqual([9, undefined, "F"]);
    expect(() => fromStdlib({ ...y, data: [1, 2], shape: [2], strides: [1], offset: 0, dtype: "generic" })).toThrow(
      TypeError,
    );
  });
});

describe("numpy-ts", () => {
  const hasFloat16 = "Float16Array" in globalThis;

  test.each(dtypes.filter((dtype) => dtype !== "bfloat16" && (dtype !== "float16" || hasFloat16)))(
    "shows %s on a shelf, and writes it; it comes back on the shelf",
    (dtype) => {
      const x = shelved(counted([2, 3], "uint8").astype(dtype));
      const y = toNumpyTs(x, np);
      expect([y.dtype, y.shape]).toStrictEqual([dtype, [2, 3]]);
      y.set([0, 0], np.array([[1]], dtype).get([0, 0]));
      expect(x.slice(0, 0).astype("float64").get()).toBe(1);
      x.slice(1, 2).assign(1);
      expect(Number(np.sum(y.astype("float64")))).toBe(dtype === "bool" ? 6 : 12);
      const back = fromNumpyTs(y);
      expect([back.dtype, back.data.buffer, back.storage]).toStrictEqual([dtype, x.storage!.buffer, x.storage]);
    },
  );

  test("computes on views, and its results go to the shelf", () => {
    const x = shelved(counted([3, 4], "float64"));
    const view = x.T.slice("1:", "::2");
    const y = toNumpyTs(view, np);
    expect(y.tolist()).toStrictEqual(view.toArray());
    expect(toNumpyTs(x.flip(), np).tolist()).toStrictEqual(x.flip().toArray());
    const shelf = freshShelf();
    shelf.set("product", fromNumpyTs(np.matmul(y.T, y) as never));
    expect(shelf.get("product").toArray()).toStrictEqual(view.T.matmul(view).toArray());
  });

  test("of another version is refused in words", () => {
    const other = { NDArray: { fromStorage: () => null }, zeros: () => ({ storage: {} }) };
    expect(() => toNumpyTs(zeros(2, "bfloat16"), np)).toThrow(/astype/u);
    expect(() => toNumpyTs(zeros(2), other)).toThrow(/numpy-ts 1\.4/u);
    expect(() =>
      fromNumpyTs({ dtype: "float64", shape: [1], storage: { strides: [1], offset: 0 }, data: [1] }),
    ).toThrow(TypeError);
  });
});

describe("Arrow", () => {
  const names = reals.filter((dtype) => dtype !== "bool");

  test.each(names)("shows %s on a shelf as a vector, and what is written later", (dtype) => {
    const x = shelved(counted([4], "uint8").astype(dtype));
    const vector = toArrow(x.slice("1:"), arrow);
    expect([vector.length, Number(vector.get(0))]).toStrictEqual([3, 1]);
    x.slice(1).assign(7);
    expect(Number(vector.get(0))).toBe(7);
    const back = fromArrow(vector);
    back.slice(2).assign(9);
    expect([back.dtype, back.storage, x.slice(3).astype("float64").get()]).toStrictEqual([dtype, x.storage, 9]);
  });

  test("shows two and three axes as fixed-size lists, and slices of them come back", () => {
    const x = shelved(arange(24).reshape(4, 3, 2));
    const vector = toArrow(x, arrow);
    expect(vector.type).toMatchObject({ listSize: 3, valueType: { listSize: 2, valueType: new arrow.Float64() } });
    expect(vector.length).toBe(4);
    expect([...vector.get(1).get(2)]).toStrictEqual([10, 11]);
    const back = fromArrow(vector.slice(1, 3));
    expect(back.toArray()).toStrictEqual(x.slice([1, 3]).toArray());
    back.set(0, 0, 0, -1);
    expect(x.get(1, 0, 0)).toBe(-1);
  });

  test("goes through a table and its file format", () => {
    const x = shelved(arange(6).reshape(3, 2));
    const table = new arrow.Table({ points: toArrow(x, arrow), weight: toArrow(x.slice(null, 0).copy(), arrow) });
    const read = arrow.tableFromIPC(arrow.tableToIPC(table));
    expect(fromArrow(read.getChild("points") as never).toArray()).toStrictEqual(x.toArray());
  });

  test("is refused where Arrow lays elements out otherwise", () => {
    for (const dtype of ["bool", "bfloat16", "complex128"] as const) {
      expect(() => toArrow(zeros(2, dtype), arrow)).toThrow(TypeError);
    }
    expect(() => toArrow(zeros([2, 3]).T, arrow)).toThrow(/copy\(\)/u);
    expect(() => fromArrow(arrow.vectorFromArray([1, null, 2], new arrow.Float64()) as never)).toThrow(/nulls/u);
    expect(() => fromArrow(arrow.vectorFromArray(["a"]) as never)).toThrow(TypeError);
    const chunks = arrow.makeVector(new Float64Array(2)).concat(arrow.makeVector(new Float64Array(2)));
    expect(() => fromArrow(chunks as never)).toThrow(/one chunk/u);
  });
});

describe("typed arrays", () => {
  test("are .data itself for arrays without gaps: what either side writes, the other sees", () => {
    const x = shelved(
      array(
        [
          [1, 2],
          [3, 4],
        ],
        "float32",
      ),
    );
    const { data } = x;
    data[3] = 9;
    x.set(0, 0, 7);
    expect([[...data], x.get(1, 1), data.buffer]).toStrictEqual([[7, 2, 3, 9], 9, x.storage!.buffer]);
    expect(data).toBeInstanceOf(Float32Array);
  });

  test("lent to any library die with the variable", () => {
    const shelf = freshShelf();
    shelf.set("x", arange(3));
    const x = shelf.get("x");
    const lent = [toStdlib(x, stdlibNDArray), toNumpyTs(x, np)];
    const vector = toArrow(x, arrow);
    shelf.delete("x");
    for (const { data } of lent) expect((data as Float64Array).length).toBe(0);
    expect(vector.get(0)).toBeUndefined();
    for (const use of [() => toStdlib(x, stdlibNDArray), () => toNumpyTs(x, np), () => toArrow(x, arrow)]) {
      expect(use).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    }
  });
});

test("what is handed over in another library's place is told", () => {
  const x = zeros([2]);
  const found = (name: string): RegExp => new RegExp(`^Expected .*${name}.* found `, "u");
  for (const wrong of [undefined, null, 5, {}]) {
    expect(() => toNumpyTs(x, wrong as never)).toThrow(found('import \\* as np from "numpy-ts"'));
    expect(() => toArrow(x, wrong as never)).toThrow(found('import \\* as arrow from "apache-arrow"'));
    expect(() => toStdlib(x, wrong as never)).toThrow(found("@stdlib/ndarray/ctor"));
    expect(() => fromArrow(wrong as never)).toThrow(found("a vector of Arrow"));
  }
  for (const wrong of [undefined, null, 5])
    expect(() => fromStdlib(wrong as never)).toThrow(found("an ndarray of stdlib"));
});
