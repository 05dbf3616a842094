import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { ShelfError } from "../src/index.ts";
import { freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

function shelfWithCounts(): ReturnType<typeof freshShelf> {
  const fresh = freshShelf();
  fresh.shelf.set("counts", new Float64Array(8));
  return fresh;
}

test("an async function is refused and undone", () => {
  const { shelf } = shelfWithCounts();
  const work = (): Promise<void> => {
    shelf.set("x", 1);
    return Promise.resolve();
  };
  expect(() => shelf.transaction(work)).toThrow(/synchronous/);
  expect(shelf.has("x")).toBe(false);
});

test("an async function is not even called, of another realm neither", () => {
  const { shelf } = shelfWithCounts();
  let calls = 0;
  const count = (): void => void calls++;
  const own = async (): Promise<void> => {
    count();
    await Promise.resolve();
  };
  const foreign = runInNewContext("(count) => async () => count()", {}) as (count: () => void) => typeof own;
  for (const work of [own, foreign(count)]) expect(() => shelf.transaction(work)).toThrow(/was not called/);
  expect(calls).toBe(0);
  for (const work of [undefined, null, 1, "x", {}]) {
    expect(() => shelf.transaction(work as () => void)).toThrow(/expected a function/);
  }
});

test("a generator function, whose body would never run, is refused", () => {
  const { shelf } = shelfWithCounts();
  function* own(): Generator<void> {
    shelf.set("x", 1);
    yield;
  }
  async function* later(): AsyncGenerator<void> {
    shelf.set("x", 1);
    yield await Promise.resolve();
  }
  const foreign = runInNewContext("(function* () {})", {}) as typeof own;
  for (const work of [own, later, foreign] as (() => unknown)[]) {
    expect(() => shelf.transaction(work)).toThrow(expect.objectContaining({ name: "TypeError" }));
    expect(() => shelf.transaction(work)).toThrow(/generator function/u);
  }
  expect(shelf.has("x")).toBe(false);
  expect(shelf.transaction(() => [1, 2].values()).next().value).toBe(1);
});

test("snapshot of no name says what it takes", () => {
  const { shelf } = shelfWithCounts();
  shelf.transaction(() => {
    for (const wrong of [undefined, null, 1, {}, new Set(["counts"])]) {
      expect(() => shelf.snapshot(wrong as any)).toThrow(/expects a name, or an array/u);
    }
  });
});

test("snapshot outside a transaction, of nothing, or out of range is refused", () => {
  const { shelf } = shelfWithCounts();
  expect(thrownBy(() => shelf.snapshot("counts"), ShelfError).code).toBe("ERR_SHELF_NO_TRANSACTION");
  shelf.transaction(() => {
    expect(thrownBy(() => shelf.snapshot("nothing"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
    for (const [offset, length] of [
      [-8, 8],
      [0, 65],
      [64, 1],
      [0.5, 1],
      [NaN, 1],
      [0, Infinity],
      [2 ** 53, 1],
    ] as const) {
      expect(() => shelf.snapshot("counts", offset, length)).toThrow(RangeError);
    }
  });
});

test("a shelf is neither closed nor grown inside a transaction", () => {
  const { shelf } = shelfWithCounts();
  expect(thrownBy(() => shelf.transaction(() => shelf.close()), ShelfError).code).toBe("ERR_SHELF_TRANSACTION");
  expect(thrownBy(() => shelf.transaction(() => shelf.grow("2 MiB")), ShelfError).code).toBe("ERR_SHELF_TRANSACTION");
  expect(shelf.closed).toBe(false);
});
