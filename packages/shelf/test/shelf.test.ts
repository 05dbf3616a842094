import { describe, expect, test } from "vitest";
import { type Codec, type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

const values: [what: string, value: unknown][] = [
  ["a number", 1.5],
  ["NaN", NaN],
  ["minus zero", -0],
  ["a string", "Grüße, 世界 🌍"],
  ["an empty string", ""],
  ["a long string", "x".repeat(5000)],
  ["true", true],
  ["null", null],
  ["a bigint", 2n ** 100n],
  ["a small bigint", 5n],
  ["plain data", { a: [1, { b: "c" }], d: new Date(5), m: new Map([["k", 1]]), s: new Set([1, 2]) }],
  ["large plain data", Array.from({ length: 1000 }, (_, index) => ({ index }))],
  ["bytes", new Uint8Array([1, 2, 3])],
  ["an empty typed array", new Float64Array(0)],
  ["a typed array", Float32Array.from({ length: 1000 }, (_, index) => index / 2)],
  ["big integers", new BigInt64Array([1n, -1n])],
];

describe("values", () => {
  test.each(values)("%s comes back the same, at once and after a power failure", (_, value) => {
    const { shelf, region } = freshShelf();
    shelf.set("value", value);
    expect(shelf.get("value")).toStrictEqual(value);
    expect(afterPowerFailure(region).get("value")).toStrictEqual(value);
  });

  test.each(values)("%s is there in the transaction that sets it, and is copied and replaced there", (_, value) => {
    const { shelf, region } = freshShelf();
    shelf.set("old", 1);
    shelf.transaction(() => {
      shelf.set("value", value).set("old", value);
      shelf.copy("value", "copy");
      shelf.set("list", list([value]));
      shelf.set("again", 1).set("again", value);
      expect([...shelf.keys()].map((name) => shelf.get(name)).toSpliced(3, 1)).toStrictEqual(Array(4).fill(value));
      expect((shelf.get("list") as List).at(0)).toStrictEqual(value);
    });
    const there = afterPowerFailure(region);
    for (const name of ["value", "old", "copy", "again"]) expect(there.get(name)).toStrictEqual(value);
    expect((there.get("list") as List).toArray()).toStrictEqual([value]);
    expect(["value", "old", "copy", "again"].map((name) => there.info(name)?.version)).toStrictEqual([1, 2, 1, 2]);
  });

  test("a typed array is a view of the stored bytes, the same one each time", () => {
    const { shelf, region } = freshShelf();
    shelf.set("counts", new Int32Array([1, 2, 3]));
    const counts = shelf.get("counts") as Int32Array;
    counts[1] = 20;
    shelf.persist("counts", 4, 4);
    expect(shelf.get("counts")).toBe(counts);
    expect(afterPowerFailure(region).get("counts")).toStrictEqual(new Int32Array([1, 20, 3]));
  });

  test("plain data is a new copy each time", () => {
    const { shelf } = freshShelf();
    shelf.set("settings", { depth: 1 });
    (shelf.get("settings") as { depth: number }).depth = 2;
    expect(shelf.get("settings")).toStrictEqual({ depth: 1 });
  });

  test("assigning one variable to another copies it", () => {
    const { shelf } = freshShelf();
    shelf.vars["a"] = new Uint8Array([1, 2, 3]);
    shelf.vars["b"] = shelf.vars["a"];
    (shelf.vars["a"] as Uint8Array)[0] = 9;
    expect(shelf.vars["b"]).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  test("assigning a variable to itself keeps its content", () => {
    const { shelf } = freshShelf();
    shelf.vars["a"] = new Uint8Array([1, 2, 3]);
    shelf.vars["a"] = shelf.vars["a"];
    expect(shelf.vars["a"]).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  class Point {
    readonly x = 1;
  }
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["a function", (): void => undefined],
    ["a symbol", Symbol("s")],
    ["an instance of a class", new Point()],
    ["an instance inside plain data", { point: new Point() }],
    ["a regular expression", /x/],
    ["a cycle", cyclic],
    ["half a surrogate pair", "\ud800"],
    ["half a surrogate pair inside", ["\ud800"]],
  ])("%s is refused with a TypeError and nothing is stored", (_, value) => {
    const { shelf } = freshShelf();
    expect(() => shelf.set("value", value)).toThrow(TypeError);
    expect(shelf.has("value")).toBe(false);
    expect(shelf.usage().names).toBe(0);
  });
});

describe("the Map-like interface", () => {
  test("get, set, has, delete, size and iteration behave as a Map's", () => {
    const { shelf } = freshShelf();
    const map = new Map<string, unknown>();
    for (const each of [shelf, map]) each.set("one", 1).set("two", "zwei").set("three", 3);
    for (const each of [shelf, map]) {
      each.delete("two");
      each.set("one", 10);
      each.set("two", 2);
    }
    expect([...shelf]).toStrictEqual([...map]);
    expect([...shelf.keys()]).toStrictEqual([...map.keys()]);
    expect([...shelf.values()]).toStrictEqual([...map.values()]);
    expect(shelf.size).toBe(map.size);
    expect(shelf.has("two")).toBe(true);
    expect(shelf.delete("nothing")).toBe(false);
    expect(shelf.get("nothing")).toBeUndefined();
    const seen: unknown[] = [];
    shelf.forEach((value, name) => seen.push([name, value]));
    expect(seen).toStrictEqual([...map]);
    shelf.clear();
    expect(shelf.size).toBe(0);
  });

  test("the order of names is the same after a power failure", () => {
    const { shelf, region } = freshShelf();
    for (const name of ["c", "a", "b"]) shelf.set(name, 1);
    shelf.set("a", 2);
    shelf.rename("c", "z");
    expect([...afterPowerFailure(region).keys()]).toStrictEqual([...shelf.keys()]);
  });

  test("vars reads, writes, deletes and enumerates", () => {
    const { shelf } = freshShelf();
    const { vars } = shelf;
    vars["x"] = 1;
    vars["constructor"] = "data";
    vars["__proto__"] = "data";
    expect(Object.keys(vars)).toStrictEqual(["x", "constructor", "__proto__"]);
    expect("x" in vars).toBe(true);
    expect("toString" in vars).toBe(false);
    expect(vars["then"]).toBeUndefined();
    expect({ ...vars }["x"]).toBe(1);
    delete vars["x"];
    expect(shelf.has("x")).toBe(false);
  });

  test.each(["x", "with space", "ü", "世界", "🌍".repeat(10), "a/b\0c", "n".repeat(65536)])("%j is a name", (name) => {
    const { shelf, region } = freshShelf();
    shelf.set(name, 1);
    expect([...afterPowerFailure(region).keys()]).toStrictEqual([name]);
  });

  test("names that cannot be kept are refused", () => {
    const { shelf } = freshShelf();
    expect(thrownBy(() => shelf.set("", 1), ShelfError).code).toBe("ERR_SHELF_NAME");
    expect(thrownBy(() => shelf.set("\ud800", 1), ShelfError).code).toBe("ERR_SHELF_NAME");
    expect(thrownBy(() => shelf.set("n".repeat(65537), 1), ShelfError).code).toBe("ERR_SHELF_NAME");
    expect(() => shelf.set(5 as unknown as string, 1)).toThrow(TypeError);
  });

  test("info tells type, version, time and size without opening the value", () => {
    const { shelf } = freshShelf();
    shelf.set("x", 1).set("x", new Float64Array(10));
    const info = shelf.info("x");
    expect(info).toMatchObject({ name: "x", type: "typed-array", version: 2, byteLength: 80 + "Float64Array".length });
    expect(Math.abs((info?.modified.getTime() ?? 0) - Date.now())).toBeLessThan(10_000);
    expect(shelf.info("y")).toBeUndefined();
  });

  test("rename keeps the handle, and replaces what had the new name", () => {
    const { shelf, region } = freshShelf();
    shelf.set("a", new Uint8Array([1])).set("b", new Uint8Array([2]));
    const a = shelf.get("a") as Uint8Array;
    const b = shelf.get("b") as Uint8Array;
    shelf.rename("a", "b");
    expect(shelf.get("b")).toBe(a);
    expect(b.length).toBe(0);
    expect([...afterPowerFailure(region)]).toStrictEqual([["b", new Uint8Array([1])]]);
    expect(thrownBy(() => shelf.rename("a", "c"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
  });
});

describe("handles (P1, P16)", () => {
  test.each<[string, (shelf: Shelf) => void]>([
    ["erasing", (shelf) => shelf.delete("x")],
    ["replacing", (shelf) => shelf.set("x", new Uint8Array(100))],
    ["clearing", (shelf) => shelf.clear()],
    ["closing", (shelf) => shelf.close()],
  ])("%s detaches what was handed out", (_, act) => {
    const { shelf } = freshShelf();
    shelf.set("x", new Uint8Array(100));
    const x = shelf.get("x") as Uint8Array;
    act(shelf);
    expect(x.length).toBe(0);
    expect(x.buffer.byteLength).toBe(0);
  });

  test("every method of a closed shelf throws ERR_SHELF_CLOSED", () => {
    const { shelf } = freshShelf();
    shelf.close();
    shelf.close();
    expect(shelf.closed).toBe(true);
    const calls: (() => unknown)[] = [
      () => shelf.get("x"),
      () => shelf.set("x", 1),
      () => shelf.has("x"),
      () => shelf.delete("x"),
      () => shelf.clear(),
      () => shelf.rename("x", "y"),
      () => shelf.size,
      () => shelf.keys(),
      () => [...shelf.values()],
      () => [...shelf.entries()],
      () => [...shelf],
      () => shelf.forEach(() => undefined),
      () => shelf.transaction(() => 1),
      () => shelf.snapshot("x"),
      () => shelf.persist("x"),
      () => shelf.persist(),
      () => shelf.info("x"),
      () => shelf.usage(),
      () => shelf.grow("2 MiB"),
    ];
    for (const call of calls) expect(thrownBy(call, ShelfError).code, call.toString()).toBe("ERR_SHELF_CLOSED");
  });

  test("using closes the shelf", () => {
    const { shelf } = freshShelf();
    {
      using same = shelf;
      same.set("x", 1);
    }
    expect(shelf.closed).toBe(true);
  });
});

describe("space (P13)", () => {
  test("a value that does not fit is refused with figures, and nothing changes", () => {
    const { shelf, region } = freshShelf();
    shelf.set("keep", new Uint8Array([1, 2, 3]));
    const before = shelf.usage();
    const error = thrownBy(() => shelf.set("keep", new Uint8Array(2 << 20)), ShelfError);
    expect(error).toMatchObject({ code: "ERR_SHELF_NO_SPACE", needed: 2 << 20, free: before.free });
    expect(error.largestExtent).toBe(before.largestExtent);
    expect(shelf.usage()).toStrictEqual(before);
    expect(afterPowerFailure(region).get("keep")).toStrictEqual(new Uint8Array([1, 2, 3]));
  });

  test("erasing gives all the space back", () => {
    const { shelf } = freshShelf();
    const fillAndClear = (): number => {
      const { free } = shelf.usage();
      for (let index = 0; index < 100; index++) shelf.set(`x${index}`, new Uint8Array(1000 + index));
      expect(shelf.usage().free).toBeLessThan(free - 100_000);
      shelf.clear();
      return shelf.usage().free;
    };
    // The first time, the catalog takes more room for good.
    expect([fillAndClear(), fillAndClear()]).toStrictEqual([shelf.usage().free, shelf.usage().free]);
  });

  test("a full shelf can still be emptied", () => {
    const { shelf } = freshShelf({ bytes: 64 * 1024 });
    const fill = (): void => {
      for (let index = 0; ; index++) shelf.set(`name ${index}`, new Uint8Array(index % 3 === 0 ? 64 : 1));
    };
    expect(thrownBy(fill, ShelfError).code).toBe("ERR_SHELF_NO_SPACE");
    const names = [...shelf.keys()];
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) shelf.delete(name);
    expect(shelf.size).toBe(0);
    shelf.set("again", new Uint8Array(10_000));
  });

  test("growing keeps handles valid, adds the space, and survives a power failure", () => {
    const { shelf, region } = freshShelf();
    shelf.set("x", new Uint8Array([1]));
    const x = shelf.get("x") as Uint8Array;
    shelf.grow("3 MiB");
    expect(shelf.usage().size).toBe(3 << 20);
    shelf.set("large", new Uint8Array(2 << 20));
    expect(x[0]).toBe(1);
    const again = afterPowerFailure(region);
    expect(again.usage().size).toBe(3 << 20);
    expect((again.get("large") as Uint8Array).length).toBe(2 << 20);
  });

  test("thousands of replacements leave the catalog bounded and the content right", () => {
    const { shelf, region } = freshShelf();
    for (let index = 0; index < 5000; index++) shelf.set(`name ${index % 7}`, index);
    const expected = Array.from({ length: 7 }, (_, index) => [`name ${index}`, 4999 - ((4999 - index) % 7)]);
    expect([...afterPowerFailure(region)]).toStrictEqual(expected);
    expect(shelf.usage().used).toBeLessThan(200_000);
  });
});

describe("types", () => {
  const upperCase = {
    type: "upper",
    shareable: true,
    accepts: (value: unknown) => typeof value === "string" && value === value.toUpperCase(),
    plan: (value: unknown) => ({ meta: Buffer.from(String(value)), byteLength: 0 }),
    write: () => undefined,
    open: (stored: { meta: Uint8Array }) => ({ text: Buffer.from(stored.meta).toString() }),
  };

  test("an immutable value is handed out as it was set, is not read, and is what was there before after an abort", () => {
    class Text {
      readonly text: string;
      constructor(text: string) {
        this.text = text;
      }
    }
    const opened: string[] = [];
    const textCodec: Codec<Text> = {
      type: "text",
      shareable: true,
      immutable: true,
      accepts: (value) => value instanceof Text,
      plan: ({ text }) => ({ meta: Buffer.from(text), byteLength: text === "long" ? 4 : 0 }),
      write: ({ text }, sink) => sink.copy(0, Buffer.from(text)),
      open({ meta }) {
        opened.push(Buffer.from(meta).toString());
        return new Text(Buffer.from(meta).toString());
      },
    };
    const { shelf, region } = freshShelf({ types: [textCodec] as readonly Codec[] });
    const [first, second, long] = [new Text("first"), new Text("second"), new Text("long")];
    shelf.set("x", first).set("y", long);
    expect(shelf.get("x")).toBe(first);
    expect(shelf.get("y")).toBe(long);
    const abort = (): never => {
      shelf.set("x", second);
      expect(shelf.get("x")).toBe(second);
      throw new Error("enough");
    };
    expect(() => shelf.transaction(abort)).toThrow("enough");
    expect(shelf.get("x")).toBe(first);
    shelf.rename("x", "z");
    // Written anew, the catalog has it elsewhere.
    shelf.compact();
    expect(shelf.get("z")).toBe(first);
    expect(opened).toStrictEqual([]);
    const again = afterPowerFailure(region, { types: [textCodec] as readonly Codec[] });
    expect([again.get("z"), again.get("y")]).toStrictEqual([first, long]);
    expect(opened).toStrictEqual(["first", "long"]);
  });

  test("a caller's codec is asked first, and a type that nobody knows is kept, listed, renamed and erasable", () => {
    const { shelf, region } = freshShelf({ types: [upperCase] });
    shelf.set("x", "LOUD").set("y", "quiet");
    expect(shelf.get("x")).toStrictEqual({ text: "LOUD" });
    const without = afterPowerFailure(region);
    expect(thrownBy(() => without.get("x"), ShelfError)).toMatchObject({ code: "ERR_SHELF_TYPE", variable: "x" });
    expect(without.info("x")?.type).toBe("upper");
    without.rename("x", "z");
    expect([...without.keys()].sort()).toStrictEqual(["y", "z"]);
    expect(without.delete("z")).toBe(true);
    expect(without.get("y")).toBe("quiet");
  });

  test("what is no codec, or has a taken name, is refused", () => {
    expect(() => freshShelf({ types: [{} as never] })).toThrow(TypeError);
    expect(() => freshShelf({ types: [{ ...upperCase, type: "number" }] })).toThrow(/two codecs/);
    expect(() => freshShelf({ types: "x" as never })).toThrow(TypeError);
  });

  test("a codec that fails while it writes leaves nothing behind", () => {
    const failing = {
      ...upperCase,
      plan: () => ({ meta: Buffer.alloc(0), byteLength: 100 }),
      write: () => {
        throw new Error("no");
      },
    };
    const { shelf } = freshShelf({ types: [failing] });
    const before = shelf.usage();
    expect(() => shelf.set("x", "LOUD")).toThrow("no");
    expect(shelf.usage()).toStrictEqual(before);
  });
});

test("openShelf refuses what is neither a path nor a region", () => {
  for (const wrong of [undefined, null, 5, {}, []]) expect(() => openShelf(wrong as never)).toThrow(TypeError);
  expect(() => openShelf("x", null as never)).toThrow(TypeError);
});
