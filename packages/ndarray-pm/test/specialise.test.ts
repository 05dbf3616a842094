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
    const sum = (data: ArrayLike<number>, out: Float64Array): void => {
      for (let k = 0; k < data.length; k++) out[0] += data[k];
    };
    const out = new Float64Array(1);
    const milliseconds = (kernel: typeof sum, data: ArrayLike<number>): number => {
      const times = Array.from({ length: 9 }, () => {
        const begin = performance.now();
        kernel(data, out);
        return performance.now() - begin;
      });
      return Math.min(...times);
    };
    const types = [Int8Array, Int16Array, Int32Array, Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array];
    const alone = milliseconds(specialise(sum), new Float64Array(300_000));
    const copies = types.map((type) => ({ kernel: specialise(sum), data: new type(300_000) }));
    for (let round = 0; round < 3; round++) for (const { kernel, data } of copies) kernel(data, out);
    for (const { kernel, data } of copies) expect(milliseconds(kernel, data)).toBeLessThan(10 * alone);
  });
});
