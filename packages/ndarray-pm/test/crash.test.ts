import { dram, exploreCrashes } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import {
  add,
  arange,
  argsort,
  clip,
  cumsum,
  greater,
  type NDArray,
  ndarrayCodec,
  takeAlongAxis,
} from "../src/index.ts";

type Grid = NDArray<"float64">;

const operations: [name: string, work: (x: Grid) => unknown][] = [
  ["arithmetic on a strided view", (x) => x.slice("::2", "1:").imul(-3)],
  ["a masked addition", (x) => add(x, 100, { out: x, where: greater(x, 20) })],
  ["clip", (x) => clip(x, 4, 30, { out: x })],
  ["sort, then the order of another", (x) => takeAlongAxis(x, argsort(x.negative()), -1, { out: x })],
  ["running sums", (x) => cumsum(x, 0, { out: x })],
  ["byteswap", (x) => x.slice(1).byteswap()],
  [
    "assignment to indices",
    (x) =>
      x.assignSelected(
        [
          [3, 0],
          [5, 1],
        ],
        -1,
      ),
  ],
  ["assignment to a mask", (x) => x.assignSelected([greater(x, 10)], 0)],
];

function openGrid(region: ReturnType<typeof dram>): Shelf<{ grid: Grid }> {
  return openShelf<{ grid: Grid }>(region, { types: [ndarrayCodec] });
}

function contentOf(shelf: Shelf<{ grid: Grid }>): string {
  const grid = shelf.get("grid");
  return grid === undefined ? "nothing" : [...grid.data].join();
}

describe("power failure at any moment", () => {
  test.each(operations)("of %s leaves all old elements or all new ones", (_, work) => {
    const twin = arange(48).reshape(6, 8).copy();
    const old = [...twin.data].join();
    work(twin);
    const changed = [...twin.data].join();
    expect(changed).not.toBe(old);
    const result = exploreCrashes<string>({
      limitPerPoint: 64,
      nestedDepth: 1,
      create: () => dram({ size: 64 * 1024 }),
      workload(region, context) {
        context.expect("nothing");
        const shelf = openGrid(region);
        context.expect("nothing", old);
        shelf.set("grid", arange(48).reshape(6, 8));
        context.expect(old, changed);
        work(shelf.get("grid") as Grid);
        context.expect(changed);
        expect(contentOf(shelf)).toBe(changed);
      },
      verify(region, context) {
        const content = contentOf(openGrid(region));
        if (!context.expected.includes(content)) throw new Error(`recovered ${content}`);
        context.expect(content);
      },
    });
    expect(result.violations).toStrictEqual([]);
    expect(result.verified).toBeGreaterThan(50);
  });
});
