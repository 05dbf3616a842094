import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { specialise } from "../src/ops/specialise.ts";

const INDEX = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** Every operation and conversion on every dtype, in long and in short rows; prints all the elements. */
const EVERYTHING = `
  import { array, dtypes, dtypeInfo } from ${JSON.stringify(INDEX)};
  const operations = ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "ilshift", "irshift", "ixor"];
  const found = [];
  for (const dtype of dtypes) for (const operation of operations) for (const length of [7, 300]) {
    const x = array(Array.from({ length }, (_, i) => 1 + (i % 5)), "float64").astype(dtype);
    const y = array(Array.from({ length }, (_, i) => 1 + (i % 3)), "float64").astype(dtype);
    try {
      x[operation](y);
      x[operation](y.slice([0, 1]));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    found.push(String(x.data), String(x.astype("float64").data), String(x.astype("int64").data));
  }
  console.log(found.join());
`;

function outputOf(...options: string[]): string {
  return execFileSync(process.execPath, [...options, "--input-type=module", "-e", EVERYTHING], { encoding: "utf8" });
}

describe("specialised loops", () => {
  test("give the same results where code from strings is forbidden", () => {
    expect(outputOf("--disallow-code-generation-from-strings")).toBe(outputOf());
  });

  test("are copies that do the same", () => {
    const kernel = (out: number[]): void => void (out[0] = 7);
    const copy = specialise(kernel);
    const out = [0];
    copy(out);
    expect(out).toStrictEqual([7]);
    expect(copy).not.toBe(kernel);
  });

  test("have feedback of their own: a loop's copy for one element type stays fast after eight others ran", () => {
    // Copies of equal text would share it, and cost some 40 times as much.
    const add = (a: Float64Array, b: Float64Array): void => {
      for (let k = 0; k < a.length; k++) a[k] += b[k];
    };
    const count = 300_000;
    const types = [Float64Array, Float32Array, Int32Array, Uint8Array, Uint32Array, Int16Array, Uint16Array, Int8Array];
    const contenders = types.map((type) => ({
      kernel: specialise(add),
      a: new type(count) as Float64Array,
      b: new type(count) as Float64Array,
      best: Infinity,
    }));
    for (let round = 0; round < 20; round++) {
      for (const each of contenders) {
        const begin = performance.now();
        each.kernel(each.a, each.b);
        each.best = Math.min(each.best, performance.now() - begin);
      }
    }
    const times = contenders.map(({ best }) => best);
    expect(Math.max(...times)).toBeLessThan(8 * Math.min(...times));
  });
});
