import { dram, simulatePowerFailure } from "@nodemm/emulator";
import type { Region } from "@nodemm/pmem-native";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { incompatFeature } from "../src/layout.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

interface Queue {
  queue: List;
}

function shelfWith(items: readonly unknown[]): {
  shelf: Shelf<Queue>;
  region: ReturnType<typeof freshShelf>["region"];
} {
  const { shelf, region } = freshShelf();
  const queue = shelf as unknown as Shelf<Queue>;
  queue.set("queue", list(items));
  return { shelf: queue, region };
}

describe("PyMM `linked_list`: append, index, negative index, assign, delete, iterate", () => {
  test("items of every kind come back in order, at once and after a power failure", () => {
    const items = [
      1,
      "two",
      null,
      true,
      5n,
      { six: [6] },
      new Map([["seven", 7]]),
      new Date(8),
      new Uint8Array([9, 9]),
    ];
    const { shelf, region } = shelfWith(items);
    expect(shelf.vars.queue.toArray()).toStrictEqual(items);
    expect((afterPowerFailure(region).get("queue") as List).toArray()).toStrictEqual(items);
  });

  test("negative indices count from the end", () => {
    const { queue } = shelfWith(["a", "b", "c"]).shelf.vars;
    expect([queue.at(-1), queue.at(-3), queue.at(0), queue.length]).toStrictEqual(["c", "a", "a", 3]);
    queue.set(-1, "C");
    queue.insert(-1, "between");
    queue.delete(-4);
    expect([...queue]).toStrictEqual(["b", "between", "C"]);
    queue.insert(queue.length, "last");
    queue.insert(0, "first");
    expect(queue.toArray()).toStrictEqual(["first", "b", "between", "C", "last"]);
  });

  test.each([
    ["at", (queue: List) => queue.at(3)],
    ["at from the end", (queue: List) => queue.at(-4)],
    ["set", (queue: List) => queue.set(3, 0)],
    ["delete", (queue: List) => queue.delete(3)],
    ["insert", (queue: List) => queue.insert(4, 0)],
    ["a fraction", (queue: List) => queue.at(0.5)],
    ["NaN", (queue: List) => queue.at(NaN)],
  ])("out of range is a RangeError and changes nothing: %s", (_, use) => {
    for (const queue of [shelfWith([1, 2, 3]).shelf.vars.queue, list([1, 2, 3])]) {
      thrownBy(() => use(queue), RangeError);
      expect(queue.toArray()).toStrictEqual([1, 2, 3]);
    }
  });

  test("an index that is no number is a TypeError", () => {
    const { queue } = shelfWith([1]).shelf.vars;
    const error = thrownBy(() => queue.at("0" as unknown as number), TypeError);
    expect(error.message).toContain("an index must be a number, got string");
  });

  test("an array among the items is a view of its bytes, the same one each time, detached once it is taken out", () => {
    const { shelf, region } = shelfWith([new Float64Array([1, 2, 3])]);
    const { queue } = shelf.vars;
    const item = queue.at(0) as Float64Array;
    shelf.transaction(() => queue.append("behind it"));
    expect(queue.at(0)).toBe(item);
    item[1] = 20;
    shelf.persist();
    expect((afterPowerFailure(region).get("queue") as List).at(0)).toStrictEqual(new Float64Array([1, 20, 3]));
    queue.delete(0);
    expect(item.length).toBe(0);
    expect(queue.toArray()).toStrictEqual(["behind it"]);
  });
});

describe("cost", () => {
  /** Fences that `work` takes. */
  function fencesOf(region: Region, work: () => void): number {
    const [drain, persist] = [vi.spyOn(region, "drain"), vi.spyOn(region, "persist")];
    work();
    const fences = drain.mock.calls.length + persist.mock.calls.length;
    vi.restoreAllMocks();
    return fences;
  }

  test("appending scalars takes one fence, however many they are", () => {
    const region = dram({ size: 2 ** 20 });
    const shelf = openShelf<Queue>(region);
    shelf.vars.queue = list();
    const { queue } = shelf.vars;
    queue.append(0);
    expect(fencesOf(region, () => queue.append(1))).toBe(1);
    expect(fencesOf(region, () => queue.append(2, "three", null))).toBe(1);
  });

  test("ten thousand appends take time and media in proportion", () => {
    const shelf = openShelf<Queue>(dram({ size: 2 ** 24 }));
    shelf.vars.queue = list();
    const { queue } = shelf.vars;
    for (let index = 0; index < 10_000; index++) queue.append(index);
    expect(queue.length).toBe(10_000);
    expect(shelf.usage().catalogLive).toBeLessThanOrEqual(10_100 * 64);
    expect(queue.at(7777)).toBe(7777);
  });
});

describe("with everything else", () => {
  test("a transaction that throws leaves the list as it was", () => {
    const { shelf } = shelfWith([1, new Uint8Array(100).fill(2), 3]);
    const { queue } = shelf.vars;
    const before = queue.toArray();
    const { free } = shelf.usage();
    thrownBy(
      () =>
        shelf.transaction(() => {
          queue.append(new Uint8Array(50));
          queue.delete(0);
          queue.set(0, "instead");
          queue.insert(0, 5n);
          queue.clear();
          queue.append("after");
          shelf.delete("queue");
          throw new Error("no");
        }),
      Error,
    );
    expect(shelf.vars.queue).toBe(queue);
    expect(queue.toArray()).toStrictEqual(before);
    expect(shelf.usage().free).toBe(free);
  });

  test("an item that cannot be stored leaves none of those with it, and the transaction can go on", () => {
    const { shelf } = shelfWith([1]);
    const { queue } = shelf.vars;
    const { free } = shelf.usage();
    shelf.transaction(() => {
      thrownBy(() => queue.append(new Uint8Array(99), () => 1), TypeError);
      thrownBy(() => queue.append(list()), TypeError);
      queue.append(2);
    });
    expect(queue.toArray()).toStrictEqual([1, 2]);
    expect(shelf.usage().free).toBe(free);
  });

  test("erasing and replacing the variable gives back the space of its items, and its handle says that it is gone", () => {
    const { shelf } = freshShelf();
    const { free } = shelf.usage();
    for (const end of [() => void shelf.delete("queue"), () => void shelf.set("queue", 1)]) {
      shelf.set("queue", list([new Uint8Array(1000), 1]));
      const queue = shelf.get("queue") as List;
      end();
      expect(thrownBy(() => queue.length, ShelfError).code).toBe("ERR_SHELF_ERASED");
      expect(thrownBy(() => queue.append(1), ShelfError).code).toBe("ERR_SHELF_ERASED");
      expect(shelf.usage().free).toBe(free);
    }
  });

  test("a closed shelf's list says so", () => {
    const { shelf } = shelfWith([1]);
    const { queue } = shelf.vars;
    shelf.close();
    expect(thrownBy(() => queue.at(0), ShelfError).code).toBe("ERR_SHELF_CLOSED");
    expect(thrownBy(() => queue.clear(), ShelfError).code).toBe("ERR_SHELF_CLOSED");
  });

  test("renamed, swapped and copied, each list keeps its own items", () => {
    const { shelf, region } = freshShelf();
    shelf.set("a", list([1]));
    shelf.set("b", list([2, new Uint8Array([3])]));
    shelf.swap("a", "b");
    shelf.rename("a", "c");
    shelf.copy("c", "d");
    (shelf.get("d") as List).append(4);
    const content = { b: [1], c: [2, new Uint8Array([3])], d: [2, new Uint8Array([3]), 4] };
    const found = (each: Shelf): unknown =>
      Object.fromEntries([...each].map(([name, value]) => [name, [...(value as List)]]));
    expect(found(shelf)).toStrictEqual(content);
    expect(found(afterPowerFailure(region))).toStrictEqual(content);
  });

  test("a list may be assigned to its own name", () => {
    const { shelf } = shelfWith([1, new Uint8Array([2])]);
    shelf.vars.queue = shelf.vars.queue;
    expect(shelf.vars.queue.toArray()).toStrictEqual([1, new Uint8Array([2])]);
  });

  test("a shelf says that it needs a reader that knows lists only once it has one", () => {
    const { shelf } = freshShelf();
    shelf.set("x", 1);
    expect(shelf.inspect().incompatFeatures).toBe(0);
    shelf.set("queue", list());
    expect(shelf.inspect().incompatFeatures).toBe(incompatFeature.listsAndSwaps);
  });

  test("a codec cannot take the type of lists", () => {
    const codec = { type: "list", shareable: true, accepts: () => false, plan: () => 0, write: () => 0, open: () => 0 };
    const error = thrownBy(() => openShelf(dram({ size: 2 ** 20 }), { types: [codec as never] }), TypeError);
    expect(error.message).toContain("the shelf's own type");
  });
});

const item = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 700 }),
  fc.uint8Array({ maxLength: 300 }),
  fc.constant(null),
  fc.record({ a: fc.integer() }, { noNullPrototype: true }),
);
const change = fc.oneof(
  fc.record({ do: fc.constant("append" as const), items: fc.array(item, { maxLength: 3 }) }),
  fc.record({ do: fc.constantFrom("insert", "set", "delete"), at: fc.nat(), item }),
  fc.record({ do: fc.constantFrom("clear", "reopen", "replace", "fill the catalog") }),
);

test("any sequence of changes, with reopening and the catalog written anew, gives the same list as in memory", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      let { shelf, region } = freshShelf();
      let model: unknown[] = [];
      shelf.set("queue", list());
      for (const each of changes) {
        const queue = shelf.get("queue") as List;
        if (each.do === "append") {
          queue.append(...each.items);
          model.push(...each.items);
        } else if (each.do === "reopen") {
          region = simulatePowerFailure(dram({ image: region.durableImage() }));
          shelf = openShelf(region);
        } else if (each.do === "replace") {
          shelf.set("queue", list(model));
        } else if (each.do === "fill the catalog") {
          for (let index = 0; index < 20; index++) shelf.set("text", `${index}`.repeat(400));
        } else if (each.do === "clear") {
          queue.clear();
          model = [];
        } else if ("item" in each) {
          const index = each.at % (model.length + 1);
          if (each.do === "insert") {
            queue.insert(index, each.item);
            model.splice(index, 0, each.item);
          } else if (index < model.length) {
            if (each.do === "set") queue.set(index, each.item);
            else queue.delete(index);
            model.splice(index, 1, ...(each.do === "set" ? [each.item] : []));
          }
        }
        expect([...(shelf.get("queue") as List)]).toStrictEqual(model);
      }
      expect([...(afterPowerFailure(region).get("queue") as List)]).toStrictEqual(model);
    }),
    { numRuns: 60 },
  );
});

test("thousands of items, one of them erased, stay whole when the catalog is written anew", () => {
  const { shelf, region } = shelfWith(Array.from({ length: 3000 }, (_, index) => index));
  const writeAnew = (): void => {
    const { catalogGeneration } = shelf.inspect();
    for (let round = 0; shelf.inspect().catalogGeneration === catalogGeneration; round++) {
      (shelf as unknown as Shelf).set("step", "x".repeat(round % 200));
    }
  };
  writeAnew();
  shelf.vars.queue.delete(0);
  writeAnew();
  expect(shelf.check().findings).toStrictEqual([]);
  const items = Array.from({ length: 2999 }, (_, index) => index + 1);
  expect((afterPowerFailure(region).get("queue") as List).toArray()).toStrictEqual(items);
});

describe("verbs of a whole variable, given a list, are about the arrays among its items:", () => {
  const items = (): unknown[] => [new Uint8Array(5000).fill(1), "small", { inside: new Uint8Array(500).fill(2) }, 4];

  test.each<[string, (shelf: Shelf<Queue>) => void]>([
    ["snapshot of the name", (shelf) => shelf.snapshot("queue")],
    ["snapshot of names", (shelf) => shelf.snapshot(["queue"])],
  ])("%s saves them", (_, save) => {
    const { shelf, region } = shelfWith(items());
    const array = shelf.vars.queue.at(0) as Uint8Array;
    const fails = (): void => {
      shelf.transaction(() => {
        save(shelf);
        array.fill(9);
        throw new Error("undo this");
      });
    };
    thrownBy(fails, Error);
    expect(array).toStrictEqual(new Uint8Array(5000).fill(1));
    shelf.transaction(() => {
      save(shelf);
      array.fill(7);
    });
    expect((afterPowerFailure(region).get("queue") as List).at(0)).toStrictEqual(new Uint8Array(5000).fill(7));
    expect(thrownBy(() => save(shelf), ShelfError).code).toBe("ERR_SHELF_NO_TRANSACTION");
  });

  test("persist makes them durable", () => {
    const { shelf, region } = shelfWith(items());
    (shelf.vars.queue.at(0) as Uint8Array).fill(7);
    (shelf.vars.queue.at(2) as { inside: Uint8Array }).inside.fill(8);
    shelf.persist("queue");
    const again = afterPowerFailure(region).get("queue") as List;
    expect(again.at(0)).toStrictEqual(new Uint8Array(5000).fill(7));
    expect(again.at(2)).toStrictEqual({ inside: new Uint8Array(500).fill(8) });
  });

  test("release detaches them, and they can be had again", () => {
    const { shelf } = shelfWith(items());
    const array = shelf.vars.queue.at(0) as Uint8Array;
    shelf.release("queue");
    expect(array).toHaveLength(0);
    expect(shelf.vars.queue.toArray()).toStrictEqual(items());
  });

  test.each<[string, (shelf: Shelf<Queue>) => unknown]>([
    ["snapshot", (shelf) => shelf.transaction(() => shelf.snapshot("queue", 0, 8))],
    ["snapshot from an offset", (shelf) => shelf.transaction(() => shelf.snapshot("queue", 8))],
    ["persist", (shelf) => shelf.persist("queue", 0, 8)],
    ["sharedView", (shelf) => shelf.sharedView("queue")],
  ])("but a range of %s is refused, for a list has no bytes of its own", (_, work) => {
    const { shelf } = shelfWith(items());
    const error = thrownBy(() => work(shelf), ShelfError);
    expect(error).toMatchObject({ code: "ERR_SHELF_TYPE", variable: "queue" });
    expect(error.message).toContain("list");
  });
});
