/** Saves within transactions that may be undone, in any order with others: what is stored is what a model says. */
import { setImmediate } from "node:timers/promises";
import { zeros } from "@nodemm/ndarray-pm";
import { describe, expect, test } from "vitest";
import {
  ChangeSet,
  listVersions,
  type LoadOptions,
  pruneVersions,
  save,
  saveAsync,
  type SaveOptions,
  Tensor,
  tensor,
} from "../src/index.ts";
import { afterPowerFailure, type AnyShelf, freshShelf, load } from "./support/checkpoint-shelf.ts";
import { randomOf } from "./support/random.ts";

const filled = (value: number, elements = 8): Tensor => tensor(new Float32Array(elements).fill(value));
const firstOf = (shelf: AnyShelf, options?: LoadOptions): number => load(shelf, "run", options).w.array.get(0);

class Undone extends Error {}

function undone(shelf: AnyShelf, work: () => void): void {
  const run = (): void =>
    shelf.transaction(() => {
      work();
      throw new Undone("undone");
    });
  expect(run).toThrow(Undone);
}

const ways: readonly (readonly [string, () => SaveOptions])[] = [
  ["all", () => ({})],
  ["compare", () => ({ changes: "compare" })],
  ["all of two versions", () => ({ keep: 2 })],
];

describe("several saves in one transaction", () => {
  test.each(ways)("leave what is stored alone when it is undone: %s", (_, optionsOf) => {
    const { shelf, region } = freshShelf();
    save(shelf, "run", { w: filled(1) }, optionsOf());
    save(shelf, "run", { w: filled(2) }, optionsOf());
    const versions = listVersions(shelf, "run");
    undone(shelf, () => {
      for (let value = 3; value < 7; value++) {
        save(shelf, "run", { w: filled(value) }, optionsOf());
        expect(firstOf(shelf)).toBe(value);
      }
    });
    expect(listVersions(shelf, "run")).toStrictEqual(versions);
    for (const opened of [shelf, afterPowerFailure(region)]) {
      for (const { version } of versions) expect(firstOf(opened, { version })).toBe(version);
    }
    shelf.transaction(() => {
      for (let value = 3; value < 7; value++) save(shelf, "run", { w: filled(value) }, optionsOf());
    });
    save(shelf, "run", { w: filled(7) }, optionsOf());
    for (const opened of [shelf, afterPowerFailure(region)]) expect(firstOf(opened)).toBe(7);
  });

  test("are not asynchronous: what they copy could be undone meanwhile", async () => {
    const { shelf, region } = freshShelf();
    for (const value of [1, 2]) save(shelf, "run", { w: filled(value) });
    let saved: Promise<unknown> | undefined;
    undone(shelf, () => {
      save(shelf, "run", { w: filled(3) });
      saved = saveAsync(shelf, "run", { w: filled(4) });
    });
    await expect(saved).rejects.toThrow(expect.objectContaining({ code: "ERR_SHELF_TRANSACTION" }));
    for (const opened of [shelf, afterPowerFailure(region)]) expect(firstOf(opened)).toBe(2);
    expect((await saveAsync(shelf, "run", { w: filled(5) })).version).toBe(3);
  });

  test("keep the marks of a ChangeSet until one of them cannot be undone any more", () => {
    const { shelf } = freshShelf();
    const w = filled(1);
    save(shelf, "run", { w });
    w.array.set(0, 7);
    const changes = new ChangeSet().add(w, 0, 1);
    undone(shelf, () => save(shelf, "run", { w }, { changes }));
    expect(changes.isEmpty).toBe(false);
    save(shelf, "run", { w }, { changes });
    expect(changes.isEmpty).toBe(true);
    expect(firstOf(shelf)).toBe(7);
  });
});

test("what was loaded in a transaction that is undone never shows what is saved later", () => {
  const { shelf } = freshShelf();
  for (const value of [1, 2]) save(shelf, "run", { w: filled(value) });
  let loaded: Tensor | undefined;
  undone(shelf, () => {
    save(shelf, "run", { w: filled(3) });
    loaded = load(shelf, "run").w;
    expect(loaded!.array.get(0)).toBe(3);
  });
  save(shelf, "run", { w: filled(4) });
  expect(() => loaded!.fill_(9)).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  expect(firstOf(shelf)).toBe(4);
});

const replacing: readonly (readonly [string, (shelf: AnyShelf, tree: { w: Tensor }) => void])[] = [
  ["save", (shelf, tree) => void save(shelf, "run", tree, { changes: "compare" })],
  ["pruneVersions", (shelf) => void pruneVersions(shelf, "run", { keep: 1 })],
];

test.each(replacing)(
  "what was loaded behind %s in a transaction that is undone may be changed: no blocks that were written ahead come over it",
  async (_, replace) => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region } = freshShelf(4 << 20, "page");
      const w = filled(1, 20_000);
      save(shelf, "run", { w });
      w.array.set(0, 2);
      save(shelf, "run", { w }, { changes: "compare" });
      for (let turn = 0; turn < waited; turn++) await setImmediate();
      let loaded: Tensor | undefined;
      undone(shelf, () => {
        w.array.set(0, 3);
        replace(shelf, { w });
        loaded = load(shelf, "run").w;
      });
      expect(loaded!.array.get(0)).toBe(2);
      loaded!.fill_(4);
      for (const opened of [afterPowerFailure(region), shelf]) expect(firstOf(opened)).toBe(4);
    }
  },
);

type Model = { readonly version: number; readonly values: Readonly<Record<string, number>> }[];

function check(shelf: AnyShelf, model: Model): void {
  expect(listVersions(shelf, "run").map(({ version }) => version)).toStrictEqual(model.map(({ version }) => version));
  for (const { version, values } of model) {
    const tree = load(shelf, "run", { version });
    const found = Object.fromEntries(Object.entries<any>(tree).map(([key, each]) => [key, each.array.get(1, 1)]));
    expect(found).toStrictEqual(values);
  }
}

const cases = [1, 2, 3, 4, 5, 6].flatMap((seed) =>
  (["cache-line", "page"] as const).map((each) => [seed, each] as const),
);

test.each(cases)(
  "random saves, loads and undone transactions are as a model says (seed %i, %s)",
  (seed, granularity) => {
    const random = randomOf(seed);
    const { shelf, region } = freshShelf(16 << 20, granularity);
    let model: Model = [];
    const state: Record<string, Tensor> = {};
    let changes = new ChangeSet();
    let mark = 0;
    const change = (): void => {
      for (const key of ["a", "b", "c"]) {
        if (random(3) === 0 && key !== "a") delete state[key];
        else if (state[key] === undefined || random(4) === 0) {
          // One without gaps, and one that is saved as a copy.
          const elements = random(2) === 0 ? zeros([8, 8], "float32") : zeros([8, 16], "float32").slice(":", "::2");
          state[key] = new Tensor(elements);
        }
      }
      for (const each of Object.values(state)) if (random(2) === 0) changes.add(each.fill_(++mark));
    };
    const saveOnce = (): void => {
      change();
      const told = random(3);
      const keep = 1 + random(3);
      const options = told === 0 ? { keep } : { keep, changes: told === 1 ? ("compare" as const) : changes };
      const { version } = save(shelf, "run", state, options);
      if (told !== 2 && random(2) === 0) changes = new ChangeSet();
      else for (const each of Object.values(state)) changes.add(each);
      const values = Object.fromEntries(
        Object.entries(state).map(([key, each]) => [key, Number(each.array.get(1, 1))]),
      );
      model = [...(keep === 1 ? [] : model.slice(1 - keep)), { version, values }];
    };
    for (let round = 0; round < 120; round++) {
      const before = model;
      switch (random(6)) {
        case 0:
        case 1:
          saveOnce();
          break;
        case 2:
          undone(shelf, () => {
            for (let count = random(4); count >= 0; count--) saveOnce();
            check(shelf, model);
          });
          model = before;
          for (const each of Object.values(state)) changes.add(each);
          break;
        case 3:
          shelf.transaction(() => {
            for (let count = random(4); count >= 0; count--) saveOnce();
          });
          break;
        case 4:
          if (model.length > 0 && random(2) === 0) {
            pruneVersions(shelf, "run", { keep: 1 });
            model = model.slice(-1);
          } else if (model.length > 0) {
            shelf.rename("run", "elsewhere");
            shelf.rename("elsewhere", "run");
          }
          break;
        default:
          if (model.length > 0) Object.assign(state, load(shelf, "run", { copy: true }));
          break;
      }
      if (model.length === 0) continue;
      check(shelf, model);
      if (round % 5 === 0) check(afterPowerFailure(region), model);
    }
    expect(model.length).toBeGreaterThan(0);
  },
);
