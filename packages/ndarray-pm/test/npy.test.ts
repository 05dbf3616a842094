import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { npyHeader } from "../src/files/npy-header.ts";
import { parsePythonLiteral } from "../src/files/python-literal.ts";
import {
  arange,
  array,
  type ArrayFileError,
  asarray,
  type DType,
  load,
  loadInto,
  type NDArray,
  ndarrayCodec,
  type Order,
  save,
  saveAsync,
  zeros,
} from "../src/index.ts";
import { freshFolder } from "./support/folders.ts";
import { numpy, numpyName, runPython } from "./support/numpy.ts";
import { freshShelf } from "./support/shelves.ts";

/** A file that `fixtures/npy.py` had NumPy write. */
interface Recorded {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly order: Order;
  readonly exact: boolean;
  readonly elements: string;
  readonly file: string;
}

const recorded: Recorded[] = readFileSync(new URL("fixtures/npy.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

const folder = freshFolder();
let count = 0;

function fileWith(content: Uint8Array | string): string {
  const path = join(folder, `${++count}.npy`);
  writeFileSync(path, content);
  return path;
}

/** The elements in C order, byte for byte. */
function elementsOf(x: NDArray<any>): string {
  const { data } = x.copy();
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

function headerOf(dictionary: string, version = 1): Buffer {
  const text = Buffer.from(dictionary, "latin1");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from("\x93NUMPY", "latin1"), Buffer.of(version, 0), length, text]);
}

describe("load", { timeout: 120_000 }, () => {
  test.each(recorded)("reads what NumPy wrote, bit for bit, in DRAM and on a shelf: $name", (each) => {
    const path = fileWith(Buffer.from(each.file, "base64"));
    const { vars } = freshShelf();
    vars["x"] = load(path);
    for (const x of [load(path), vars["x"]] as NDArray[]) {
      expect([x.dtype, x.shape, elementsOf(x)]).toStrictEqual([each.dtype, each.shape, each.elements]);
      if (each.order === "F") expect(x.layout).toBe("F");
    }
  });

  test("reads straight into the shelf: no array is made in DRAM", () => {
    const path = join(folder, "direct.npy");
    save(path, arange(1000));
    const x = load(pathToFileURL(path));
    Object.defineProperty(x, "data", {
      get: () => {
        throw new Error("allocated in DRAM");
      },
    });
    const { vars } = freshShelf();
    vars["x"] = x;
    expect(vars["x"].sum()).toBe(499_500);
  });

  test("leaves the shelf as it was when the file has gone, shrunk or changed since", () => {
    const shelf = freshShelf();
    shelf.set("x", arange(3));
    const path = join(folder, "later.npy");
    save(path, arange(100));
    const x = load(path);
    truncateSync(path, 300);
    expect(() => shelf.set("x", x)).toThrow(expect.objectContaining({ code: "ERR_ARRAY_FILE_TRUNCATED" }));
    save(path, arange(101));
    expect(() => shelf.set("x", x)).toThrow(expect.objectContaining({ code: "ERR_ARRAY_FILE_CHANGED" }));
    expect(() => x.sum()).toThrow(expect.objectContaining({ code: "ERR_ARRAY_FILE_CHANGED" }));
    expect(() => load(join(folder, "none.npy"))).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(shelf.get("x").toArray()).toStrictEqual([0, 1, 2]);
  });

  const float = (rest: string): string => `{'descr': '<f8', 'fortran_order': False, ${rest}}`;
  const malformed: [string, Uint8Array, ArrayFileError["code"]][] = [
    ["nothing", Buffer.alloc(0), "ERR_ARRAY_FILE_TRUNCATED"],
    ["text", Buffer.from("1,2,3\n4,5,6\n"), "ERR_ARRAY_FILE_FORMAT"],
    ["a zip archive", Buffer.from("PK\x03\x04 and so on and on"), "ERR_ARRAY_FILE_FORMAT"],
    ["half a magic", Buffer.from("\x93NUM", "latin1"), "ERR_ARRAY_FILE_TRUNCATED"],
    ["version 4", headerOf(float("'shape': (1,)"), 4), "ERR_ARRAY_FILE_FORMAT"],
    ["a header of 4 GiB", Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'", "latin1"), "ERR_ARRAY_FILE_FORMAT"],
    ["a header cut short", headerOf(float("'shape': (1,)")).subarray(0, 30), "ERR_ARRAY_FILE_TRUNCATED"],
    ["elements cut short", headerOf(float("'shape': (1,)")), "ERR_ARRAY_FILE_TRUNCATED"],
    ["a negative length", headerOf(float("'shape': (-1,)")), "ERR_ARRAY_FILE_FORMAT"],
    ["a length beyond 2^53", headerOf(float("'shape': (9007199254740993,)")), "ERR_ARRAY_FILE_FORMAT"],
    ["a product beyond 2^64", headerOf(float("'shape': (4294967296, 4294967296, 4)")), "ERR_ARRAY_FILE_FORMAT"],
    ["65 axes", headerOf(float(`'shape': (${"1, ".repeat(65)})`)), "ERR_ARRAY_FILE_FORMAT"],
    ["a shape that is a number", headerOf(float("'shape': 3")), "ERR_ARRAY_FILE_FORMAT"],
    ["a shape that is a call", headerOf(float("'shape': (exit(),)")), "ERR_ARRAY_FILE_FORMAT"],
    ["no shape", headerOf("{'descr': '<f8', 'fortran_order': False}"), "ERR_ARRAY_FILE_FORMAT"],
    ["a key too many", headerOf(float("'shape': (), 'more': 1")), "ERR_ARRAY_FILE_FORMAT"],
    ["code behind the dictionary", headerOf(`${float("'shape': ()")} + 1`), "ERR_ARRAY_FILE_FORMAT"],
    ["deep nesting", headerOf("(".repeat(20_000)), "ERR_ARRAY_FILE_FORMAT"],
    ["fortran_order 1", headerOf("{'descr': '<f8', 'fortran_order': 1, 'shape': ()}"), "ERR_ARRAY_FILE_FORMAT"],
    ...["|O", "<U5", "|S3", "<M8[ns]", "<m8[s]", "<f16", "<c32", "|V8", "<i3", "<f8x"].map(
      (descr): [string, Uint8Array, ArrayFileError["code"]] => [
        `dtype ${descr}`,
        Buffer.concat([headerOf(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1,)}`), Buffer.alloc(64)]),
        "ERR_ARRAY_FILE_UNSUPPORTED",
      ],
    ),
    [
      "records",
      headerOf("{'descr': [('x', '<f8'), ('y', '<i4', (2,))], 'fortran_order': False, 'shape': (0,)}"),
      "ERR_ARRAY_FILE_UNSUPPORTED",
    ],
    [
      "a dtype that is a number",
      headerOf("{'descr': 8, 'fortran_order': False, 'shape': ()}"),
      "ERR_ARRAY_FILE_FORMAT",
    ],
  ];

  test.each(malformed)("refuses %s with a code, in both ways", async (_, content, code) => {
    const path = fileWith(content);
    const shelf = freshShelf();
    expect(() => load(path)).toThrow(expect.objectContaining({ name: "ArrayFileError", code, source: path }));
    await expect(loadInto(shelf, "x", path)).rejects.toThrow(expect.objectContaining({ code }));
    expect([...shelf.keys()]).toStrictEqual([]);
  });

  test("reads what other programs write: keys in any order, double quotes, long integers, no padding", () => {
    const content = Buffer.concat([
      headerOf(`{"shape":(2L,1),"fortran_order":False,"descr":"=i2"}`),
      Buffer.of(1, 0, 2, 0),
    ]);
    expect(load(fileWith(content)).toArray()).toStrictEqual([[1], [2]]);
  });

  test("answers any damage with a value or an ArrayFileError, and never crashes or hangs", () => {
    const sound = recorded.filter(({ file }) => file.length < 400).map(({ file }) => Buffer.from(file, "base64"));
    const outcomes = new Set<string>();
    const damage = fc.tuple(
      fc.constantFrom(...sound),
      fc.array(fc.tuple(fc.nat(250), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(200)),
    );
    fc.assert(
      fc.property(damage, ([file, changes, end]) => {
        const content = Buffer.from(file);
        for (const [at, byte] of changes) if (at < content.length) content[at] = byte;
        const path = join(folder, "fuzzed.npy");
        writeFileSync(path, content.subarray(0, end ?? content.length));
        try {
          load(path).toArray();
          outcomes.add("read");
        } catch (error) {
          expect(error).toMatchObject({ name: "ArrayFileError" });
          outcomes.add((error as ArrayFileError).code);
        }
      }),
      { numRuns: 3000, seed: 20261125 },
    );
    expect([...outcomes].sort()).toStrictEqual([
      "ERR_ARRAY_FILE_FORMAT",
      "ERR_ARRAY_FILE_TRUNCATED",
      "ERR_ARRAY_FILE_UNSUPPORTED",
      "read",
    ]);
  });

  test("takes literals only", () => {
    expect(parsePythonLiteral(" ['a\\'b', (1, -2L), {\"k\": None,}, (True,)] ")).toStrictEqual([
      "a'b",
      [1, -2],
      new Map([["k", null]]),
      [true],
    ]);
    for (const text of [
      "",
      "1 2",
      "{1: 2}",
      "'open",
      "[1",
      "(1 2)",
      "{'a' 1}",
      "1.5",
      "nan",
      "__import__('os')",
      "{'a': 1, 'a': 2}",
    ]) {
      expect(() => parsePythonLiteral(text)).toThrow(SyntaxError);
    }
  });
});

describe("save", { timeout: 120_000 }, () => {
  const exact = recorded.filter(({ exact: isExact }) => isExact);

  test.each(exact)(
    "writes the bytes that NumPy writes, from DRAM and from a shelf, in both ways: $name",
    async (each) => {
      const wanted = Buffer.from(each.file, "base64");
      const { vars } = freshShelf();
      vars["x"] = load(fileWith(wanted));
      for (const x of [load(fileWith(wanted)), vars["x"]] as NDArray[]) {
        const path = join(folder, "saved.npy");
        save(path, x);
        expect(readFileSync(path).equals(wanted)).toBe(true);
        await saveAsync(path, x);
        expect(readFileSync(path).equals(wanted)).toBe(true);
      }
    },
  );

  test("writes views in C order, piece by piece", () => {
    const x = arange(1_600_000).reshape(1000, 1600);
    const views = [x.T.slice("::-1", "::2"), x.slice(null, [3, 1200]), x.diagonal(), x.slice("newaxis", null, 5), x.T];
    for (const view of views) {
      const path = join(folder, "view.npy");
      save(path, view);
      expect(load(path).shape).toStrictEqual(view.shape);
      expect(elementsOf(load(path))).toBe(elementsOf(view));
    }
  });

  test("leaves the old file, and no other, when it fails on the way", async () => {
    const path = join(folder, "kept.npy");
    save(path, arange(3));
    const before = readdirSync(folder).length;
    const shelf = freshShelf();
    shelf.set("x", zeros(1000));
    const x = shelf.get("x");
    shelf.delete("x");
    expect(() => save(path, x)).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    await expect(saveAsync(path, x)).rejects.toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    await expect(saveAsync(path, zeros(10), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
    expect(() => save(path, [1] as never)).toThrow(TypeError);
    expect(() => save(path, zeros(2, "bfloat16"))).toThrow(/astype/u);
    mkdirSync(join(folder, "taken"), { recursive: true });
    expect(() => save(join(folder, "taken"), arange(2))).toThrow(expect.objectContaining({ syscall: "rename" }));
    expect(load(path).toArray()).toStrictEqual([0, 1, 2]);
    expect(readdirSync(folder).length).toBe(before + 1);
  });

  test("aligns the elements to 64 bytes, whatever the shape", () => {
    for (const shape of [[], [0], [2 ** 40, 3], Array.from({ length: 64 }, () => 1)]) {
      expect(npyHeader("float32", shape, "C").length % 64).toBe(0);
    }
  });
});

describe("loadInto", { timeout: 120_000 }, () => {
  test("publishes the whole array at once, and tells how far it is", async () => {
    const shelf = freshShelf(64 << 20);
    shelf.set("x", arange(3));
    const path = join(folder, "large.npy");
    const source = asarray(Float64Array.from({ length: 1_500_000 }, (_, at) => at)).reshape(1500, 1000);
    save(path, source);
    const steps: number[] = [];
    const onProgress = (done: number, total: number): void => {
      expect(total).toBe(12_000_000);
      expect(shelf.get("x").size).toBe(3);
      steps.push(done);
    };
    const x = await loadInto(shelf, "x", path, { onProgress });
    expect(steps).toStrictEqual([4_194_304, 8_388_608, 12_000_000]);
    expect([x, [...shelf.keys()]]).toStrictEqual([shelf.get("x"), ["x"]]);
    expect(elementsOf(x)).toBe(elementsOf(source));
  });

  test("turns round big-endian numbers, keeps Fortran order, makes 0 or 1 of every bool", async () => {
    const shelf = freshShelf();
    for (const each of recorded.filter(({ name }) => /big-endian|Fortran/.test(name))) {
      const x = await loadInto(shelf, "x", fileWith(Buffer.from(each.file, "base64")));
      expect([x.layout, elementsOf(x)]).toStrictEqual([each.order, each.elements]);
    }
    const bools = Buffer.concat([
      headerOf("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}"),
      Buffer.of(0, 7, 255),
    ]);
    const path = fileWith(bools);
    for (const x of [await loadInto(shelf, "b", path), load(path)]) expect([...x.data]).toStrictEqual([0, 1, 1]);
  });

  test("is durable when it is fulfilled, turned-round numbers too, and an old value until then", async () => {
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const shelf = openShelf<Record<string, any>>(region, { types: [ndarrayCodec] });
    shelf.set("x", arange(3));
    const afterPowerFailure = (): unknown => {
      const reopened = openShelf<Record<string, any>>(dram({ image: region.durableImage() }), {
        types: [ndarrayCodec],
      });
      try {
        return reopened.get("x").toArray();
      } finally {
        reopened.close();
      }
    };
    const file = recorded.find(({ name }) => name === "float64 big-endian")!;
    const path = fileWith(Buffer.from(file.file, "base64"));
    const seen: unknown[] = [];
    const onProgress = (): unknown => seen.push(afterPowerFailure());
    await loadInto(shelf, "x", path, { onProgress });
    expect(seen).toStrictEqual([[0, 1, 2]]);
    expect(afterPowerFailure()).toStrictEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("changes nothing when it is aborted, and refuses a second load under way", async () => {
    const shelf = freshShelf(64 << 20);
    const path = join(folder, "aborted.npy");
    save(path, zeros(3_000_000));
    const controller = new AbortController();
    let second: Promise<unknown> | undefined;
    // The second load starts while the first surely goes on, and only then is the first given up.
    const onProgress = (): void => {
      second ??= loadInto(shelf, "x", path)
        .catch((error: unknown) => error)
        .finally(() => controller.abort(new Error("enough")));
    };
    const first = loadInto(shelf, "x", path, { signal: controller.signal, onProgress });
    await expect(first).rejects.toThrow(/abort|enough/u);
    expect(await second).toMatchObject({ code: "ERR_ARRAY_FILE_BUSY" });
    expect([...shelf.keys()]).toStrictEqual([]);
    expect((await loadInto(shelf, "x", path)).size).toBe(3_000_000);
  });
});

test.skipIf(numpy === undefined)(`files go to and fro between a shelf and NumPy (${numpyName})`, () => {
  const [sent, back] = [join(folder, "sent.npy"), join(folder, "back.npy")];
  const { vars } = freshShelf();
  vars["x"] = array(
    [
      [1.5, -2],
      [Infinity, NaN],
    ],
    "float32",
  );
  save(sent, vars["x"].T);
  const program = `
import sys, numpy as np
x = np.load(sys.argv[1])
assert x.dtype == np.float32 and x.flags.f_contiguous and x.tolist()[0] == [1.5, np.inf], x
np.save(sys.argv[2], (x * 2).astype(">f4"))`;
  runPython(program, [sent, back]);
  vars["x"] = load(back);
  expect(vars["x"].T.toArray()).toStrictEqual([
    [3, -4],
    [Infinity, NaN],
  ]);
  expect(existsSync(back)).toBe(true);
});
