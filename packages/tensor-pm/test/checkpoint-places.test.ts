/** Where the leaves of a checkpoint lie, and who may still be looking at them there. */
import { setTimeout } from "node:timers/promises";
import { dram } from "@nodemm/emulator";
import { zeros } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf, ShelfError } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import {
  ChangeSet,
  eraseCheckpoint,
  load as loadTree,
  pruneVersions,
  save,
  saveAsync,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";
import { checkpointCodec, putRecord } from "../src/checkpoint/codecs.ts";
import { CheckpointRecord } from "../src/checkpoint/record.ts";

type AnyShelf = Shelf<Record<string, any>>;
const load = (shelf: AnyShelf, name: string): any => loadTree<any>(shelf, name);

const freshShelf = (bytes = 4 << 20): AnyShelf => openShelf(dram({ size: bytes }), { types: tensorTypes });
const filled = (value: number, elements = 8): Tensor => tensor(new Float32Array(elements).fill(value));
const erased = expect.objectContaining({ code: "ERR_SHELF_ERASED" });
const busy = expect.objectContaining({ code: "ERR_CHECKPOINT_BUSY" });

describe("a tree that was loaded", () => {
  test.each([1, 2, 3, 4])("after %i saves, changed and saved over and over, stays attached", (saves) => {
    const shelf = freshShelf();
    for (let value = 1; value <= saves; value++) save(shelf, "run", { w: filled(value) });
    const state = load(shelf, "run");
    const free: number[] = [];
    for (let value = 10; value < 18; value++) {
      state.w.fill_(value);
      save(shelf, "run", state);
      expect(load(shelf, "run").w.array.get(0)).toBe(value);
      free.push(shelf.usage().free);
    }
    expect(new Set(free.slice(2)).size).toBe(1);
  });

  test("is detached when a save of something else needs its place, also if it was saved in between", () => {
    const shelf = freshShelf();
    for (const value of [1, 2]) save(shelf, "run", { w: filled(value) });
    const loaded = load(shelf, "run");
    save(shelf, "run", loaded);
    for (const value of [5, 6, 7]) save(shelf, "run", { w: filled(value) });
    expect(() => loaded.w.fill_(77)).toThrow(erased);
    expect(load(shelf, "run").w.array.get(0)).toBe(7);
  });
});

describe("a first save", () => {
  const aborted = { signal: AbortSignal.abort() };
  const names = (shelf: AnyShelf): string[] => [...shelf.keys()];

  test("that does not end leaves no variable of its name, and its space to the next one, or to eraseCheckpoint", async () => {
    const shelf = freshShelf();
    await expect(saveAsync(shelf, "run", { w: filled(1) }, aborted)).rejects.toThrow(/abort/u);
    expect([shelf.has("run"), names(shelf).length]).toStrictEqual([false, 1]);
    save(shelf, "run", { w: filled(2) });
    expect([names(shelf).length, load(shelf, "run").w.array.get(0)]).toStrictEqual([2, 2]);
    await expect(saveAsync(shelf, "other", { w: filled(1) }, aborted)).rejects.toThrow(/abort/u);
    expect([eraseCheckpoint(shelf, "other"), names(shelf).length]).toStrictEqual([false, 2]);
  });

  test("under way keeps its data from the first save of a name that its own begins with", async () => {
    const shelf = freshShelf();
    const saved = saveAsync(shelf, "run/best", { w: filled(1) });
    save(shelf, "run", { w: filled(2) });
    eraseCheckpoint(shelf, "run");
    eraseCheckpoint(shelf, "run");
    await saved;
    expect(load(shelf, "run/best").w.array.get(0)).toBe(1);
  });
});

describe("a checkpoint that is being saved", () => {
  test("is refused to other saves under its new name too", async () => {
    const shelf = freshShelf(64 << 20);
    const state = { x: filled(1, 2_000_000), w: filled(1) };
    for (let times = 0; times < 2; times++) save(shelf, "run", state);
    const saved = saveAsync(shelf, "run", state);
    shelf.rename("run", "renamed");
    expect(() => save(shelf, "renamed", { ...state, w: filled(2) })).toThrow(busy);
    expect(() => pruneVersions(shelf, "renamed", { keep: 1 })).toThrow(busy);
    expect(() => eraseCheckpoint(shelf, "renamed")).toThrow(busy);
    await expect(saved).rejects.toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_CHANGED" }));
    save(shelf, "renamed", { ...state, w: filled(3) });
    expect(load(shelf, "renamed").w.array.get(0)).toBe(3);
  });

  test.each(["at the beginning", "on the way", "at the end"])(
    "ends when onProgress throws, %s: nothing is copied any more then, and the last version stays",
    async (when) => {
      const shelf = freshShelf(256 << 20);
      const state = { w: filled(1, 12_000_000) };
      for (let times = 0; times < 2; times++) save(shelf, "run", state);
      state.w.fill_(2);
      let calls = 0;
      const onProgress = (written: number, total: number): void => {
        calls++;
        const isNow = { "at the beginning": calls === 1, "on the way": calls === 2, "at the end": written === total };
        if (isNow[when as keyof typeof isNow]) throw new Error("refused");
      };
      await expect(saveAsync(shelf, "run", state, { onProgress })).rejects.toThrow("refused");
      expect(load(shelf, "run").w.array.get(0)).toBe(1);
      save(shelf, "run", { w: filled(3, 12_000_000) });
      state.w.fill_(4);
      await setTimeout(50);
      const { w } = load(shelf, "run");
      expect([w.array.min(), w.array.max()]).toStrictEqual([3, 3]);
    },
  );
});

describe("changes of", () => {
  test("arrays with gaps are found although what is saved of them is a copy", () => {
    const shelf = freshShelf();
    const state = { narrowed: tensor({ shape: [64, 64] }).narrow(1, 0, 32), stepped: zeros([8, 8]).slice("::2") };
    const changes = new ChangeSet();
    save(shelf, "run", state, { changes });
    state.narrowed.fill_(7);
    state.stepped.fill(8);
    changes.add(state.narrowed).add(state.stepped);
    expect(save(shelf, "run", state, { changes }).writtenBytes).toBeGreaterThan(0);
    const { narrowed, stepped } = load(shelf, "run");
    expect([narrowed.array.get(63, 31), stepped.get(3, 7)]).toStrictEqual([7, 8]);
  });

  test("leaves under dates of the same second are not mixed up", () => {
    const shelf = freshShelf();
    const [first, second] = [filled(1, 4096), filled(2, 4096)];
    const state = new Map([1000, 1001].map((time, at) => [new Date(time), [first, second][at]]));
    save(shelf, "run", state);
    first.array.set(0, 3);
    for (const changes of ["compare", new ChangeSet()] as const) {
      save(shelf, "run", state, { changes });
      const found = [...load(shelf, "run").values()].map((each: Tensor) => each.array.get(0));
      expect(found).toStrictEqual([3, 2]);
    }
    const twice = new Map([first, second].map((each) => [new Date(1000), each]));
    expect(() => save(shelf, "twice", twice)).toThrow(/two keys that are the same date/u);
  });
});

/** The meta of a record with two versions, as releases that knew no deltas stored it. */
const RECORD = [
  "AQAAAH5usqxbInJ1bi9mN2M3MDRlYy8iLFtbMiwxNzk2MDk3NTUyNjY1LFsibyIsW1sidyIsWyJsIiwwXV0sWyJsaXN0IixbImEi",
  "LFtbImwiLDFdLFsicyIsIngiXSxbInMiLFsibnVtYmVyIiwiLTAiXV1dXV0sWyJuIixbInMiLFsiYmlnaW50IiwiNyJdXV0sWyJk",
  "IixbInMiLFsiZGF0ZSIsIjUiXV1dXV0sW1siJFtcIndcIl0iLCJ0ZW5zb3IiLCJBUUFBQUFBQUFBQUJDZ0FCQUFBQUFBTUFBQUFB",
  "QUFBQSIsMTIsMl0sWyIkW1wibGlzdFwiXVtudW1iZXIgMF0iLCJuZGFycmF5IiwiQVFvQUFRQUFBQUFCQUFBQUFBQUFBQT09Iiw0",
  "LDNdXV0sWzMsMTc5NjA5NzU1MjY2NixbIm8iLFtbInciLFsibCIsMF1dLFsibGlzdCIsWyJhIixbWyJsIiwxXSxbInMiLCJ4Il0s",
  "WyJzIixbIm51bWJlciIsIi0wIl1dXV1dLFsibiIsWyJzIixbImJpZ2ludCIsIjciXV1dLFsiZCIsWyJzIixbImRhdGUiLCI1Il1d",
  "XV1dLFtbIiRbXCJ3XCJdIiwidGVuc29yIiwiQVFBQUFBQUFBQUFCQ2dBQkFBQUFBQU1BQUFBQUFBQUEiLDEyLDRdLFsiJFtcImxp",
  "c3RcIl1bbnVtYmVyIDBdIiwibmRhcnJheSIsIkFRb0FBUUFBQUFBQkFBQUFBQUFBQUE9PSIsNCw1XV1dXSxbWzAsMTIsIiRbXCJ3",
  "XCJdIl0sWzEsNCwiJFtcImxpc3RcIl1bbnVtYmVyIDBdIl0sWzIsMTIsIiRbXCJ3XCJdIl0sWzMsNCwiJFtcImxpc3RcIl1bbnVt",
  "YmVyIDBdIl0sWzQsMTIsIiRbXCJ3XCJdIl0sWzUsNCwiJFtcImxpc3RcIl1bbnVtYmVyIDBdIl1dXQ==",
].join("");

describe("the record", () => {
  test("is stored by saves alone", () => {
    const shelf = freshShelf();
    save(shelf, "run", { w: filled(1) });
    const record: unknown = shelf.get("run");
    expect(record).toBeInstanceOf(CheckpointRecord);
    expect(() => shelf.set("copy", record)).toThrow(TypeError);
    expect(() => shelf.copy("run", "copy")).toThrow(ShelfError);
    expect(shelf.has("copy")).toBe(false);
  });

  test.each([
    ["a leaf that is no number", ["l", "length"]],
    ["a scalar that is none", ["s", ["bigint", "xx"]]],
    ["a node of no kind", ["q", []]],
  ])("that makes no sense, but for its checksum, is damaged: %s", (_, root) => {
    const shelf = freshShelf();
    const version = { id: 1, savedAt: 0, root: root as never, leaves: [] };
    putRecord(shelf, "run", new CheckpointRecord({ dataPrefix: "run/", data: [], versions: [version] }));
    expect(() => load(shelf, "run")).toThrow(expect.objectContaining({ code: "ERR_SHELF_CORRUPT", variable: "run" }));
  });

  test("says the same for the same state, with no byte left to chance", () => {
    const fields = { dataPrefix: "run/", data: [], versions: [] };
    const metas = Array.from({ length: 50 }, () => checkpointCodec.plan(new CheckpointRecord(fields)).meta);
    expect(new Set(metas.map((meta) => Buffer.from(meta).toString("hex"))).size).toBe(1);
    expect([...metas[0].subarray(0, 4)]).toStrictEqual([1, 0, 0, 0]);
  });

  test("without a delta is byte for byte what it was before there were deltas; with one it is of another version", () => {
    const stored = Buffer.from(RECORD, "base64");
    const opened = (meta: Uint8Array): CheckpointRecord =>
      checkpointCodec.open({ name: "run", meta, byteLength: 0, storage: () => expect.unreachable() });
    const record = opened(stored);
    expect(record.delta).toBeUndefined();
    expect(Buffer.from(checkpointCodec.plan(record).meta).toString("base64")).toBe(RECORD);
    const { versions, data } = record;
    const pending = record.with({
      versions,
      data: [...data, { number: 9, byteLength: 4096, path: "delta" }],
      delta: 9,
    });
    const { meta } = checkpointCodec.plan(pending);
    expect(meta[0]).toBe(2);
    expect(opened(meta)).toStrictEqual(pending);
    const nowhere = record.with({ versions, data, delta: 9 });
    expect(() => opened(checkpointCodec.plan(nowhere).meta)).toThrow(ShelfError);
  });
});

test("a part that is asked for by the name of a method of arrays is none", () => {
  const shelf = freshShelf();
  save(shelf, "run", { list: [filled(1)] });
  for (const key of ["length", "map", -1, 0.5])
    expect(() => loadTree(shelf, "run", { at: ["list", key] })).toThrow(RangeError);
});
