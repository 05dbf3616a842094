import { inspect } from "node:util";
import { dram } from "@nodemm/emulator";
import { array, ndarrayCodec, zeros } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf, ShelfError } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { Tensor, tensor, tensorCodec } from "../src/index.ts";

function freshShelf(): Shelf<Record<string, any>> {
  return openShelf(dram({ size: 1 << 20 }), { types: [tensorCodec, ndarrayCodec] });
}

describe("tensor()", () => {
  test("takes PyTorch's dtypes from nested values, and keeps those of arrays", () => {
    expect(tensor([[1, 2.5]]).dtype).toBe("float32");
    expect(tensor(3).dtype).toBe("float32");
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(tensor([1n]).dtype).toBe("int64");
    expect(tensor([1, 2], "int8").toArray()).toStrictEqual([1, 2]);
    expect(tensor(new Float64Array(2)).dtype).toBe("float64");
    expect(tensor(array([1, 2])).dtype).toBe("float64");
    expect(tensor({ shape: [2, 2] }, "int16").toArray()).toStrictEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(tensor({ shape: [3] }).dtype).toBe("float32");
  });

  test("copies, while new Tensor wraps", () => {
    const source = zeros(2, "float32");
    const copy = tensor(source);
    const again = tensor(copy);
    const wrapped = new Tensor(source);
    source.set(0, 5);
    expect([copy.toArray(), again.toArray(), wrapped.toArray()]).toStrictEqual([
      [0, 0],
      [0, 0],
      [5, 0],
    ]);
    expect(wrapped.array).toBe(source);
  });

  test("refuses what is no tensor", () => {
    expect(() => tensor("1" as never)).toThrow(TypeError);
    expect(() => tensor({} as never)).toThrow(TypeError);
    expect(() => tensor(null as never)).toThrow(TypeError);
    expect(() => tensor({ shape: [-1] })).toThrow(RangeError);
    expect(() => tensor([1], "int8", { requiresGrad: true })).toThrow(/floating-point dtype, found int8/);
    expect(() => new Tensor([1] as never)).toThrow(TypeError);
    expect(() => tensor([1], "float32", { requires_grad: true } as never)).toThrow(
      'tensor: expected options among requiresGrad, found "requires_grad"',
    );
    for (const wrong of ["x", 1, null]) {
      expect(() => tensor([1], "float32", { requiresGrad: wrong as never })).toThrow(
        /^requiresGrad: expected true or false/,
      );
    }
  });

  test("has PyTorch's facts", () => {
    const x = tensor({ shape: [2, 3] }, "float32", { requiresGrad: true });
    expect([x.numel(), x.dim(), x.shape, x.requiresGrad]).toStrictEqual([6, 2, [2, 3], true]);
    expect(tensor([[7]]).item()).toBe(7);
    expect(() => x.item()).toThrow(/one element, found 6/);
    expect(inspect(tensor([1, 2], "float32", { requiresGrad: true }))).toBe("tensor([1., 2.], requiresGrad=true)");
  });
});

test("in-place operations have PyTorch's names, take tensors, and return the tensor", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(
    x
      .add_(1)
      .mul_(tensor([1, 2]))
      .sub_([[1], [2]])
      .div_(2),
  ).toBe(x);
  expect(x.toArray()).toStrictEqual([
    [0.5, 2.5],
    [1, 4],
  ]);
  expect(x.copy_([5, 6]).toArray()).toStrictEqual([
    [5, 6],
    [5, 6],
  ]);
  expect(x.fill_(3).toArray()).toStrictEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(x.zero_().toArray()).toStrictEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(() => tensor([1n]).div_(2)).toThrow(TypeError);
  expect(() => x.add_([1, 2, 3])).toThrow(RangeError);
});

describe("a tensor on a shelf", () => {
  test("comes back with its elements and its requiresGrad, as the same handle each time", () => {
    const shelf = freshShelf();
    shelf.set(
      "weights",
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        "float64",
        { requiresGrad: true },
      ),
    );
    shelf.set("counts", tensor({ shape: [3] }, "int64"));
    const weights: Tensor = shelf.get("weights");
    expect(weights).toBeInstanceOf(Tensor);
    expect([weights.requiresGrad, weights.dtype, weights.toArray()]).toStrictEqual([
      true,
      "float64",
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(shelf.get("weights")).toBe(weights);
    expect(shelf.get("counts").requiresGrad).toBe(false);
    expect(shelf.get("counts").add_(1n).toArray()).toStrictEqual([1n, 1n, 1n]);
  });

  test("is changed failure-atomically, and dies with its variable", () => {
    const shelf = freshShelf();
    shelf.set("x", tensor([1, 2]));
    const x: Tensor = shelf.get("x");
    const change = (): void =>
      shelf.transaction(() => {
        x.mul_(10);
        throw new Error("no");
      });
    expect(change).toThrow("no");
    expect(x.toArray()).toStrictEqual([1, 2]);
    shelf.delete("x");
    expect(() => x.add_(1)).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  });

  test("with a damaged record is ERR_SHELF_CORRUPT", () => {
    const good = tensorCodec.plan(tensor([1, 2])).meta;
    const damaged = [
      new Uint8Array(0),
      good.subarray(0, 4),
      good.with(0, 2),
      good.with(1, 2),
      good.with(3, 1),
      good.with(7, 1),
      good.with(9, 0),
      // int8 of 8 elements: as long, but no gradients.
      tensorCodec.plan(tensor({ shape: [8] }, "int8")).meta.with(1, 1),
    ];
    for (const meta of damaged) {
      const storage = (): never => {
        throw new Error("the bytes were touched before the record was believed");
      };
      const open = (): unknown =>
        tensorCodec.open({ name: "x", meta, byteLength: 8, storage: meta[1] === 1 ? () => anyStorage : storage });
      expect(open).toThrow(ShelfError);
      expect(open).toThrow(expect.objectContaining({ code: "ERR_SHELF_CORRUPT", variable: "x" }));
    }
  });
});

const anyStorage = {
  buffer: new ArrayBuffer(8),
  byteLength: 8,
  copy: () => {},
  copyAsync: async () => {},
  persist: () => {},
  persistAsync: async () => {},
  flush: () => {},
  drain: () => {},
  snapshot: () => {},
  snapshotMany: () => {},
  transaction: <Result>(work: () => Result): Result => work(),
};
