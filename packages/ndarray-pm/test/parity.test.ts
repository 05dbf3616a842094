import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openShelf } from "@nodemm/shelf";
import * as np from "numpy-ts";
import { describe, expect, test } from "vitest";
import { arange, array, load, ndarray, NDArray, ndarrayCodec, save, toNumpyTs, zeros } from "../src/index.ts";
import { freshFolder } from "./support/folders.ts";
import { freshShelf } from "./support/shelves.ts";

/** What Python's persistent arrays do, each by the words that its users know it by. */
describe("parity with PyMM", () => {
  test("s.x = pymm.ndarray(shape, dtype): allocated on the shelf in place", () => {
    const { vars } = freshShelf();
    vars["x"] = ndarray([2, 3], "uint8");
    expect([vars["x"].dtype, vars["x"].shape, vars["x"].storage.byteLength >= 6]).toStrictEqual([
      "uint8",
      [2, 3],
      true,
    ]);
  });

  test("s.x = np.array(...) and s.x = s.y: copied to the shelf", () => {
    const { vars } = freshShelf();
    const source = array([1, 2, 3]);
    vars["y"] = source;
    vars["x"] = vars["y"];
    source.fill(0);
    vars["y"].fill(9);
    expect(vars["x"].toArray()).toStrictEqual([1, 2, 3]);
  });

  test("in-place += -= *= /= //= %= **= <<= >>= &= |= ^=, fill, byteswap, sort", () => {
    const { vars } = freshShelf();
    vars["x"] = array([7, 3, 5], "int32");
    vars["f"] = array([7, 3], "float64");
    const x = vars["x"] as NDArray<"int32">;
    x.iadd(2).isub(1).imul(3).ifloordiv(2).imod(7).ipow(2).ilshift(2).irshift(1).iand(62).ior(1).ixor(8);
    expect(x.toArray()).toStrictEqual([59, 1, 1]);
    expect(x.sort().toArray()).toStrictEqual([1, 1, 59]);
    expect(x.byteswap().get(0)).toBe(1 << 24);
    expect(x.fill(4).sum()).toBe(12n);
    expect(vars["f"].itruediv(2).toArray()).toStrictEqual([3.5, 1.5]);
  });

  test("out-of-place arithmetic: the result is a plain array in DRAM", () => {
    const { vars } = freshShelf();
    vars["x"] = arange(3);
    const sum = vars["x"].add(1);
    expect([NDArray.isNDArray(sum), sum.storage, sum.toArray()]).toStrictEqual([true, undefined, [1, 2, 3]]);
    expect(vars["x"].toArray()).toStrictEqual([0, 1, 2]);
  });

  test("slices, negative steps, column access, reshape, views: they write to the shelf", () => {
    const { vars } = freshShelf();
    vars["x"] = arange(6).reshape(2, 3);
    vars["x"].slice("::-1", "::-2").set(0, 0, 50);
    vars["x"].slice(null, 1).iadd(10);
    vars["x"].reshape(3, -1).slice(0).imul(-1);
    expect(vars["x"].toArray()).toStrictEqual([
      [-0, -11, 2],
      [3, 14, 50],
    ]);
  });

  test("element store s.x[1][1] = 9: persisted by persist(), or in a transaction", () => {
    const shelf = freshShelf();
    shelf.set("x", zeros([2, 2]));
    const x = shelf.get("x");
    x.slice(1).set(1, 9);
    x.persist();
    expect(() =>
      shelf.transaction(() => {
        x.slice(1, [1, 2]).fill(10);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(x.toArray()).toStrictEqual([
      [0, 0],
      [0, 9],
    ]);
  });

  test("x.persist(), x.persist_offset(offset, length) in elements", () => {
    const { vars } = freshShelf();
    vars["x"] = zeros(100, "float32");
    expect(() => vars["x"].persist()).not.toThrow();
    expect(() => vars["x"].persist(90, 10)).not.toThrow();
    expect(() => vars["x"].persist(90, 11)).toThrow(RangeError);
  });

  test("re-assignment and erase: views that are left never show another value", () => {
    const shelf = freshShelf();
    shelf.set("x", zeros(4));
    const before = shelf.get("x").slice("1:");
    shelf.set("x", arange(4));
    expect(() => before.get(0)).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    const last = shelf.get("x");
    shelf.delete("x");
    expect(() => last.sum()).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  });

  test("re-opening: every variable is there at once, with no load or deserialise step", () => {
    const path = join(freshFolder(), "x.shelf");
    const types = [ndarrayCodec];
    let shelf = openShelf<Record<string, any>>(path, { size: "2 MiB", types });
    shelf.set("x", arange(6).reshape(2, 3));
    shelf.close();
    shelf = openShelf(path, { types });
    expect([[...shelf.keys()], shelf.get("x").get(1, 2), shelf.get("x").data.buffer]).toStrictEqual([
      ["x"],
      5,
      shelf.storage("x").buffer,
    ]);
    shelf.close();
  });

  test("dlpack_array: exchange with another library without a copy, both sides writing", () => {
    const { vars } = freshShelf();
    vars["x"] = zeros([2, 2]);
    const lent = toNumpyTs(vars["x"] as NDArray, np);
    lent.set([0, 1], 5);
    vars["x"].set(1, 1, 7);
    expect([vars["x"].get(0, 1), lent.get([1, 1]), lent.data.buffer]).toStrictEqual([5, 7, vars["x"].storage.buffer]);
  });

  test("np.save, np.load of a shelved array, readinto(memoryview(s.x)): files to and from the shelf without a copy", () => {
    const { vars } = freshShelf();
    const folder = freshFolder();
    vars["x"] = arange(5);
    save(join(folder, "x.npy"), vars["x"]);
    vars["y"] = load(join(folder, "x.npy"));
    expect(vars["y"].toArray()).toStrictEqual([0, 1, 2, 3, 4]);
    writeFileSync(join(folder, "raw"), new Uint8Array(Float64Array.of(9, 8, 7).buffer));
    const file = openSync(join(folder, "raw"), "r");
    expect(readSync(file, vars["y"].data, 0, 24, 0)).toBe(24);
    closeSync(file);
    vars["y"].persist();
    expect(vars["y"].toArray()).toStrictEqual([9, 8, 7, 3, 4]);
  });

  test("enable_transient_memory: arrays in the shelf's free space, gone when they are freed", () => {
    const shelf = freshShelf();
    const scratch = shelf.scratch(zeros([100, 100], "float32"));
    const temporary: NDArray = scratch.value;
    expect([temporary.iadd(1).sum(), [...shelf.keys()]]).toStrictEqual([10_000, []]);
    scratch.free();
    expect(() => temporary.sum()).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  });

  test("s.x = np.memmap(300 GB) into a larger shelf: what is too large for DRAM is described, and taken piece by piece", () => {
    const { vars } = freshShelf(32 << 20);
    const huge = zeros([300_000_000_000], "uint8");
    expect(huge.nbytes).toBe(300e9);
    expect(() => (vars["huge"] = huge)).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }));
    // Beyond 4 GiB, see large.test.ts; a view of a file of any length is copied without a whole copy in DRAM.
    const path = join(freshFolder(), "x.npy");
    save(path, arange(1_000_000));
    vars["x"] = load(path);
    expect(vars["x"].get(-1)).toBe(999_999);
  });
});
