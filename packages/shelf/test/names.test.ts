import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { describe, expect, test, vi } from "vitest";
import { type Codec, type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { incompatFeature } from "../src/layout.ts";
import { afterPowerFailure, freshShelf, sizeBytes } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

test.each(["\ud800", "\ufffd\ud800", `${"n".repeat(64)}\udc00`])(
  "half of a surrogate pair names nothing: %j",
  (half) => {
    const { shelf, region } = freshShelf();
    shelf.set(half.toWellFormed(), 1);
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect([each.has(half), each.get(half), each.delete(half)]).toStrictEqual([false, undefined, false]);
      expect(each.get(half.toWellFormed())).toBe(1);
    }
  },
);

describe("PyMM `atomic_swap_names`", () => {
  test("two variables exchange their names; handles, versions and the order of names stay", () => {
    const { shelf, region } = freshShelf();
    shelf.set("a", new Uint8Array([1]));
    shelf.set("between", 0);
    shelf.set("b", "first");
    shelf.set("b", "second");
    const handle = shelf.get("a") as Uint8Array;
    shelf.swap("a", "b");
    const content = [
      ["a", "second"],
      ["between", 0],
      ["b", new Uint8Array([1])],
    ];
    expect([...shelf]).toStrictEqual(content);
    expect(shelf.get("b")).toBe(handle);
    expect([shelf.info("a")?.version, shelf.info("b")?.version]).toStrictEqual([2, 1]);
    expect([...afterPowerFailure(region)]).toStrictEqual(content);
  });

  test("what has been read from media only is swapped as well, and survives the catalog being written anew", () => {
    const { shelf, region } = freshShelf();
    shelf.set("a", 1);
    shelf.set("b", 2);
    const again = afterPowerFailure(region);
    again.swap("b", "a");
    for (let index = 0; index < 100; index++) again.set("text", String(index).repeat(200));
    expect([again.get("a"), again.get("b")]).toStrictEqual([2, 1]);
  });

  test("a swap in a transaction that throws is taken back", () => {
    const { shelf } = freshShelf();
    shelf.set("a", 1);
    shelf.set("b", 2);
    thrownBy(
      () =>
        shelf.transaction(() => {
          shelf.swap("a", "b");
          shelf.rename("a", "c");
          shelf.set("b", 5);
          throw new Error("no");
        }),
      Error,
    );
    expect([...shelf]).toStrictEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  test("a missing name is an error, and a name swapped with itself stays", () => {
    const { shelf } = freshShelf();
    shelf.set("a", 1);
    shelf.swap("a", "a");
    expect(thrownBy(() => shelf.swap("a", "b"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
    expect(thrownBy(() => shelf.swap("b", "a"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
    expect(shelf.get("a")).toBe(1);
  });
});

describe("PyMM `s.x = s.y`", () => {
  test.each<[string, unknown]>([
    ["a small value", 5],
    ["bytes", new Uint8Array(1000).fill(7)],
    ["plain data in an extent", { text: "x".repeat(2000) }],
  ])("copies %s, which is then its own", (_, value) => {
    const { shelf, region } = freshShelf();
    shelf.set("from", value);
    shelf.copy("from", "to");
    shelf.delete("from");
    expect(shelf.get("to")).toStrictEqual(value);
    expect(afterPowerFailure(region).get("to")).toStrictEqual(value);
  });

  test("a copy onto a name replaces what was there; onto its own name it counts as a replacement", () => {
    const { shelf } = freshShelf();
    shelf.set("a", new Uint8Array([1]));
    shelf.set("b", 5);
    const old = shelf.get("a") as Uint8Array;
    shelf.copy("a", "b");
    shelf.copy("a", "a");
    expect([shelf.get("a"), shelf.get("b")]).toStrictEqual([new Uint8Array([1]), new Uint8Array([1])]);
    expect([shelf.info("a")?.version, old.length]).toStrictEqual([2, 0]);
  });

  test("a type that nobody registered is copied as well", () => {
    const opaque: Codec = {
      type: "opaque",
      shareable: true,
      accepts: (value) => value === "opaque",
      plan: () => ({ meta: new Uint8Array([1]), byteLength: 3 }),
      write: (_, sink) => sink.copy(0, new Uint8Array([4, 5, 6])),
      open: (stored) => [...stored.meta, ...new Uint8Array(stored.storage().buffer)],
    };
    const { shelf, region } = freshShelf({ types: [opaque] });
    shelf.set("a", "opaque");
    const stranger = simulatePowerFailure(dram({ image: region.durableImage() }));
    openShelf(stranger).copy("a", "b");
    expect(afterPowerFailure(stranger, { types: [opaque] }).get("b")).toStrictEqual([1, 4, 5, 6]);
    shelf.set("q", list([5, "opaque", new Uint8Array([7])]));
    const another = simulatePowerFailure(dram({ image: region.durableImage() }));
    openShelf(another).copy("q", "r");
    const copy = afterPowerFailure(another, { types: [opaque] }).get("r") as List;
    expect(copy.toArray()).toStrictEqual([5, [1, 4, 5, 6], new Uint8Array([7])]);
  });

  test("a type whose codec says that it is not copyable is refused, and nothing has changed", () => {
    const bound: Codec = {
      type: "bound",
      shareable: true,
      copyable: false,
      accepts: (value) => value === "bound",
      plan: () => ({ meta: new Uint8Array(1), byteLength: 64 }),
      write: (_, sink) => sink.fill(0, 64, 1),
      open: () => "bound",
    };
    const { shelf } = freshShelf({ types: [bound] });
    shelf.set("a", "bound").set("b", 5);
    const { free } = shelf.usage();
    const error = thrownBy(() => shelf.copy("a", "b"), ShelfError);
    expect([error.code, error.variable]).toStrictEqual(["ERR_SHELF_TYPE", "a"]);
    expect(error.message).toMatch(/"a" is of type "bound".*package of that type store the value under "b"/u);
    expect([shelf.get("b"), shelf.usage().free]).toStrictEqual([5, free]);
    shelf.set("q", list([new Uint8Array(100), "bound"]));
    const without = shelf.usage().free;
    expect(thrownBy(() => shelf.copy("q", "b"), ShelfError).code).toBe("ERR_SHELF_TYPE");
    expect([shelf.get("b"), shelf.usage().free]).toStrictEqual([5, without]);
    shelf.rename("a", "b");
    expect(shelf.get("b")).toBe("bound");
  });
});

describe("names", () => {
  test("keys takes a prefix", () => {
    const { shelf } = freshShelf();
    for (const name of ["layer/1/w", "layer/1/b", "layer/10/w", "Ünïcode", "other"]) shelf.set(name, 1);
    expect([...shelf.keys("layer/1/")]).toStrictEqual(["layer/1/w", "layer/1/b"]);
    expect([...shelf.keys("Ü")]).toStrictEqual(["Ünïcode"]);
    expect([...shelf.keys("none")]).toStrictEqual([]);
    expect([...shelf.keys()]).toHaveLength(5);
    thrownBy(() => shelf.keys(1 as unknown as string), TypeError);
  });

  test("any Unicode up to 64 KiB of UTF-8 is a name, and comes back", () => {
    const { shelf, region } = freshShelf({ bytes: 4 * sizeBytes });
    const names = [
      "a".repeat(65_535),
      "a".repeat(65_536),
      "é".repeat(32_768),
      `${"世".repeat(21_845)}!`,
      "🌍".repeat(16_384),
      "\0",
      "\ufeff",
      " ",
    ];
    for (const [index, name] of names.entries()) shelf.set(name, index);
    expect([...afterPowerFailure(region).keys()]).toStrictEqual(names);
    for (const name of ["a".repeat(65_537), "世".repeat(21_846), "", "\udc00"]) {
      expect(thrownBy(() => shelf.set(name, 1), ShelfError).code).toBe("ERR_SHELF_NAME");
    }
  });

  test("of 64 KiB are replaced, renamed, exchanged, sealed and erased as others, with lists under them too", () => {
    const { shelf, region } = freshShelf({ bytes: 8 * sizeBytes });
    const [first, second] = ["é".repeat(32_768), "n".repeat(65_536)];
    shelf.set("short", new Uint8Array([7]));
    expect(shelf.inspect().incompatFeatures).toBe(0);
    shelf.rename("short", first);
    expect(shelf.inspect().incompatFeatures).toBe(incompatFeature.longestNames);
    for (const value of [1, 2]) shelf.set(second, value);
    shelf.swap(first, second);
    shelf.seal(second);
    shelf.set("list", list([1, "two"]));
    shelf.rename("list", `${second.slice(1)}!`);
    (shelf.get(`${second.slice(1)}!`) as List).append(3);
    const content = (each: Shelf): unknown =>
      [...each].map(([name, value]) => [name, typeof value === "number" ? value : [...(value as List)]]);
    const expected = [
      [first, 2],
      [second, [7]],
      [`${second.slice(1)}!`, [1, "two", 3]],
    ];
    // With the catalog as it was written, and written anew.
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect(content(each)).toStrictEqual(expected);
      for (let times = 0; times < 200; times++) each.set(second.slice(0, 60_000), times);
      each.delete(second.slice(0, 60_000));
      expect(each.inspect().catalogGeneration).toBeGreaterThan(1);
      expect(content(each)).toStrictEqual(expected);
      expect(each.check()).toMatchObject({ ok: true, findings: [] });
    }
    for (const [name] of expected) expect(shelf.delete(name as string)).toBe(true);
    expect([...afterPowerFailure(region).keys()]).toStrictEqual([]);
  });

  test("all that a transaction sets has one time", () => {
    const { shelf } = freshShelf();
    let now = 1000;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now++);
    try {
      shelf.transaction(() =>
        shelf
          .set("a", 1)
          .set("b", list([1]))
          .set("c", new Uint8Array(100)),
      );
      shelf.set("d", 1);
    } finally {
      clock.mockRestore();
    }
    const times = ["a", "b", "c", "d"].map((name) => shelf.info(name)?.modified.getTime());
    expect(new Set(times.slice(0, 3)).size).toBe(1);
    expect(times[3]).toBeGreaterThan(times[0] as number);
  });

  test("the version counts replacements, and the times are those of the first and of the last value", () => {
    const { shelf, region } = freshShelf();
    const clock = vi.spyOn(Date, "now");
    const setAt = (time: number, name: string, value: unknown): void => {
      clock.mockReturnValue(time);
      shelf.set(name, value);
    };
    try {
      for (const [index, time] of [1000, 2000, 3000].entries()) setAt(time, "x", index);
      setAt(4999, "array", new Uint8Array(100));
      setAt(5000, "array", new Uint8Array(200));
      setAt(6000, "new", 1);
      clock.mockReturnValue(7000);
      shelf.rename("x", "renamed");
      shelf.swap("renamed", "array");
      shelf.copy("new", "copy");
      setAt(8000, "queue", list([1]));
      setAt(9000, "queue", list([2]));
    } finally {
      clock.mockRestore();
    }
    const expected = {
      array: { version: 3, created: new Date(1000), modified: new Date(3000) },
      renamed: { version: 2, created: new Date(4000), modified: new Date(5000) },
      new: { version: 1, created: new Date(6000), modified: new Date(6000) },
      copy: { version: 1, created: new Date(7000), modified: new Date(7000) },
      queue: { version: 2, created: new Date(8000), modified: new Date(9000) },
    };
    const recovered = afterPowerFailure(region);
    for (const each of [shelf, recovered]) {
      for (const [name, info] of Object.entries(expected)) expect(each.info(name)).toMatchObject(info);
    }
    // Written anew, too.
    recovered.compact();
    for (let round = 0; round < 1000; round++) recovered.set("filler", "x".repeat(500));
    for (const [name, info] of Object.entries(expected)) expect(recovered.info(name)).toMatchObject(info);
    expect(recovered.check()).toMatchObject({ ok: true, findings: [] });
  });

  test("PyMM `s.inspect(verbose)`: identity, format, space and, where asked for, every variable", () => {
    const { shelf } = freshShelf();
    shelf.set("x", new Float64Array(10));
    const { variables, ...rest } = shelf.inspect({ variables: true });
    expect(rest).toMatchObject({
      uuid: shelf.uuid,
      formatVersion: 1,
      incompatFeatures: 0,
      catalogGeneration: 1,
      granularity: "cache-line",
      usage: { names: 1, size: shelf.usage().size },
    });
    expect(variables).toMatchObject([{ name: "x", type: "typed-array", version: 1, byteLength: 92 }]);
    expect(shelf.inspect()).not.toHaveProperty("variables");
  });
});

test("what is done to a name over and over is done to what it names by then", () => {
  const { shelf } = freshShelf();
  const bytesOf = (name: string): number[] => [...(shelf.get(name) as Uint8Array)];
  const mark = (value: number): void => {
    shelf.snapshot("x");
    (shelf.get("x") as Uint8Array)[0] = value;
  };
  shelf.set("x", new Uint8Array([1]));
  shelf.set("y", new Uint8Array([2]));
  expect(() =>
    shelf.transaction(() => {
      mark(10);
      shelf.set("x", new Uint8Array([3]));
      mark(30);
      shelf.swap("x", "y");
      mark(20);
      shelf.rename("x", "z");
      expect(thrownBy(() => shelf.snapshot("x"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
      shelf.rename("y", "x");
      mark(31);
      expect([bytesOf("x"), bytesOf("z")]).toStrictEqual([[31], [20]]);
      shelf.delete("x");
      shelf.snapshot("x");
    }),
  ).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_VARIABLE" }));
  expect([bytesOf("x"), bytesOf("y")]).toStrictEqual([[1], [2]]);
  shelf.transaction(() => mark(11));
  expect(bytesOf("x")).toStrictEqual([11]);
  shelf.close();
  expect(thrownBy(() => shelf.snapshot("x"), ShelfError).code).toBe("ERR_SHELF_CLOSED");
});

describe("alignment", () => {
  test.each([64, 4096, 65_536])("bytes start at a multiple of %i where asked for", (alignment) => {
    const { shelf } = freshShelf();
    shelf.set("pad", new Uint8Array(100));
    shelf.set("x", new Uint8Array(100), { alignment });
    expect(shelf.info("x")!.offset % alignment).toBe(0);
  });

  test.each([0, 32, 96, 2 ** 22, NaN, -64])("an alignment of %d is refused with nothing changed", (alignment) => {
    const { shelf } = freshShelf();
    thrownBy(() => shelf.set("x", 1, { alignment }), RangeError);
    expect(shelf.has("x")).toBe(false);
  });
});
