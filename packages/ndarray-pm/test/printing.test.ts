import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { makeArray } from "../src/make-array.ts";
import {
  arange,
  array,
  array2string,
  arrayRepr,
  arrayStr,
  complex,
  type DType,
  dtypeInfo,
  linspace,
  type NDArray,
  ones,
  type PrintOptions,
  zeros,
} from "../src/index.ts";
import { sizeOf } from "../src/shape.ts";
import { numpy, numpyName } from "./support/numpy.ts";
import { freshShelf } from "./support/shelves.ts";

interface Case {
  readonly dtype: DType;
  readonly shape: number[];
  readonly options: PrintOptions;
  readonly bytes: string;
  readonly str: string;
  readonly repr: string;
}

/** One line of text each: the version, then the cases. */
function parseCases(text: string): Case[] {
  const [, ...lines] = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Case);
}

function build({ dtype, shape, bytes }: Case): NDArray<any> {
  const content = new Uint8Array(Buffer.from(bytes, "base64"));
  const size = sizeOf(shape);
  return makeArray({
    data: dtypeInfo(dtype).over(content.buffer, 0, size),
    dtype,
    shape,
    stride: zeros(shape).stride,
    offset: 0,
  });
}

/** What is printed otherwise than NumPy prints it. */
function mismatchesOf(cases: readonly Case[]): unknown[] {
  const found: unknown[] = [];
  for (const [at, each] of cases.entries()) {
    const { dtype, options } = each;
    const x = build(each);
    const { str, repr } = { str: arrayStr(x, each.options), repr: arrayRepr(x, each.options) };
    for (const [ours, numpys] of [
      [str, each.str],
      [repr, each.repr],
    ]) {
      const lines = numpys.split("\n");
      const line = ours.split("\n").findIndex((text, index) => text !== lines[index]);
      if (ours !== numpys) found.push({ at, dtype, options, found: ours.split("\n")[line], numpy: lines[line] });
    }
  }
  return found;
}

describe("arrays are printed", { timeout: 120_000 }, () => {
  test("as NumPy 2.4 prints 700 random ones of every dtype, to the letter", () => {
    const recorded = readFileSync(new URL("fixtures/printing.jsonl.gz", import.meta.url));
    const cases = parseCases(gunzipSync(recorded).toString("utf8"));
    expect(cases.length).toBe(700);
    expect(mismatchesOf(cases)).toStrictEqual([]);
  });

  test.skipIf(numpy === undefined)(`as NumPy prints them now (${numpyName})`, () => {
    const script = fileURLToPath(new URL("fixtures/printing.py", import.meta.url));
    const { stdout } = spawnSync(numpy!.python, [script, "300"], { encoding: "utf8", maxBuffer: 2 ** 28 });
    const cases = parseCases(stdout);
    expect(cases.length).toBe(300);
    // Before 2.3, NumPy changed to exponents at the same numbers whatever the dtype, and named shapes at other places.
    const isOld = numpy!.release < 2003;
    const comparable = cases.filter(({ dtype, shape, options }) => {
      const size = sizeOf(shape);
      return !isOld || (size > 0 && size <= (options.threshold ?? 1000) && !/float16|float32|complex64/.test(dtype));
    });
    expect(comparable.length).toBeGreaterThan(60);
    expect(mismatchesOf(comparable)).toStrictEqual([]);
  });

  test("from a shelf, with where they are; console.log shows NumPy's repr, String(x) its str", () => {
    const { vars } = freshShelf();
    vars["x"] = array([1, 0.5], "float32");
    expect(String(vars["x"])).toBe("[1.  0.5]");
    expect(inspect(vars["x"])).toBe("array([1. , 0.5], dtype=float32) on shelf");
    expect(inspect({ x: ones([2, 2]) })).toBe("{\n  x: array([[1., 1.],\n         [1., 1.]])\n}");
    expect(inspect({ a: { b: { x: ones(2) } } })).toContain("[NDArray(float64) [2]]");
  });

  test("with no more digits than their dtype holds: bfloat16", () => {
    expect(inspect(array([0.1, -2.5], "bfloat16"))).toBe("array([ 0.1, -2.5], dtype=bfloat16)");
  });

  test("with exponents where their dtype, not a double, tells them too far apart or too small", () => {
    // As NumPy 2 prints them.
    expect(arrayStr(array([0.7, 700], "float32"))).toBe("[  0.7 700. ]");
    expect(arrayStr(array([0.0001], "float32"))).toBe("[0.0001]");
    expect(arrayStr(array([complex(7, 0.0001)], "complex64"))).toBe("[7.+0.0001j]");
    expect(arrayStr(array([0.1, 100], "float16"))).toBe("[  0.1 100. ]");
    expect(arrayStr(array([0.7, 701], "float32"))).toBe("[7.00e-01 7.01e+02]");
    expect(arrayStr(array([0.00009], "float32"))).toBe("[9.e-05]");
  });

  test("from views, as they show the elements", () => {
    const x = arange(12).reshape(3, 4).T.slice("::-2");
    expect(String(x)).toBe("[[ 3.  7. 11.]\n [ 1.  5.  9.]]");
  });

  test("without being made: printing an array of 2^40 elements takes no memory", () => {
    expect(inspect(zeros([2 ** 20, 2 ** 20]))).toBe("NDArray(float64) [1048576, 1048576], not made yet");
  });

  test("reading only what is shown of a large one", () => {
    const x = ones(1_000_000, "float32");
    x.set(500_000, 1e30);
    expect(String(x)).toBe("[1. 1. 1. ... 1. 1. 1.]");
  });

  test("as a whole where that is asked for, however many elements there are", () => {
    for (const dtype of ["float64", "int16"] as const) {
      const text = array2string(arange(0, 200_000, 1, "float64").remainder(7).astype(dtype), { threshold: Infinity });
      expect([text.match(/\d/gu)?.length, text.includes("...")]).toStrictEqual([200_000, false]);
    }
  });

  test("with the precision, width and separator that are asked for", () => {
    expect(array2string(linspace(0, 1, 4), { precision: 3 })).toBe("[0.    0.333 0.667 1.   ]");
    expect(array2string(arange(3), { separator: "," })).toBe("[0.,1.,2.]");
    expect(array2string(array([1e-16, 1]), { suppress: true })).toBe("[0. 1.]");
    expect(() => array2string(arange(3), { precision: -1 })).toThrow(RangeError);
    expect(() => array2string(arange(3), { linewidth: "wide" as never })).toThrow(TypeError);
  });

  test("as JSON up to a million elements; beyond, the refusal says what to do", () => {
    expect(JSON.stringify({ x: array([[1, 2]]) })).toBe('{"x":[[1,2]]}');
    expect(() => JSON.stringify(zeros(1_000_001))).toThrow(/save\(\).*slices/u);
  });
});
