import { dram } from "@nodemm/emulator";
import { arange, array } from "@nodemm/ndarray-pm";
import { openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import {
  ChangeSet,
  eraseCheckpoint,
  listVersions,
  pruneVersions,
  save,
  saveAsync,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";
import { afterPowerFailure, type AnyShelf, freshShelf, load } from "./support/checkpoint-shelf.ts";
import { plain } from "./support/plain-tree.ts";

const stateDict = (): any => ({
  model: new Map<unknown, unknown>([
    ["layer1.weight", tensor(arange(12).reshape(3, 4), "float32", { requiresGrad: true })],
    ["layer1.bias", tensor([1, 2, 3])],
    [3, tensor([true, false])],
  ]),
  optimiser: { step: 7, rates: [0.1, -0, NaN, 2n ** 70n], moments: [arange(5), new Int16Array([1, -2])] },
  note: "Grüße",
  none: null,
  empty: tensor({ shape: [0, 4] }),
  when: new Date(5),
  fortran: array([
    [1, 2, 3],
    [4, 5, 6],
  ]).copy("F"),
  strided: arange(20).reshape(4, 5).slice("::2", "::-2"),
});

describe("a tree", () => {
  test("comes back the same, at once and after a power failure, in DRAM too", () => {
    const { shelf, region } = freshShelf();
    const tree = stateDict();
    const result = save(shelf, "run", tree);
    expect(result).toMatchObject({ version: 1, writtenBytes: result.bytes });
    expect(plain(load(shelf, "run"))).toStrictEqual(plain(tree));
    const after = afterPowerFailure(region);
    expect(plain(load(after, "run"))).toStrictEqual(plain(tree));
    expect(plain(load(after, "run", { copy: true }))).toStrictEqual(plain(tree));
    expect(load(after, "run", { at: ["model", "layer1.weight"] }).requiresGrad).toBe(true);
    expect(load(after, "run").fortran.layout).toBe("F");
  });

  test("of asynchronously saved elements is the same, with progress to the last byte", async () => {
    const { shelf, region } = freshShelf();
    const seen: [number, number][] = [];
    const { bytes } = await saveAsync(shelf, "run", stateDict(), { onProgress: (...at) => seen.push(at) });
    expect(seen.at(-1)).toStrictEqual([bytes, bytes]);
    expect(plain(load(afterPowerFailure(region), "run"))).toStrictEqual(plain(stateDict()));
  });

  test("has an object that stands in it twice once, and gives it back so", () => {
    const { shelf } = freshShelf();
    const shared = tensor([1, 2]);
    expect(save(shelf, "run", { encoder: shared, decoder: shared }).bytes).toBe(8);
    const tree = load(shelf, "run");
    expect(tree.encoder).toBe(tree.decoder);
  });

  test("keeps a key called __proto__ a key", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", JSON.parse('{"__proto__": {"polluted": 1}}'));
    const tree = load(shelf, "run");
    expect(Object.keys(tree)).toStrictEqual(["__proto__"]);
    expect(tree.polluted).toBeUndefined();
  });

  class Model {
    readonly layers = 2;
  }
  const cyclic: any[] = [];
  cyclic.push({ cyclic });
  test.each<[string, unknown, RegExp]>([
    ["undefined", { a: [undefined] }, /\$\["a"\]\[number 0\].*undefined/],
    // oxlint-disable-next-line no-sparse-arrays -- that is the case
    ["a gap in an array", { a: [1, , 2] }, /\$\["a"\]\[number 1\].*undefined/],
    ["a function", { f: (): void => undefined }, /\$\["f"\].*a function/],
    ["an instance of a class", { m: new Model() }, /\$\["m"\].*an instance of Model/],
    ["a cycle", cyclic, /contains itself/],
    ["a Map with an object as key", new Map([[{}, 1]]), /key that is no scalar/],
    ["a Set", { s: new Set([1]) }, /an instance of Set/],
  ])("with %s is refused, naming the place, and nothing is stored", (_, tree, message) => {
    const { shelf } = freshShelf();
    expect(() => save(shelf, "run", tree)).toThrow(TypeError);
    expect(() => save(shelf, "run", tree)).toThrow(message);
    expect(shelf.size).toBe(0);
  });

  test("can be loaded in part; what is not there is a RangeError with the path", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", stateDict());
    expect(load(shelf, "run", { at: ["optimiser", "moments", 1] })).toStrictEqual(new Int16Array([1, -2]));
    expect(load(shelf, "run", { at: ["model", 3] }).toArray()).toStrictEqual([true, false]);
    expect(() => load(shelf, "run", { at: ["model", "3"] })).toThrow(/\["model"\]\["3"\]/);
    expect(() => load(shelf, "run", { at: ["note", "length"] })).toThrow(RangeError);
  });
});

describe("saving again", () => {
  test("in a steady loop allocates nothing and leaves the names as they are", () => {
    const { shelf } = freshShelf();
    const state = { weights: tensor({ shape: [1000] }), step: 0 };
    for (let step = 0; step < 2; step++) save(shelf, "run", state);
    const names = [...shelf.keys()];
    const { free } = shelf.usage();
    for (let step = 0; step < 10; step++) {
      state.step = step;
      state.weights.fill_(step);
      save(shelf, "run", state);
      expect(shelf.usage().free).toBe(free);
    }
    expect([...shelf.keys()]).toStrictEqual(names);
    expect(load(shelf, "run").weights.array.get(999)).toBe(9);
  });

  test("detaches what was loaded from a version that is not kept, and never shows another's bytes", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", { w: tensor([1, 2]) });
    const first = load(shelf, "run").w;
    save(shelf, "run", { w: tensor([3, 4]) });
    expect(() => first.array.data).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    expect(load(shelf, "run").w.toArray()).toStrictEqual([3, 4]);
  });

  test("a tree that was loaded, changed and saved over and over stays attached", () => {
    const { shelf, region } = freshShelf();
    save(shelf, "run", { w: tensor([0, 0]) });
    const state = load(shelf, "run");
    for (let step = 1; step <= 5; step++) {
      state.w.add_(1);
      save(shelf, "run", state);
      expect(load(shelf, "run").w.toArray()).toStrictEqual([step, step]);
    }
    expect(load(afterPowerFailure(region), "run").w.toArray()).toStrictEqual([5, 5]);
  });

  test("every order of the same and of other trees is stored as it is", () => {
    const shelf: AnyShelf = openShelf(dram({ size: 1 << 20 }), { types: tensorTypes });
    // A record that is not in the catalog, but has an extent.
    const note = "note".repeat(200);
    const trees: ((mark: number) => unknown)[] = [
      (mark) => ({ a: tensor([mark, 1]), b: new Float64Array([mark]), note, step: mark }),
      (mark) => ({ a: tensor([mark, 2]), note, step: -mark }),
      (mark) => ({ a: tensor([mark, 3, 3]), b: new Float64Array([mark]), note }),
      (mark) => ({ b: tensor([mark, 4]), a: new Float64Array([mark]), note }),
    ];
    let mark = 0;
    for (let order = 0; order < 16; order++) {
      for (const which of [order & 3, order >> 2]) {
        const tree = trees[which](mark++);
        save(shelf, "run", tree);
        expect(plain(load(shelf, "run"))).toStrictEqual(plain(tree));
      }
    }
  });

  test("after a save that its transaction undid goes on from what is stored", () => {
    const { shelf, region } = freshShelf();
    const state = { w: tensor([1, 2]) };
    for (let step = 0; step < 4; step++) {
      const undone = (): void =>
        shelf.transaction(() => {
          save(shelf, "run", { w: tensor([-1, -1]) });
          throw new Error("undone");
        });
      expect(undone).toThrow("undone");
      state.w.fill_(step);
      expect(save(shelf, "run", state).version).toBe(step + 1);
      expect(load(afterPowerFailure(region), "run").w.toArray()).toStrictEqual([step, step]);
    }
  });

  test("with another shape gives the old space back", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", { w: tensor({ shape: [100_000] }) });
    save(shelf, "run", { w: tensor({ shape: [10] }) });
    save(shelf, "run", { w: tensor({ shape: [10] }) });
    expect(
      [...shelf.keys()].map((name) => shelf.info(name)!.byteLength).filter((bytes) => bytes > 10_000),
    ).toHaveLength(0);
  });

  test("keeps as many versions as asked, each loadable; pruning lets go of the others", () => {
    const { shelf } = freshShelf();
    for (let step = 1; step <= 5; step++) save(shelf, "run", { w: tensor([step]) }, { keep: 3 });
    expect(listVersions(shelf, "run").map(({ version, bytes }) => [version, bytes])).toStrictEqual([
      [3, 4],
      [4, 4],
      [5, 4],
    ]);
    for (const version of [3, 4, 5]) expect(load(shelf, "run", { version }).w.item()).toBe(version);
    expect(() => load(shelf, "run", { version: 2 })).toThrow(/there are versions 3, 4, 5/);
    expect(pruneVersions(shelf, "run", { keep: 1 })).toBe(2);
    expect(load(shelf, "run").w.item()).toBe(5);
    expect(shelf.size).toBe(2);
  });

  test("erasing takes everything along", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", stateDict(), { keep: 2 });
    save(shelf, "run", stateDict(), { keep: 2 });
    expect(eraseCheckpoint(shelf, "run")).toBe(true);
    expect(shelf.size).toBe(0);
    expect(eraseCheckpoint(shelf, "run")).toBe(false);
  });

  test("after its record was erased by itself, the data are cleared away; a renamed checkpoint's are not", () => {
    const { shelf } = freshShelf();
    save(shelf, "run", { w: tensor([1]) });
    shelf.rename("run", "kept");
    save(shelf, "run", { w: tensor([2]) });
    shelf.delete("run");
    save(shelf, "run", { w: tensor([3]) });
    expect(load(shelf, "kept").w.item()).toBe(1);
    expect(load(shelf, "run").w.item()).toBe(3);
    expect(shelf.size).toBe(4);
  });

  test("without room is ERR_SHELF_NO_SPACE, and the last version is there", () => {
    const { shelf } = freshShelf(1 << 20);
    save(shelf, "run", { w: tensor([1]) });
    const big = { w: tensor({ shape: [1 << 20] }) };
    expect(() => save(shelf, "run", big)).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }));
    expect(load(shelf, "run").w.item()).toBe(1);
  });
});

describe("incremental saves", () => {
  const elements = 64 * 1024;
  const makeState = (): { w: Tensor; b: Tensor; step: number } => ({
    w: tensor(arange(elements), "float32"),
    b: tensor([1, 2, 3]),
    step: 0,
  });

  test.each(["compare", "told"] as const)("write only what changed (%s), and load whole", (way) => {
    const { shelf, region } = freshShelf();
    const state = makeState();
    save(shelf, "run", state);
    const told = new ChangeSet();
    for (let step = 1; step <= 4; step++) {
      const at = step * 9000;
      state.w.array.set(at, -step);
      state.step = step;
      const changes = way === "compare" ? "compare" : told.add(state.w, at, 1);
      const { writtenBytes } = save(shelf, "run", state, { changes });
      expect(writtenBytes).toBeGreaterThan(0);
      expect(writtenBytes).toBeLessThanOrEqual(4096);
      expect(told.isEmpty).toBe(true);
      expect(plain(load(afterPowerFailure(region), "run"))).toStrictEqual(plain(state));
    }
  });

  test("keep older versions as they were", () => {
    const { shelf } = freshShelf();
    const state = makeState();
    for (let step = 0; step < 4; step++) {
      state.step = step;
      state.b.fill_(step);
      save(shelf, "run", state, { keep: 3, changes: "compare" });
    }
    for (const { version } of listVersions(shelf, "run")) {
      const { b, w, step } = load(shelf, "run", { version });
      expect([version - 1, b.array.get(2), w.array.get(5)]).toStrictEqual([step, step, 5]);
    }
  });

  test("take a view's share of the tensors that it is a view of", () => {
    const { shelf } = freshShelf();
    const w = tensor(arange(elements).reshape(256, 256), "float32");
    save(shelf, "run", { w });
    const row = w.array.slice(17);
    row.fill(-1);
    const { writtenBytes } = save(shelf, "run", { w }, { changes: new ChangeSet().add(row) });
    expect(writtenBytes).toBe(1024);
    expect(load(shelf, "run").w.toArray()).toStrictEqual(w.toArray());
  });

  test("refuse a range outside, and what has no elements", () => {
    const changes = new ChangeSet();
    expect(() => changes.add(tensor([1, 2]), 1, 2)).toThrow(RangeError);
    expect(() => changes.add("weights" as never)).toThrow(TypeError);
    const { shelf } = freshShelf();
    expect(() => save(shelf, "run", {}, { changes: "some" as never })).toThrow(/"all", "compare" or a ChangeSet/);
    expect(() => save(shelf, "run", {}, { keep: 0 })).toThrow(RangeError);
  });
});

describe("names and conflicts", () => {
  test("a variable that is no checkpoint is not written over", () => {
    const { shelf } = freshShelf();
    shelf.set("run", 5);
    expect(() => save(shelf, "run", {})).toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_NAME_TAKEN" }));
    expect(() => load(shelf, "run")).toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_NAME_TAKEN" }));
    expect(shelf.get("run")).toBe(5);
    expect(() => load(shelf, "nothing")).toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_NOT_FOUND" }));
  });

  test("a second save during an asynchronous one is refused, and the first is not harmed", async () => {
    const { shelf } = freshShelf();
    const first = saveAsync(shelf, "run", { w: tensor([1]) });
    expect(() => save(shelf, "run", {})).toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_BUSY" }));
    expect(() => eraseCheckpoint(shelf, "run")).toThrow(expect.objectContaining({ code: "ERR_CHECKPOINT_BUSY" }));
    await saveAsync(shelf, "other", { w: tensor([2]) });
    await first;
    expect(load(shelf, "run").w.item()).toBe(1);
    save(shelf, "run", { w: tensor([3]) });
  });

  test("an aborted save leaves the last version", async () => {
    const { shelf } = freshShelf();
    save(shelf, "run", { w: tensor([1]) });
    const controller = new AbortController();
    const saving = saveAsync(
      shelf,
      "run",
      { w: tensor([2]), v: tensor([3]) },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(saving).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
    expect(plain(load(shelf, "run"))).toStrictEqual(plain({ w: tensor([1]) }));
    save(shelf, "run", { w: tensor([4]) });
    expect(load(shelf, "run").w.item()).toBe(4);
  });

  test("a checkpoint erased during an asynchronous save ends it with ERR_CHECKPOINT_CHANGED", async () => {
    const { shelf } = freshShelf();
    save(shelf, "run", { w: tensor([1]) });
    const saving = saveAsync(shelf, "run", { w: tensor([2]) });
    shelf.delete("run");
    await expect(saving).rejects.toMatchObject({ code: "ERR_CHECKPOINT_CHANGED" });
  });

  test.each<readonly [string, (shelf: AnyShelf, data: string) => unknown]>([
    ["all is erased", (shelf) => shelf.clear()],
    ["its data are erased", (shelf, data) => shelf.delete(data)],
    ["its data are replaced", (shelf, data) => shelf.set(data, new Uint8Array(4))],
  ])("a first save during which %s ends with ERR_CHECKPOINT_CHANGED, and leaves no checkpoint", async (_, change) => {
    const { shelf } = freshShelf();
    const saving = saveAsync(shelf, "run", { w: tensor([1]) });
    change(shelf, [...shelf.keys()][0]);
    await expect(saving).rejects.toMatchObject({ code: "ERR_CHECKPOINT_CHANGED" });
    expect(shelf.has("run")).toBe(false);
    save(shelf, "run", { w: tensor([2]) });
    expect(plain(load(shelf, "run"))).toStrictEqual(plain({ w: tensor([2]) }));
  });

  test("one that appears during the first save of its name ends that with ERR_CHECKPOINT_CHANGED", async () => {
    const { shelf } = freshShelf();
    const saving = saveAsync(shelf, "run", { w: tensor([1]) });
    save(shelf, "other", { w: tensor([2]) });
    shelf.rename("other", "run");
    await expect(saving).rejects.toMatchObject({ code: "ERR_CHECKPOINT_CHANGED" });
    expect(plain(load(shelf, "run"))).toStrictEqual(plain({ w: tensor([2]) }));
  });
});

test("what is no shelf, and a place that is no list of keys, are told", async () => {
  const { shelf } = freshShelf();
  save(shelf, "run", { a: [1, 2] });
  for (const wrong of [undefined, null, "run", {}]) {
    expect(() => save(wrong as never, "run", {})).toThrow(/expected a shelf/iu);
    expect(() => load(wrong as never, "run")).toThrow(/expected a shelf/iu);
    await expect(saveAsync(wrong as never, "run", {})).rejects.toThrow(/expected a shelf/iu);
  }
  for (const wrong of ["a", 1, { 0: "a" }]) {
    expect(() => load(shelf, "run", { at: wrong as never })).toThrow(/at: expected an array of keys/u);
  }
  expect(load(shelf, "run", { at: ["a", 1] })).toBe(2);
});
