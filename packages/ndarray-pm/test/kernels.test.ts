import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { defaultRng, dtypes, matmul, type NDArray, ones } from "../src/index.ts";
import { binaryCodes, foldCodes, statuses } from "../src/native/codes.ts";
import { nativeSizes, runBinary, runFold, runMatmul } from "../src/native/kernels.ts";
import { activeKernels, load, nativeKernels } from "../src/native/load.ts";
import type { Matrix } from "../src/matrix.ts";
import type { View } from "../src/view.ts";
import { evaluate } from "./differential/evaluate.ts";
import { ExpressionSource } from "./differential/expressions.ts";

const packageFolder = join(import.meta.dirname, "..");
const usual = { ...nativeSizes };
const binding = nativeKernels();

afterEach(() => {
  Object.assign(nativeSizes, usual);
});

/** Lets the addon do all that it can, or nothing. */
function useNative(all: boolean): void {
  for (const key of Object.keys(nativeSizes)) nativeSizes[key as keyof typeof nativeSizes] = all ? 1 : Infinity;
}

/** What a call threw, or the elements that it gave, of which every NaN is one. */
function outcomeOf(work: () => NDArray): unknown {
  try {
    const result = work();
    return { dtype: result.dtype, shape: result.shape, elements: result.toArray() };
  } catch (error) {
    return String(error);
  }
}

test("the best kernels of this processor are used, unless NODEMM_KERNELS says otherwise", () => {
  const wanted = process.env["NODEMM_KERNELS"] ?? "";
  const best = binding === undefined ? "js" : binding.choose(undefined);
  expect(activeKernels()).toBe(wanted === "" ? best : wanted);
});

test.skipIf(binding === undefined)("a sort is the same with the addon and without, for every dtype and stride", () => {
  for (const dtype of dtypes.filter((name) => !name.startsWith("complex"))) {
    for (const length of [3, 300, 3000]) {
      const source = defaultRng(length)
        .normal(0, 40, { shape: [length, 3] })
        .astype(dtype);
      if (dtype.startsWith("float"))
        for (let k = 0; k < length; k += 7) source.set(k, 1, [NaN, -0, 0, Infinity][k % 4]);
      const [native, inJavaScript] = [true, false].map((all) => {
        useNative(all);
        return [0, 1].map((axis) => source.copy().sort(axis).toArray());
      });
      expect(native).toStrictEqual(inJavaScript);
    }
  }
});

test.skipIf(binding === undefined)(
  "a matmul is the same with the addon and without, for every dtype and stride",
  () => {
    const random = defaultRng(11);
    const some = (shape: number[], dtype: (typeof dtypes)[number]): NDArray =>
      random.normal(0, 20, { shape }).astype(dtype);
    for (const dtype of dtypes) {
      for (const [rows, inner, columns] of [
        [1, 1, 1],
        [1, 300, 20],
        [20, 300, 1],
        [17, 257, 9],
        [70, 6, 33],
        [0, 4, 5],
        [4, 0, 5],
      ]) {
        const operands = (): [NDArray, NDArray][] => {
          const [a, b] = [some([rows, inner], dtype), some([inner, columns], dtype)];
          if (dtype.startsWith("float") && inner > 0 && rows > 0) {
            for (const [at, value] of [NaN, Infinity, -0].entries()) a.set(rows - 1, at % inner, value);
          }
          return [
            [a, b],
            [some([inner, rows], dtype).T, some([columns, inner], dtype).T],
            [a.flip(), b.flip(0)],
            [some([rows, 2 * inner], dtype).slice(null, [null, null, 2]), some([2, inner, columns], dtype)],
            [a, some([inner, columns], "float32")],
          ];
        };
        for (const [a, b] of operands()) {
          const [native, inJavaScript] = [true, false].map((all) => {
            useNative(all);
            const { dtype: its, shape, data } = matmul(a, b);
            return { its, shape, data };
          });
          expect(native).toStrictEqual(inJavaScript);
        }
      }
    }
  },
);

test.skipIf(binding === undefined)(
  "3,000 random expressions have the same bits with the addon and without",
  { timeout: 120_000 },
  () => {
    const source = new ExpressionSource(20261126);
    const expressions = Array.from({ length: 3000 }, () => source.next());
    const [native, inJavaScript] = [true, false].map((all) => {
      useNative(all);
      return expressions.map((expression) => outcomeOf(() => evaluate(expression)));
    });
    const different = expressions.filter((_, at) => {
      try {
        expect(native[at]).toStrictEqual(inJavaScript[at]);
        return false;
      } catch {
        return true;
      }
    });
    expect(different.map(({ name, inputs }) => JSON.stringify([name, inputs]))).toEqual([]);
  },
);

test("the lists of codes are those of the addon", () => {
  const listOf = (file: string, name: string): string[] => {
    const text = readFileSync(join(packageFolder, "native/core", file), "utf8");
    const body = new RegExp(`enum class ${name} : std::uint8_t \\{(?<body>[^}]*)\\}`, "u").exec(text)!.groups!["body"];
    const names = body.split(",").map((each) => each.trim());
    return names
      .filter((each) => each !== "")
      .map((each) => each.replaceAll(/_(?<letter>\w)/gu, (_, letter: string) => letter.toUpperCase()));
  };
  expect(listOf("kernels.h", "Binary")).toEqual([...binaryCodes]);
  expect(listOf("kernels.h", "Fold")).toEqual([...foldCodes]);
  expect(listOf("layout.h", "Status")).toEqual([...statuses]);
});

describe("without the addon", () => {
  test("NODEMM_KERNELS=js does all the work in JavaScript, with the same result", () => {
    const program = `
      import { activeKernels, arange } from "@nodemm/ndarray-pm";
      const x = arange(0, 100000).astype("float64").multiply(0.1);
      console.log(activeKernels(), x.sum(), x.add(x.flip()).max(), x.matmul(x), x.argmax());
    `;
    const [plain, usualOutput] = ["js", ""].map((kernels) => {
      const env = { ...process.env, NODEMM_KERNELS: kernels };
      const options = { cwd: packageFolder, env, encoding: "utf8" } as const;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], options);
      expect(stderr).toBe("");
      return stdout.split(" ");
    });
    expect(plain[0]).toBe("js");
    expect(plain.slice(1)).toEqual(usualOutput.slice(1));
  });

  test("a package without one for the platform computes in JavaScript, and says so", () => {
    const folder = mkdtempSync(join(tmpdir(), "no-addon-"));
    expect(load(folder, undefined)).toEqual({ binding: undefined, name: "js" });
    expect(() => load(folder, "avx2")).toThrow(/NODEMM_KERNELS is avx2, but there is no addon/u);
    rmSync(folder, { recursive: true });
  });

  test.skipIf(binding === undefined)("kernels that no processor has are refused by name", () => {
    expect(() => load(packageFolder, "mmx")).toThrow(/NODEMM_KERNELS is mmx, expected avx512, avx2, baseline or js/u);
  });
});

describe.skipIf(binding === undefined)("bad input", () => {
  const row = (data: View["data"], offset = 0, length = 2000, step = 1): View => {
    const dtype = data instanceof Float64Array ? "float64" : "float32";
    return { data, dtype, shape: [length], stride: [step], offset, storage: undefined };
  };
  const [a, out] = [new Float64Array(2000).fill(1), new Float64Array(2000)];

  test("elements outside their data are a RangeError, and nothing is stored", () => {
    for (const bad of [row(a, 1), row(a, -1), row(a, 0, 2000, 2), row(a, 0, 2000, 2 ** 52), row(a, NaN), row(a, 0.5)]) {
      expect(() => runBinary("add", row(out), row(a), bad)).toThrow(RangeError);
      expect(() => runBinary("add", bad, row(a), row(a))).toThrow(RangeError);
    }
    expect(() => runFold("sum", a, 1, 2000)).toThrow(RangeError);
    expect(() => runFold("sum", a, -1, 2000)).toThrow(RangeError);
    expect(() => runFold("sum", a, 0, 2 ** 60)).toThrow(RangeError);
    expect(out.every((value) => value === 0)).toBe(true);
  });

  test("a detached array has no elements", () => {
    const gone = new Float64Array(2000);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(() => runBinary("add", row(out), row(a), row(gone))).toThrow(RangeError);
    expect(() => runBinary("add", row(gone), row(a), row(a))).toThrow(RangeError);
    expect(() => runFold("maximum", gone, 0, 2000)).toThrow(RangeError);
  });

  test("an array that became shorter has the elements that are left", () => {
    const buffer: ArrayBuffer & { resize?: (length: number) => void } = Reflect.construct(ArrayBuffer, [
      16000,
      { maxByteLength: 16000 },
    ]);
    if (buffer.resize === undefined) return;
    const shrinking = new Float64Array(buffer);
    expect(runFold("sum", shrinking, 0, 2000)).toBe(0);
    buffer.resize(8000);
    expect(runFold("sum", shrinking, 0, 1000)).toBe(0);
    expect(() => runFold("sum", shrinking, 0, 2000)).toThrow(RangeError);
  });

  test("shared memory is computed on as any other", () => {
    const shared = new Float64Array(new SharedArrayBuffer(16000)).fill(2);
    expect(runBinary("multiply", row(shared as never), row(a), row(shared as never))).toBe(true);
    expect(runFold("sum", shared as never, 0, 2000)).toBe(4000);
  });

  test("a matmul of matrices outside their data is a RangeError, and one over its own operand is declined", () => {
    const square = (data: View["data"], offset = 0, down = 40, right = 1): Matrix => {
      return { data, offset, rows: 40, columns: 40, down, right };
    };
    for (const bad of [square(a, 500), square(a, -1), square(a, 0, 2 ** 52), square(a, NaN), square(a, 0, 40, 0.5)]) {
      expect(() => runMatmul(square(out), square(a), bad)).toThrow(RangeError);
      expect(() => runMatmul(bad, square(a), square(a))).toThrow(RangeError);
    }
    expect(runMatmul(square(out), square(a), square(out, 1))).toBe(false);
    expect(runMatmul(square(new Int32Array(2000)), square(a), square(a))).toBe(false);
    expect(out.every((value) => value === 0)).toBe(true);
  });

  test("what overlaps, and what has another type, is declined", () => {
    const longer = new Float64Array(4000);
    expect(runBinary("add", row(longer, 1), row(longer, 0), row(a))).toBe(false);
    expect(runBinary("add", row(out), row(a), row(new Float32Array(2000)))).toBe(false);
    expect(runBinary("bitwiseAnd", row(out), row(a), row(a))).toBe(false);
  });

  test("the addon answers anything at all with a status, never with a crash", () => {
    const values = [undefined, null, -1, 0, 3, 99, NaN, 2 ** 53, "x", {}, [], a, out, new DataView(new ArrayBuffer(8))];
    const native = binding as unknown as Record<string, (...values: unknown[]) => unknown>;
    for (let round = 0; round < 20_000; round++) {
      const pick = (): unknown => values[Math.floor(Math.random() * values.length)];
      for (let k = 0; k < 16; k++) binding!.frame[k] = Number(pick());
      for (const call of ["binary", "fold", "dot", "matmul", "sort"])
        native[call](...Array.from({ length: round % 7 }, pick));
    }
    for (const value of values) expect(["string", "undefined"]).toContain(typeof native["choose"](value));
    binding!.choose(undefined);
  });
});

test("a file truncated under running kernels does not end the process: the array's shelf then throws ERR_PMEM_FAULT", () => {
  const folder = mkdtempSync(join(tmpdir(), "truncated-kernels-"));
  const script = join(import.meta.dirname, "support/truncated-under-kernels.mjs");
  const options = { encoding: "utf8", timeout: 60_000 } as const;
  const { stdout, stderr, signal } = spawnSync(process.execPath, [script, join(folder, "shelf")], options);
  rmSync(folder, { recursive: true });
  expect(signal, stderr).toBe(null);
  expect(JSON.parse(stdout)).toEqual({
    kernels: activeKernels(),
    before: 4_000_000,
    outcome: { code: "ERR_PMEM_FAULT" },
    ran: true,
  });
});

test("an array of millions of elements is the same for any number of threads", () => {
  const x = ones([3_000_000]).multiply(0.1);
  const results = [1, 2, 3, 0].map((most) => {
    binding?.limitThreads(most);
    const square = x.slice([0, 90_000]).reshape(300, 300);
    return [x.sum(), x.add(x).max(), x.matmul(x), x.argmin(), square.matmul(square.add(x.get(7))).sum()];
  });
  expect(new Set(results.map(String)).size).toBe(1);
});
