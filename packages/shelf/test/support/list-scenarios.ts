import { type List, list } from "../../src/index.ts";
import type { Scenario } from "./explore.ts";
import { contentOf } from "./workload.ts";

/** Lists made, changed item by item, replaced and erased; items with and without extents. */
const lists: Scenario = {
  run(shelf, expect) {
    let items: unknown[] = [];
    const becomes = (next: unknown[], change: (queue: List) => void): void => {
      expect(contentOf([["queue", list(items)]]), contentOf([["queue", list(next)]]));
      change(shelf.get("queue") as List);
      items = next;
      expect(contentOf([["queue", list(items)]]));
    };
    expect("", contentOf([["queue", list()]]));
    shelf.set("queue", list());
    becomes([1], (queue) => queue.append(1));
    const bytes = new Uint8Array(100).fill(3);
    becomes([1, bytes, "two"], (queue) => queue.append(bytes, "two"));
    becomes([1, 5, "two"], (queue) => queue.set(1, 5));
    becomes([bytes, 1, 5, "two"], (queue) => queue.insert(0, bytes));
    becomes([bytes, 1, "two"], (queue) => queue.delete(-2));
    becomes([1, "two", 9], (queue) =>
      shelf.transaction(() => {
        queue.delete(0);
        queue.append(9);
      }),
    );
    becomes([bytes], () => void shelf.set("queue", list([bytes])));
    becomes([], (queue) => queue.clear());
    expect(contentOf([["queue", list()]]), "");
    shelf.delete("queue");
    expect("");
  },
};

/** A list goes with the catalog when it is written anew. */
const listInNewCatalog: Scenario = {
  run(shelf, expect) {
    const content = (text: number): string =>
      contentOf([
        ["queue", list([1, new Uint8Array(70).fill(2)])],
        ["text", String(text).repeat(500)],
      ]);
    expect("", contentOf([["queue", list([1, new Uint8Array(70).fill(2)])]]));
    shelf.set("queue", list([1, new Uint8Array(70).fill(2)]));
    expect(contentOf(shelf), content(0));
    shelf.set("text", "0".repeat(500));
    for (let index = 1; index < 8; index++) {
      expect(content(index - 1), content(index));
      shelf.set("text", String(index).repeat(500));
    }
    expect(content(7));
  },
};

const swap: Scenario = {
  run(shelf, expect) {
    const bytes = new Uint8Array(100).fill(1);
    const is = (...entries: [string, unknown][]): string => contentOf(entries);
    expect("", is(["a", 1]));
    shelf.set("a", 1);
    expect(is(["a", 1]), is(["a", 1], ["b", bytes]));
    shelf.set("b", bytes);
    expect(is(["a", 1], ["b", bytes]), is(["a", bytes], ["b", 1]));
    shelf.swap("a", "b");
    expect(is(["a", bytes], ["b", 1]), is(["a", bytes], ["b", bytes]));
    shelf.copy("a", "b");
    expect(is(["a", bytes], ["b", bytes]));
  },
};

export const listScenarios: Readonly<Record<string, Scenario>> = {
  "changing a list": lists,
  "a list while the catalog is written anew": listInNewCatalog,
  "swapping and copying": swap,
};
