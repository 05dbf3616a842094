/** Operands that lie in the way of their result, results of other shapes, and values at the edge of a dtype. */
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { afterAll, describe, expect, test } from "vitest";
import {
  arange,
  array,
  asarray,
  cumprod,
  cumsum,
  defaultRng,
  dot,
  type DType,
  load,
  loadInto,
  ndarrayCodec,
  ones,
  save,
  saveAsync,
  zeros,
} from "../src/index.ts";
import { npyHeader } from "../src/files/npy-header.ts";

const freshShelf = (): Shelf<Record<string, any>> => openShelf(dram({ size: 1 << 20 }), { types: [ndarrayCodec] });
const folder = mkdtempSync(join(tmpdir(), "nodemm-edges-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("assignSelected", () => {
  test("puts an array's own elements in another order", () => {
    const shelf = freshShelf();
    shelf.set("x", arange(5));
    for (const x of [arange(5), shelf.get("x")]) {
      x.assignSelected([[4, 3, 2, 1, 0]], x);
      expect(x.toArray()).toStrictEqual([4, 3, 2, 1, 0]);
    }
    const rows = array([
      [1, 2],
      [3, 4],
    ]);
    rows.assignSelected([[1, 0]], rows);
    expect(rows.toArray()).toStrictEqual([
      [3, 4],
      [1, 2],
    ]);
  });
});

describe("running totals", () => {
  test.each([cumsum, cumprod])("go to an out of the same shape only, and read nothing else", (accumulate) => {
    const whole = arange(100);
    expect(() => accumulate(array([1, 2, 3]), 0, { out: zeros([2, 3]) })).toThrow(RangeError);
    expect(() => accumulate(whole.slice("0:2").reshape(1, 2), 1, { out: zeros([4, 2]) })).toThrow(RangeError);
    const shelf = freshShelf();
    shelf.set("out", zeros([3, 4]));
    expect(() => accumulate(whole.slice("0:4"), 0, { out: shelf.get("out") })).toThrow(/shape \[4\], found \[3, 4\]/u);
    expect(shelf.get("out").sum()).toBe(0);
  });

  test.each([cumsum, cumprod])("are not of elements that out has cut off", (accumulate) => {
    expect(() => accumulate(array([0.5, 0.5]), 0, { out: zeros(2, "int32") })).toThrow(TypeError);
    expect(() => accumulate(array([1, 2], "complex64"), 0, { out: zeros(2) })).toThrow(TypeError);
    const out = zeros(3, "int32");
    accumulate(array([1, 2, 3], "int8"), 0, { out });
    expect(out.get(2)).toBe(6);
  });
});

describe("random numbers", () => {
  test("of more integers than can be drawn are refused, and of as many as can be are drawn", () => {
    const most = 2 ** 53 - 1;
    expect(() => defaultRng(1).integers(-most, most, { shape: 1 })).toThrow(RangeError);
    expect(defaultRng(1).integers(0, most, { shape: 1 }).size).toBe(1);
  });

  test.each(["float16", "bfloat16", "float32"] as const)("of %s never reach 1", (dtype: DType) => {
    const drawn = defaultRng(1).random({ shape: 100_000, dtype });
    expect(Number(drawn.max())).toBeLessThan(1);
    expect(Number(drawn.min())).toBeGreaterThanOrEqual(0);
    expect(drawn.astype("float64").mean()).toBeCloseTo(0.5, 1);
  });
});

test("a Uint8ClampedArray is uint8, which wraps around and cuts off, over the same memory", () => {
  const clamped = new Uint8ClampedArray([250, 10]);
  const x = asarray(clamped);
  x.iadd(10);
  expect([...clamped]).toStrictEqual([4, 20]);
  x.isub(20);
  expect([...clamped]).toStrictEqual([240, 0]);
  x.assign(array([300.7, 1.7]));
  expect([...clamped]).toStrictEqual([44, 1]);
});

test("dot of no elements is 0 in the shape of the product", () => {
  expect(dot(zeros([2, 3, 0]), zeros([0, 4])).toArray()).toStrictEqual(zeros([2, 3, 4]).toArray());
  expect(dot(zeros([2, 0]), zeros([3, 0, 4])).toArray()).toStrictEqual(zeros([2, 3, 4]).toArray());
  expect(dot(zeros([0, 3]), ones([2, 3, 4])).shape).toStrictEqual([0, 2, 4]);
});

describe("files", () => {
  /** A file with another shape in its header, which is as long. */
  const fileOf = (shape: string): string => {
    const header = Buffer.from(npyHeader("float64", [1, 1], "C"));
    const text = header.subarray(10).toString("latin1");
    const named = text.replace("(1, 1)", shape).trimEnd();
    const body = Buffer.from(`${named.padEnd(Math.ceil((named.length + 11) / 64) * 64 - 11)}\n`, "latin1");
    header.writeUInt16LE(body.length, 8);
    const path = join(folder, "shape.npy");
    writeFileSync(path, Buffer.concat([header.subarray(0, 10), body, Buffer.alloc(16)]));
    return path;
  };

  test("whose shape is too large but for a 0, or is no tuple, are damaged", () => {
    expect(load(fileOf("(2,)")).shape).toStrictEqual([2]);
    const damaged = expect.objectContaining({ name: "ArrayFileError", code: "ERR_ARRAY_FILE_FORMAT" });
    expect(() => load(fileOf(`(${"9007199254740991,".repeat(40)}0)`))).toThrow(damaged);
    expect(() => load(fileOf("(2)"))).toThrow(damaged);
  });

  test("that are saved anew keep their permissions, and links to them stay", async () => {
    const [path, link] = [join(folder, "private.npy"), join(folder, "link.npy")];
    writeFileSync(path, "");
    symlinkSync("private.npy", link);
    for (const mode of [0o600, 0o666]) {
      chmodSync(path, mode);
      save(link, zeros(2));
      expect([statSync(path).mode & 0o777, lstatSync(link).isSymbolicLink()]).toStrictEqual([mode, true]);
      await saveAsync(link, zeros(3));
      expect([statSync(path).mode & 0o777, lstatSync(link).isSymbolicLink()]).toStrictEqual([mode, true]);
      expect(load(path).shape).toStrictEqual([3]);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toStrictEqual([]);
  });

  test("are saved where a process of the same number was killed on the way", async () => {
    const path = join(folder, "again.npy");
    for (let at = 0; at < 200; at++) writeFileSync(`${path}.${process.pid}-${at}.tmp`, "");
    save(path, zeros(2));
    await saveAsync(path, zeros(3));
    expect(load(path).shape).toStrictEqual([3]);
    for (let at = 0; at < 200; at++) rmSync(`${path}.${process.pid}-${at}.tmp`);
  });

  test("of no elements are neither written nor loaded when the signal has been given", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    const path = join(folder, "nothing.npy");
    await expect(saveAsync(path, zeros(0), { signal })).rejects.toThrow("enough");
    expect(readdirSync(folder)).not.toContain("nothing.npy");
    await saveAsync(path, zeros(0));
    const shelf = freshShelf();
    await expect(loadInto(shelf, "x", path, { signal })).rejects.toThrow("enough");
    expect([...shelf.keys()]).toStrictEqual([]);
  });
});
