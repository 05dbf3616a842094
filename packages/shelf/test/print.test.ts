import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { dram } from "@nodemm/emulator";
import { type List, list, openReader, openShelf, type Shelf } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

let path: string;
let shelf: Shelf<Record<string, any>>;

beforeEach(() => {
  path = freshPath();
  shelf = openShelf(path, { size: "1 MiB" });
  shelf.set("count", 1).set("bytes", new Uint8Array(2));
  return () => shelf.close();
});

describe("what console.log prints", () => {
  test("of a shelf and a reader: names and types, and what is closed", () => {
    expect(inspect(shelf)).toBe(`Shelf(2) '${path}' { 'count' => number, 'bytes' => typed-array }`);
    expect(inspect(shelf, { maxArrayLength: 1 })).toBe(`Shelf(2) '${path}' { 'count' => number } and 1 more`);
    expect(inspect({ a: { shelf } }, { depth: 0 })).toBe("{ a: [Object] }");
    expect(inspect({ shelf }, { depth: 0 })).toBe(`{ shelf: [Shelf(2) '${path}'] }`);
    const reader = openReader(path);
    expect(inspect(reader)).toBe(`ShelfReader(2) '${path}' { 'count' => number, 'bytes' => typed-array }`);
    reader.close();
    expect(inspect(reader)).toBe(`ShelfReader '${path}', closed`);
    using empty = openShelf(dram({ size: 65_536 }));
    expect(inspect(empty)).toBe("Shelf(0) 'dram' {}");
    empty.close();
    expect(inspect(empty)).toBe("Shelf 'dram', closed");
  });

  test("of a list: its items, the first of many, and that it is gone", () => {
    expect(inspect(list(["a", { b: 1 }]))).toBe("List(2) [ 'a', { b: 1 } ]");
    shelf.vars["queue"] = list(Array.from({ length: 200 }, (_, at) => at));
    const queue = shelf.vars["queue"] as List<number>;
    expect(inspect(queue, { maxArrayLength: 3 })).toBe("List(200) [ 0, 1, 2 ] and 197 more");
    expect(inspect({ queue }, { depth: 0 })).toBe("{ queue: [List(200)] }");
    shelf.delete("queue");
    expect(inspect(queue)).toBe("List, gone from its shelf");
  });
});

describe("what would be stored nowhere is refused", () => {
  test("a property of the shelf itself, and an item by its index", () => {
    expect(() => {
      (shelf as unknown as Record<string, unknown>)["x"] = 1;
    }).toThrow(/Cannot add property x/u);
    shelf.vars["queue"] = list([1]);
    for (const each of [list([1]), shelf.vars["queue"]]) {
      expect(() => {
        each[0] = 2;
      }).toThrow(/Cannot add property 0/u);
    }
    expect(shelf.vars["queue"].toArray()).toStrictEqual([1]);
  });

  test("a symbol as a name, attributes of a variable, and a list of what cannot be iterated", () => {
    expect(() => {
      shelf.vars[Symbol("x") as never] = 1;
    }).toThrow("a variable's name must be a string, got symbol");
    expect(() => Object.defineProperty(shelf.vars, "x", { value: 1 })).toThrow(/store its value by assignment/u);
    for (const wrong of [5, null, {}, () => 1]) {
      expect(() => list(wrong as never)).toThrow(/^list takes what can be iterated, such as \["first"\], got \w+$/u);
    }
    expect([...list("ab")]).toStrictEqual(["a", "b"]);
  });
});
