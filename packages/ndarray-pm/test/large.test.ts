import { describe, expect, test } from "vitest";
import { forEachRow } from "../src/iterate.ts";
import { zeros } from "../src/index.ts";
import { nearRow } from "../src/ops/near.ts";

const isOld = Number(process.versions.node.split(".")[0]) < 22;

describe("arrays of more than 2^32 elements", () => {
  test("are described without memory", () => {
    const x = zeros([2 ** 20, 2 ** 20], "float32");
    expect([x.size, x.nbytes]).toStrictEqual([2 ** 40, 2 ** 42]);
  });

  test.runIf(isOld)("are refused in DRAM by Node 20, with a RangeError", () => {
    expect(() => zeros(2 ** 32 + 1, "uint8").get(0)).toThrow(RangeError);
  });

  test("are walked in rows whose lengths are small integers, and that together are everything", () => {
    const rows: [number, number][] = [];
    forEachRow([2 ** 30 + 5], [[3]], [7], (count, at) => rows.push([count, at[0]]));
    expect(rows.map(([count]) => count)).toStrictEqual([2 ** 28, 2 ** 28, 2 ** 28, 2 ** 28, 5]);
    expect(rows.map(([, at]) => at)).toStrictEqual([0, 1, 2, 3, 4].map((piece) => 7 + piece * 3 * 2 ** 28));
  });

  test("are read from the beginning of each row, forwards and backwards", () => {
    const data = Float64Array.from({ length: 20 }, (_, at) => at);
    for (const [at, step, count] of [
      [5, 2, 4],
      [17, -3, 5],
      [4, 0, 3],
    ]) {
      const near = nearRow(data, at, step, count, 1);
      for (let k = 0; k < count; k++) expect(near.data[near.at + k * step]).toBe(at + k * step);
      expect(near.data.length).toBe(Math.abs(step) * (count - 1) + 1);
    }
  });
});
