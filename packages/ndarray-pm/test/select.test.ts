import { describe, expect, test } from "vitest";
import { arange, array, broadcastShapes, complex, ellipsis, newaxis, nonzero, take, zeros } from "../src/index.ts";
import { freshShelf } from "./support/shelves.ts";

const cube = arange(24).reshape(2, 3, 4);

describe("views", () => {
  test("by an ellipsis and new axes are NumPy's", () => {
    expect(cube.slice(ellipsis, 0).toArray()).toStrictEqual([
      [0, 4, 8],
      [12, 16, 20],
    ]);
    expect(cube.slice(1, "...", "::2").shape).toStrictEqual([3, 2]);
    expect(cube.slice(newaxis, "...", newaxis, 0).shape).toStrictEqual([1, 2, 3, 1]);
    expect(cube.slice("...").storage).toBe(cube.storage);
    expect(() => cube.slice("...", "...")).toThrow(/at most one "..."/);
    expect(() => cube.slice(0, 0, 0, 0)).toThrow(/at most 3 for an array of 3 axes, found 4/);
  });

  test("share the elements, each of them", () => {
    const x = arange(6).reshape(2, 3).copy();
    const shared = [
      x.expandDims([0, -1]).squeeze(),
      x.swapaxes(0, 1).T,
      x.moveaxis(0, -1).transpose(1, 0),
      x.slice("...", "newaxis").squeeze(-1),
    ];
    for (const view of shared) {
      view.set(1, 2, view.get(1, 2) + 100);
      expect(view.data).toBe(x.data);
    }
    expect(x.get(1, 2)).toBe(405);
    expect(x.diagonal(1).toArray()).toStrictEqual([1, 405]);
    x.diagonal().fill(-1);
    expect(x.toArray()).toStrictEqual([
      [-1, 1, 2],
      [3, -1, 405],
    ]);
    expect(x.slice(null, 1).toArray()).toStrictEqual([1, -1]);
  });

  test("of complex numbers' parts share them, too", () => {
    const z = array([complex(1, 2), complex(3, 4)]);
    z.real.iadd(10);
    z.imag.slice(1).fill(0);
    expect(z.toArray()).toStrictEqual([
      { re: 11, im: 2 },
      { re: 13, im: 0 },
    ]);
    expect(cube.real.data).toBe(cube.data);
    expect(cube.imag.sum()).toBe(0);
  });

  test("that are broadcast repeat elements and are read only", () => {
    const row = arange(3).broadcastTo([2, 3]);
    expect(row.toArray()).toStrictEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(() => row.fill(1)).toThrow(/copy\(\) it first/);
    expect(row.copy().fill(1).sum()).toBe(6);
    expect(() => arange(3).broadcastTo([3, 2])).toThrow(RangeError);
    expect(broadcastShapes([2, 1], [3], [])).toStrictEqual([2, 3]);
    expect(() => broadcastShapes([2], [3])).toThrow(/do not broadcast/);
  });

  test("refuse axes that are not there", () => {
    expect(() => cube.squeeze(0)).toThrow(/expected length 1 on axis 0, found 2/);
    expect(() => cube.squeeze(3)).toThrow(RangeError);
    expect(() => cube.expandDims(5)).toThrow(RangeError);
    expect(() => cube.expandDims([0, 0])).toThrow(/each axis once/);
    expect(() => cube.moveaxis([0, 1], 0)).toThrow(/as many places as axes/);
    expect(() => cube.swapaxes(0, 3)).toThrow(RangeError);
    expect(() => arange(3).diagonal()).toThrow(/at least 2 axes/);
    expect(() => cube.diagonal(0.5)).toThrow(RangeError);
    expect(() => cube.diagonal(0, 1, 1)).toThrow(/two different axes/);
    expect(() => cube.sum("0" as never)).toThrow(TypeError);
  });

  test("keep working without the handle they came from, until the variable goes", () => {
    const shelf = freshShelf();
    shelf.set("x", arange(12).reshape(3, 4));
    const column = shelf.get("x").slice("...", 1);
    const diagonal = shelf.get("x").diagonal();
    column.iadd(100);
    expect(diagonal.toArray()).toStrictEqual([0, 105, 10]);
    shelf.set("x", zeros(3));
    for (const use of [() => column.get(0), () => column.sum(), () => diagonal.iadd(1), () => column.select([0])]) {
      expect(use).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    }
    const later = shelf.get("x").expandDims(0);
    shelf.close();
    expect(() => later.get(0, 0)).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
  });
});

describe("selection", () => {
  test("reads a copy, in the order of the indices", () => {
    const x = arange(5);
    const chosen = x.select([3, -1, 3]);
    chosen.fill(0);
    expect(x.toArray()).toStrictEqual([0, 1, 2, 3, 4]);
    expect(x.select([3, -1, 3]).toArray()).toStrictEqual([3, 4, 3]);
    expect(x.select(new Uint8Array([4])).toArray()).toStrictEqual([4]);
    expect(x.select([]).shape).toStrictEqual([0]);
    expect(take(cube, 1, 0).toArray()).toStrictEqual(cube.slice(1).toArray());
    expect(nonzero(array([0, 5, 0, 7])).map((each) => each.toArray())).toStrictEqual([[1, 3]]);
  });

  test("puts the axes of index arrays first where an ellipsis parts them, also one that stands for no axes", () => {
    const x = arange(24).reshape(2, 3, 4).copy();
    const chosen = x.select(":", [0, 2, 1], "...", [1, 1, 3]);
    // NumPy's x[:, [0, 2, 1], ..., [1, 1, 3]].
    expect(chosen.toArray()).toStrictEqual([
      [1, 13],
      [9, 21],
      [7, 19],
    ]);
    x.assignSelected([":", [0, 2, 1], "...", [1, 1, 3]], [-1, -2]);
    expect(x.select(":", [0, 2, 1], [1, 1, 3]).toArray()).toStrictEqual([
      [-1, -1, -1],
      [-2, -2, -2],
    ]);
  });

  test("takes a mask of no axes for all elements or none", () => {
    const x = arange(3).copy();
    expect(x.select(array(false)).shape).toStrictEqual([0, 3]);
    expect(x.select(array(true)).toArray()).toStrictEqual([[0, 1, 2]]);
    expect(x.select("1:", array(true)).toArray()).toStrictEqual([[1], [2]]);
    expect(array(7).select(array(true)).toArray()).toStrictEqual([7]);
    expect(x.assignSelected([array(false)], 9).toArray()).toStrictEqual([0, 1, 2]);
    expect(x.assignSelected([array(true), 0], 9).toArray()).toStrictEqual([9, 1, 2]);
  });

  test("refuses indices and masks that do not fit, and writes nothing then", () => {
    const x = arange(5).copy();
    expect(() => x.select([5])).toThrow(/Index 5 is out of range on axis 0/);
    expect(() => x.select([0.5])).toThrow(/whole numbers/);
    expect(() => x.select([[true, false]])).toThrow(/found \[1, 2\]|at most 1/);
    expect(() => x.select([true, false])).toThrow(/mask of shape \[5\] from axis 0 on, found \[2\]/);
    expect(() => x.select(zeros(2))).toThrow(/integer dtype or a mask/);
    expect(() => cube.select([0, 1], [0, 1, 2])).toThrow(/do not broadcast/);
    expect(() => x.assignSelected([[0, 9]], 1)).toThrow(RangeError);
    expect(() => x.assignSelected([[0, 1]], [1, 2, 3])).toThrow(RangeError);
    expect(() => x.put([0], [])).toThrow(/at least one value/);
    for (const bare of [new Int32Array([0]), x.greater(2)]) {
      expect(() => x.assignSelected(bare as never, 1)).toThrow(/expected a list of selectors such as \[mask\]/);
    }
    expect(x.toArray()).toStrictEqual([0, 1, 2, 3, 4]);
  });
});
