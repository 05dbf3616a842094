import { describe, expect, test } from "vitest";
import {
  add,
  argsort,
  clip,
  copyto,
  cumsum,
  defaultRng,
  greater,
  multiply,
  type NDArray,
  sqrt,
  takeAlongAxis,
  zeros,
} from "../src/index.ts";
import { type RecordingStorage, recordedArray } from "./support/recording-storage.ts";

/** Elements of a [6, 8] array of float64 whose bytes are recorded by some work, in order; how often each is. */
function recordedElements(storage: RecordingStorage): number[] {
  return storage.snapshots
    .flatMap(([offset, length]) => Array.from({ length: length / 8 }, (_, k) => offset / 8 + k))
    .sort((a, b) => a - b);
}

const whole = Array.from({ length: 48 }, (_, at) => at);
/** Elements of `x.slice([1, 3], "::2")`. */
const viewed = [8, 10, 12, 14, 16, 18, 20, 22];
const view = (x: NDArray<"float64">): NDArray<"float64"> => x.slice([1, 3], "::2");
const even = (x: NDArray<"float64">): NDArray => x.remainder(2).equal(0);

const operations: [name: string, work: (x: NDArray<"float64">) => unknown, recorded: number[]][] = [
  ["a unary function into itself", (x) => sqrt(x, { out: x }), whole],
  ["a unary function into a view", (x) => sqrt(view(x), { out: view(x) }), viewed],
  ["a binary function with a mask", (x) => multiply(x, 2, { out: x, where: greater(x, 44) }), [45, 46, 47]],
  ["a mask on a view", (x) => add(view(x), 1, { out: view(x), where: greater(view(x), 17) }), [18, 20, 22]],
  ["clip", (x) => clip(x, 5, 10, { out: x }), whole],
  ["clip with a mask", (x) => clip(x, 5, null, { out: x, where: greater(x, 46) }), [47]],
  ["sort of a view", (x) => view(x).sort(0), viewed],
  ["the order of argsort applied", (x) => takeAlongAxis(view(x), argsort(view(x)), -1, { out: view(x) }), viewed],
  ["byteswap", (x) => view(x).byteswap(), viewed],
  ["running sums", (x) => cumsum(view(x), 1, { out: view(x) }), viewed],
  ["putmask", (x) => x.putmask(even(x), -1), whole.filter((at) => at % 2 === 0)],
  ["copyto where", (x) => copyto(x, -1, { where: greater(x, 44) }), [45, 46, 47]],
  [
    "assignment to indices, which repeat",
    (x) =>
      x.assignSelected(
        [
          [5, 0, 5],
          [1, 2, 1],
        ],
        7,
      ),
    [2, 41],
  ],
  ["assignment to rows", (x) => x.assignSelected([[2]], 7), [16, 17, 18, 19, 20, 21, 22, 23]],
  ["assignment to a mask", (x) => x.assignSelected([greater(x, 45)], 7), [46, 47]],
  ["put", (x) => x.T.put([0, 1, -1], [7, 8]), [0, 8, 47]],
  ["random numbers", (x) => defaultRng(1).normal(0, 1, { out: view(x) }), viewed],
];

describe("in-place operations on a shelf, beyond arithmetic", () => {
  test.each(operations)("%s: exactly the bytes that change are recorded, once", (_, work, recorded) => {
    const { array: x, storage } = recordedArray([6, 8], "float64");
    const before = x.copy();
    work(x);
    expect(recordedElements(storage)).toStrictEqual(recorded);
    expect(storage.commits).toBe(1);
    const changed = whole.filter((at) => !Object.is(x.data[at], before.data[at]));
    expect(changed.filter((at) => !recorded.includes(at))).toStrictEqual([]);
  });

  test.each(operations)("%s: nothing changes when the log has no room", (_, work) => {
    const { array: x, storage } = recordedArray([6, 8], "float64");
    const before = [...x.data];
    storage.room = 0;
    expect(() => work(x)).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }));
    expect([...x.data]).toStrictEqual(before);
  });

  test.each(operations)("%s: no log and no transaction on a nonatomic view", (_, work) => {
    const { array: x, storage } = recordedArray([6, 8], "float64");
    const { array: twin } = recordedArray([6, 8], "float64");
    work(twin);
    work(x.nonatomic);
    expect([storage.snapshots, storage.commits]).toStrictEqual([[], 0]);
    expect([...x.data]).toStrictEqual([...twin.data]);
  });

  test("a nonatomic view is persisted by hand", () => {
    const { array: x, storage } = recordedArray([4], "float64");
    const plain = x.nonatomic.slice("1:");
    plain.iadd(1).fill(3);
    plain.persist();
    expect([storage.snapshots, storage.flushed, storage.drains]).toStrictEqual([[], [[8, 24]], 1]);
    expect(x.isNonatomic).toBe(false);
  });

  test("a result that out cannot hold, or of another shape, is refused before anything is recorded", () => {
    const { array: x, storage } = recordedArray([4], "int8");
    expect(() => sqrt(x, { out: x })).toThrow(/result is float16, which out, of int8/);
    expect(() => add(x, zeros([2, 4], "int8"), { out: x })).toThrow(/expected out of shape \[2, 4\]/);
    expect(() => add(x, 1, { out: x, where: zeros(4) as never })).toThrow(/expected a mask of bool/);
    expect(() => add(x, 1, { out: {} as never })).toThrow(/expected an NDArray as out/);
    expect(() => x.broadcastTo([2, 4]).iadd(1)).toThrow(/was broadcast/);
    expect(() => x.putmask(zeros(4), 0)).toThrow(/expected a mask of bool/);
    expect(storage.snapshots).toStrictEqual([]);
  });

  test("operands that overlap the result are read as they were", () => {
    const { array: x } = recordedArray([5], "float64");
    add(x.slice(":-1"), x.slice("1:"), { out: x.slice("1:") });
    expect(x.toArray()).toStrictEqual([0, 1, 3, 5, 7]);
    x.assignSelected([[0, 1, 2, 3, 4]], x.slice("::-1"));
    expect(x.toArray()).toStrictEqual([7, 5, 3, 1, 0]);
    clip(x, x.slice("::-1"), null, { out: x });
    expect(x.toArray()).toStrictEqual([7, 5, 3, 5, 7]);
  });
});

describe("persistAsync", () => {
  test("persists neighbours in one piece on the thread pool", async () => {
    const { array: x, storage } = recordedArray([100, 10], "float64");
    await x.persistAsync();
    await x.persistAsync(3, 40);
    expect([storage.persistedAsync, storage.flushed]).toStrictEqual([
      [
        [0, 8000],
        [24, 320],
      ],
      [],
    ]);
  });

  test("flushes only the lines that a view with gaps touches, in pieces", async () => {
    const { array: x, storage } = recordedArray([40_000, 16], "float64");
    await x.slice(null, 0).persistAsync();
    expect(storage.flushed.length).toBe(40_000);
    expect(storage.flushed.every(([offset, length]) => offset % 128 === 0 && length === 8)).toBe(true);
    expect(storage.drains).toBe(3);
  });

  test("ends early when its signal aborts, and refuses arrays in DRAM", async () => {
    const { array: x } = recordedArray([4], "int8");
    await expect(x.persistAsync(0, 4, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await expect(zeros(3).persistAsync()).rejects.toThrow(/is in DRAM/);
    await expect(x.persistAsync(3, 2)).rejects.toThrow(RangeError);
  });
});
