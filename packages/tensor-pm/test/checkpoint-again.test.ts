import { dram } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import { load as loadTree, type LoadOptions, save, tensor, tensorTypes } from "../src/index.ts";
import { plain } from "./support/plain-tree.ts";

type AnyShelf = Shelf<Record<string, any>>;

const load = (shelf: AnyShelf, name: string, options?: LoadOptions): any => loadTree<any>(shelf, name, options);

function freshShelf(): AnyShelf {
  return openShelf(dram({ size: 1 << 20 }), { types: tensorTypes });
}

test("the same tensors in other places, under other keys, beside other scalars are stored as they are", () => {
  const shelf = freshShelf();
  const [a, b, empty] = [tensor([1, 2]), tensor([3, 4]), tensor({ shape: [0] })];
  const plainTree = {
    w: a,
    v: new Map<unknown, unknown>([
      ["x", b],
      [0, 1],
    ]),
    list: [a, "1", [null]],
    empty,
  };
  const trees: Record<string, unknown>[] = [
    plainTree,
    { ...plainTree, w: b, list: [b, "1", [null]] },
    { ...plainTree, w: b },
    { ...plainTree, w: a.array },
    { ...plainTree, w: tensor([1, 2], "float32", { requiresGrad: true }) },
    { ...plainTree, w: 7 },
    {
      ...plainTree,
      v: new Map<unknown, unknown>([
        ["x", a],
        [0, 1],
      ]),
    },
    {
      ...plainTree,
      v: new Map<unknown, unknown>([
        ["x", b],
        ["0", 1],
      ]),
    },
    {
      ...plainTree,
      v: new Map<unknown, unknown>([
        ["x", b],
        [0, -0],
      ]),
    },
    { ...plainTree, v: new Map<unknown, unknown>([["x", b]]) },
    { ...plainTree, v: { x: b, 0: 1 } },
    { ...plainTree, list: [a, 1, [null]] },
    { ...plainTree, list: [a, "1", [a]] },
    { ...plainTree, list: [a, "1", [null], 2n] },
    {
      ...plainTree,
      list: new Map<unknown, unknown>([
        [0, a],
        [1, "1"],
        [2, [null]],
      ]),
    },
    { empty, list: plainTree.list, w: a, v: plainTree.v },
    { ...plainTree, empty: new Date(3) },
  ];
  const saved = (tree: Record<string, unknown>): void => {
    a.add_(1);
    save(shelf, "run", tree);
    const loaded = load(shelf, "run", { copy: true });
    expect(plain(loaded)).toStrictEqual(plain(tree));
    expect(Object.keys(loaded)).toStrictEqual(Object.keys(tree));
  };
  // Often enough for a save to be like the last and to find its places, then another, then the first again.
  for (const first of trees) for (const second of trees) for (const tree of [first, first, first, second]) saved(tree);
});

test("a tensor that was saved before is refused once its memory was transferred, and the last version stays", () => {
  const shelf = freshShelf();
  const state = { w: tensor([1, 2]), note: 1 };
  for (let step = 0; step < 3; step++) save(shelf, "run", state);
  structuredClone(state.w.array.data.buffer, { transfer: [state.w.array.data.buffer as ArrayBuffer] });
  expect(() => save(shelf, "run", state)).toThrow(/transferred or detached/);
  expect(load(shelf, "run").w.toArray()).toStrictEqual([1, 2]);
});
