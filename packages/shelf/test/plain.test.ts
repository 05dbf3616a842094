import { describe, expect, test } from "vitest";
import { type List, list, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

const state = {
  epoch: 3,
  layers: [{ weights: Float32Array.from({ length: 1000 }, (_, index) => index), bias: new Float64Array([1, 2]) }],
  seen: new Map<string, unknown>([["ids", new BigInt64Array([1n, -1n])]]),
  tags: new Set(["a"]),
  when: new Date(7),
  empty: new Uint8Array(0),
  raw: new Uint8Array([1, 2, 3]),
};

describe("typed arrays inside plain data", () => {
  test("all comes back the same, at once and after a power failure", () => {
    const { shelf, region } = freshShelf();
    shelf.set("state", state);
    expect(shelf.get("state")).toStrictEqual(state);
    expect(afterPowerFailure(region).get("state")).toStrictEqual(state);
  });

  test("they are views of the stored bytes, aligned, whatever lies before them; the structure is a new copy each time", () => {
    const { shelf, region } = freshShelf();
    shelf.set("state", state);
    const first = shelf.get("state") as typeof state;
    const second = shelf.get("state") as typeof state;
    expect(first).not.toBe(second);
    const { weights, bias } = first.layers[0];
    expect(second.layers[0].weights.buffer).toBe(weights.buffer);
    for (const array of [weights, bias, first.raw, first.seen.get("ids") as BigInt64Array]) {
      expect(array.byteOffset % 64).toBe(0);
    }
    weights[999] = -1;
    expect(second.layers[0].weights[999]).toBe(-1);
    shelf.persist("state");
    expect((afterPowerFailure(region).get("state") as typeof state).layers[0].weights[999]).toBe(-1);
  });

  test("they are detached when the variable is replaced", () => {
    const { shelf } = freshShelf();
    shelf.set("state", state);
    const { raw } = shelf.get("state") as typeof state;
    shelf.set("state", 1);
    expect(raw.length).toBe(0);
  });

  test("a change of such an array in a transaction that throws is taken back", () => {
    const { shelf } = freshShelf();
    shelf.set("state", state);
    const { raw } = shelf.get("state") as typeof state;
    thrownBy(
      () =>
        shelf.transaction(() => {
          shelf.snapshot("state");
          raw.fill(9);
          throw new Error("no");
        }),
      Error,
    );
    expect(raw).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  test("a Buffer comes back as bytes; an instance of a class of one's own is refused", () => {
    const { shelf } = freshShelf();
    shelf.set("x", { bytes: Buffer.from("abc") });
    expect(shelf.get("x")).toStrictEqual({ bytes: new Uint8Array([97, 98, 99]) });
    class Vector extends Float32Array {}
    for (const value of [{ own: new Vector(3) }, { own: new Vector(3), bytes: new Uint8Array(1) }]) {
      expect(thrownBy(() => shelf.set("y", value), TypeError).message).toContain("Vector");
    }
    expect([...shelf.keys()]).toStrictEqual(["x"]);
  });

  test("a Date keeps every millisecond, and an invalid one stays invalid", () => {
    const { shelf } = freshShelf();
    const dates = [
      533_715_465,
      1_700_000_000_001,
      -1,
      0,
      8.64e15,
      NaN,
      ...Array.from({ length: 500 }, (_, index) => index * 1_000_003),
    ];
    shelf.set(
      "dates",
      dates.map((time) => new Date(time)),
    );
    expect((shelf.get("dates") as Date[]).map((date) => date.getTime())).toStrictEqual(dates);
    shelf.set("date", new Date(533_715_465));
    expect(shelf.get("date")).toStrictEqual(new Date(533_715_465));
  });

  test("a cycle is refused", () => {
    const { shelf } = freshShelf();
    const cyclic: Record<string, unknown> = { bytes: new Uint8Array(5) };
    cyclic["self"] = cyclic;
    expect(thrownBy(() => shelf.set("x", cyclic), TypeError).message).toContain("contains itself");
  });

  test("damage to the structure is told as damage", () => {
    const { shelf } = freshShelf();
    shelf.set("state", state);
    const { buffer } = (shelf.get("state") as typeof state).raw;
    for (const byte of [0, 0x7f, 0xff]) {
      new Uint8Array(buffer).fill(byte, 0, 60);
      const error = thrownBy(() => {
        const found = shelf.get("state");
        if (typeof found !== "object") throw new ShelfError("ERR_SHELF_CORRUPT", "not even an object");
      }, ShelfError);
      expect(error.code).toBe("ERR_SHELF_CORRUPT");
    }
  });
});

/** What could not be told from something else, or not be read, when it comes back. */
describe("what would not come back the same is refused, and the message says where it is", () => {
  class Entries extends Map<string, number> {}
  class Members extends Set<number> {}
  class Row extends Array<number> {}
  class Moment extends Date {}
  const derived: [name: string, value: object][] = [
    ["Entries", new Entries([["a", 1]])],
    ["Members", new Members([1])],
    ["Row", Row.from([1, 2])],
    ["Moment", new Moment(5)],
  ];

  test.each(derived)("an instance of a class derived from a container: %s", (name, value) => {
    const { shelf } = freshShelf();
    shelf.set("q", list([1]));
    const queue = shelf.get("q") as List;
    expect(thrownBy(() => shelf.set("x", value), TypeError).message).toContain(`an instance of ${name}`);
    expect(thrownBy(() => queue.append(value), TypeError).message).toContain(`an instance of ${name}`);
    for (const bytes of [new Uint8Array(0), new Uint8Array(1)]) {
      const { message } = thrownBy(() => shelf.set("x", { bytes, layers: [1, { at: value }] }), TypeError);
      expect(message).toContain(
        `an instance of ${name} cannot be stored inside plain data (at value["layers"][1]["at"])`,
      );
    }
    expect([shelf.has("x"), queue.length]).toStrictEqual([false, 1]);
  });

  test("an array or a Map of which the class was hidden", () => {
    const { shelf } = freshShelf();
    for (const value of [[1, 2], new Map([[1, 2]]), Object.create(Array.prototype) as object]) {
      Object.defineProperty(value, "constructor", { value: Object });
      expect(() => shelf.set("x", value)).toThrow(TypeError);
      expect(() => shelf.set("x", [value])).toThrow(TypeError);
    }
  });

  test("half a surrogate pair in a key", () => {
    const { shelf } = freshShelf();
    const { message } = thrownBy(() => shelf.set("x", { good: { "\ud800": 1, "\ud801": 2 } }), TypeError);
    expect(message).toMatch(/^a key \(at value\["good"\]\) has half of a surrogate pair/u);
    thrownBy(() => shelf.set("x", { "\ud800": 1 }), TypeError);
    expect(thrownBy(() => shelf.set("x", new Map([["\ud800", 1]])), TypeError).message).toContain(
      "<an entry of a Map>",
    );
  });

  test.each(["toJSON", "toCBOR"])("a method %s that nobody sees, which would be asked instead", (method) => {
    const { shelf } = freshShelf();
    const value = Object.defineProperty({ a: 1 }, method, { value: () => ["other"] });
    expect(thrownBy(() => shelf.set("x", value), TypeError).message).toContain(`a method ${method}`);
    shelf.set("x", { [method]: "no method" });
    expect(shelf.get("x")).toStrictEqual({ [method]: "no method" });
  });

  test("a Buffer comes back as a Uint8Array, also where it is empty", () => {
    const { shelf } = freshShelf();
    shelf.set("x", { empty: Buffer.alloc(0) });
    expect(shelf.get("x")).toStrictEqual({ empty: new Uint8Array(0) });
  });

  const wrappers: [
    what: string,
    levels: number,
    wrap: (value: unknown) => unknown,
    unwrap: (value: never) => unknown,
  ][] = [
    ["arrays", 1, (value) => [value], ([value]: unknown[]) => value],
    ["objects", 1, (value) => ({ value }), ({ value }: { value: unknown }) => value],
    ["Sets", 2, (value) => new Set([value]), ([value]: Set<unknown>) => value],
    ["Maps, in values", 4, (value) => new Map([["key", value]]), (map: Map<unknown, unknown>) => map.get("key")],
    ["Maps, in keys", 4, (value) => new Map([[value, 1]]), ([[value]]: Map<unknown, unknown>) => value],
  ];
  const leaves = [1, 2n, "text", null, new Date(5), new Uint8Array(0), new BigInt64Array(2), [], new Map(), new Set()];

  test.each(wrappers)("more levels than can be read: %s", (_, levels, wrap, unwrap) => {
    const { shelf } = freshShelf();
    const nested = (depth: number, leaf: unknown): unknown => {
      let value = leaf;
      for (let level = 0; level < depth; level++) value = wrap(value);
      return value;
    };
    const deepest = Math.floor(1022 / levels);
    for (const leaf of leaves) {
      shelf.set("x", nested(deepest, leaf));
      let found = shelf.get("x");
      for (let level = 0; level < deepest; level++) found = unwrap(found as never);
      expect(found).toStrictEqual(leaf);
    }
    for (const depth of [deepest + 1, 20_000]) {
      for (const leaf of [1, new Uint8Array(8)]) {
        expect(thrownBy(() => shelf.set("y", nested(depth, leaf)), TypeError).message).toContain("levels");
      }
    }
    expect(shelf.has("y")).toBe(false);
  });
});
