import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { afterEach, describe, expect, test } from "vitest";
import {
  arange,
  array,
  asarray,
  dtypes,
  empty,
  full,
  ndarray,
  type NDArray,
  ndarrayCodec,
  ones,
  zeros,
} from "../src/index.ts";
import { counted } from "./support/model.ts";
import { freshShelf } from "./support/shelves.ts";

const types = [ndarrayCodec];

describe("an array on a shelf", () => {
  test.each(dtypes)("of dtype %s comes back equal, in C and Fortran order", (dtype) => {
    const { vars } = freshShelf();
    const x = counted([3, 4], "uint8").astype(dtype);
    vars["c"] = x;
    vars["f"] = x.copy("F");
    vars["strided"] = x.slice("::2", "::-1");
    for (const name of ["c", "f", "strided"]) expect(vars[name].dtype).toBe(dtype);
    expect(vars["c"].toArray()).toStrictEqual(x.toArray());
    expect(vars["f"].toArray()).toStrictEqual(x.toArray());
    expect(vars["strided"].toArray()).toStrictEqual(x.slice("::2", "::-1").toArray());
    expect([vars["c"].layout, vars["f"].layout, vars["strided"].layout]).toStrictEqual(["C", "F", "C"]);
  });

  test("of zeros, ones, full or arange is written in place, without a copy in DRAM", () => {
    const { vars } = freshShelf();
    const small = { z: zeros([2, 3], "int64"), o: ones(3, "float32"), f: full([2], 2.5), a: arange(4), n: ndarray(2) };
    const made = { ...small, large: arange(5000) };
    for (const [name, x] of Object.entries(made)) {
      Object.defineProperty(x, "data", {
        get: () => {
          throw new Error(`${name} was allocated in DRAM`);
        },
      });
      vars[name] = x;
    }
    expect(vars["z"].toArray()).toStrictEqual([
      [0n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
    expect(vars["o"].toArray()).toStrictEqual([1, 1, 1]);
    expect(vars["f"].toArray()).toStrictEqual([2.5, 2.5]);
    expect(vars["a"].toArray()).toStrictEqual([0, 1, 2, 3]);
    expect(vars["n"].toArray()).toStrictEqual([0, 0]);
    expect(vars["large"].sum()).toBe((5000 * 4999) / 2);
  });

  test("that is new, and has been read and then written, takes along what was written", () => {
    for (const make of [zeros, ones, empty]) {
      for (const dtype of ["float64", "float32", "int64"] as const) {
        for (const size of [3, 5000]) {
          const { vars } = freshShelf();
          const x = make(size, dtype) as unknown as NDArray<"float64">;
          const first = x.get(0);
          vars["read"] = x;
          x.set(1, dtype === "int64" ? (7n as never) : 7);
          vars["written"] = x;
          if (make !== empty) expect(vars["read"].get(1)).toBe(first);
          expect([vars["written"].get(0), Number(vars["written"].get(1))]).toStrictEqual([first, 7]);
        }
      }
    }
  });

  test("of no axes, or without elements, lives there as well", () => {
    const { vars } = freshShelf();
    vars["scalar"] = full([], 7, "int16");
    vars["empty"] = zeros([0, 3], "float32");
    expect(vars["scalar"].iadd(1).get()).toBe(8);
    const none: NDArray = vars["empty"];
    expect(none.iadd(1).fill(2).shape).toStrictEqual([0, 3]);
    none.persist();
  });

  test("assigned to another name is copied", () => {
    const { vars } = freshShelf();
    vars["x"] = array([1, 2, 3]);
    vars["y"] = vars["x"];
    vars["x"] = vars["x"].slice("::-1");
    vars["y"].set(0, 9);
    expect([vars["x"].toArray(), vars["y"].toArray()]).toStrictEqual([
      [3, 2, 1],
      [9, 2, 3],
    ]);
  });

  test("leaves typed arrays to the shelf", () => {
    const { vars } = freshShelf();
    vars["plain"] = new Float32Array([1, 2]);
    vars["nd"] = asarray(new Float32Array([1, 2]));
    expect(vars["plain"]).toBeInstanceOf(Float32Array);
    expect(vars["nd"].data).toStrictEqual(vars["plain"]);
  });

  test("gives DRAM arrays when copied or cast, and views of itself otherwise", () => {
    const { vars } = freshShelf();
    vars["x"] = counted([2, 3], "float64");
    const x: NDArray = vars["x"];
    expect([x.copy().storage, x.astype("int8").storage]).toStrictEqual([undefined, undefined]);
    expect(x.T.slice(0).reshape(2, 1).storage).toBe(x.storage);
    x.T.slice(0).fill(7);
    expect(vars["x"].toArray()).toStrictEqual([
      [7, 1, 2],
      [7, 4, 5],
    ]);
  });
});

describe("a handle outlived by its variable", () => {
  const uses: [string, (x: NDArray<any>) => unknown][] = [
    ["get", (x) => x.get(0, 0)],
    ["set", (x) => x.set(0, 0, 1)],
    ["data", (x) => x.data],
    ["iadd", (x) => x.iadd(true)],
    ["fill", (x) => x.fill(1)],
    ["assign", (x) => x.assign([1, 2])],
    ["being an operand", (x) => zeros([2, 2]).iadd(x)],
    ["slice", (x) => x.slice(0)],
    ["reshape", (x) => x.reshape(4)],
    ["copy", (x) => x.copy()],
    ["toArray", (x) => x.toArray()],
    ["persist", (x) => x.persist()],
    ["persist of a part", (x) => x.persist(0, 1)],
    ["being stored", (x) => freshShelf().set("y", x)],
  ];

  test.each(uses)(
    "%s throws ERR_SHELF_ERASED after erasing and replacing, ERR_SHELF_CLOSED after closing",
    (_, use) => {
      for (const dtype of ["float64", "int64", "bool"] as const) {
        const shelf = freshShelf();
        const handles: NDArray<any>[] = [];
        for (const name of ["erased", "replaced", "closed"]) {
          shelf.set(name, ones([2, 2], dtype));
          handles.push(shelf.get(name));
        }
        // A view goes the way of its array.
        handles.push(handles[0].T, handles[2].T);
        shelf.delete("erased");
        shelf.set("replaced", 5);
        shelf.close();
        const codes = [
          "ERR_SHELF_ERASED",
          "ERR_SHELF_ERASED",
          "ERR_SHELF_CLOSED",
          "ERR_SHELF_ERASED",
          "ERR_SHELF_CLOSED",
        ];
        for (const [at, handle] of handles.entries()) {
          expect(() => use(handle)).toThrow(expect.objectContaining({ code: codes[at] }));
        }
      }
    },
  );

  test("still says what it was", () => {
    const shelf = freshShelf();
    shelf.set("x", ones([2, 2]));
    const x: NDArray = shelf.get("x");
    shelf.close();
    expect(String(x)).toBe("NDArray(float64) [2, 2] on shelf, gone");
    expect([x.shape, x.dtype, x.nbytes]).toStrictEqual([[2, 2], "float64", 32]);
  });
});

describe("transactions", () => {
  test("take back in-place operations on several arrays, and creations, if they throw", () => {
    const shelf = freshShelf();
    const { vars } = shelf;
    vars["x"] = array([
      [1, 2],
      [3, 4],
    ]);
    vars["y"] = arange(3);
    const change = (): void =>
      shelf.transaction(() => {
        vars["x"].slice(null, 0).imul(10);
        vars["y"].fill(0);
        vars["z"] = ones(3);
        vars["z"].iadd(1);
        throw new Error("no");
      });
    expect(change).toThrow("no");
    expect(vars["x"].toArray()).toStrictEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(vars["y"].toArray()).toStrictEqual([0, 1, 2]);
    expect(shelf.has("z")).toBe(false);
  });

  test("make changes durable together: a power failure before the commit leaves the old values, after it the new", () => {
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const shelf = openShelf<Record<string, any>>(region, { types });
    const read = (): unknown[] => {
      const reopened = openShelf<Record<string, any>>(dram({ image: region.durableImage() }), { types });
      return [reopened.get("x").toArray(), reopened.get("y").toArray()];
    };
    shelf.set(
      "x",
      array([
        [1, 2],
        [3, 4],
      ]),
    );
    shelf.set("y", arange(3, 6));
    shelf.transaction(() => {
      shelf.get("x").slice(null, 1).iadd(5);
      shelf.get("y").imul(2);
      expect(read()).toStrictEqual([
        [
          [1, 2],
          [3, 4],
        ],
        [3, 4, 5],
      ]);
    });
    expect(read()).toStrictEqual([
      [
        [1, 7],
        [3, 9],
      ],
      [6, 8, 10],
    ]);
  });

  test("need no persist afterwards, while set does", () => {
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const shelf = openShelf<Record<string, any>>(region, { types });
    const read = (): unknown =>
      openShelf<Record<string, any>>(dram({ image: region.durableImage() }), { types })
        .get("x")
        .toArray();
    shelf.set("x", zeros(3));
    shelf.get("x").iadd(1);
    expect(read()).toStrictEqual([1, 1, 1]);
    shelf.get("x").set(1, 5);
    expect(read()).toStrictEqual([1, 1, 1]);
    shelf.get("x").persist(1, 1);
    expect(read()).toStrictEqual([1, 5, 1]);
  });
});

describe("on a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "ndarray-pm-"));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("an array is there again when the shelf is reopened, with what was done to it", () => {
    const path = join(folder, "arrays.shelf");
    {
      using shelf = openShelf<{ grid: NDArray<"float32"> }>(path, { size: "8 MiB", types });
      shelf.vars.grid = zeros([256, 256], "float32");
      shelf.vars.grid.slice("1:-1", "1:-1").iadd(2).imul(1.5);
      shelf.vars.grid.set(0, 0, -1);
      shelf.vars.grid.persist(0, 1);
    }
    using shelf = openShelf<{ grid: NDArray<"float32"> }>(path, { types });
    const { grid } = shelf.vars;
    expect([grid.get(0, 0), grid.get(1, 1), grid.get(-2, -2), grid.get(-1, -1)]).toStrictEqual([-1, 3, 3, 0]);
  });
});
