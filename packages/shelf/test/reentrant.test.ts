import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { type Codec, type List, list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

/** Plain data of which one getter, each time it is asked, does something. */
function calling(work: () => void): object {
  return {
    get x() {
      work();
      return 1;
    },
  };
}

/** A shelf with a value in an extent, a number and a list. */
function filledShelf(options: Parameters<typeof freshShelf>[0] = {}): ReturnType<typeof freshShelf> {
  const { shelf, region } = freshShelf(options);
  shelf
    .set("bytes", new Uint8Array(4096).fill(1))
    .set("z", 1)
    .set("q", list([1, 2, 3]));
  return { shelf, region };
}

function contentOf(shelf: Shelf): unknown {
  return [...shelf].map(([name, value]) => [name, name === "q" ? (value as List).toArray() : value]);
}

const changes: [what: string, change: (shelf: Shelf) => void][] = [
  ["a set of the same name", (shelf) => shelf.set("bytes", 5)],
  ["a set of a new name", (shelf) => shelf.set("new", 5)],
  ["a delete", (shelf) => shelf.delete("bytes")],
  ["a rename", (shelf) => shelf.rename("z", "y")],
  ["a swap", (shelf) => shelf.swap("z", "bytes")],
  ["a copy", (shelf) => shelf.copy("z", "y")],
  ["a transaction", (shelf) => shelf.transaction(() => undefined)],
  ["a seal", (shelf) => shelf.seal("bytes")],
  ["clearing a list", (shelf) => (shelf.get("q") as List).clear()],
  ["appending to a list", (shelf) => (shelf.get("q") as List).append(4)],
  ["erasing a list", (shelf) => shelf.delete("q")],
  ["growing", (shelf) => shelf.grow("2 MiB")],
  ["compacting", (shelf) => shelf.compact()],
  ["a scratch value", (shelf) => shelf.scratch(new Uint8Array(64))],
  ["closing", (shelf) => shelf.close()],
];

const stores: [where: string, store: (shelf: Shelf, value: unknown) => void][] = [
  ["set over a value", (shelf, value) => shelf.set("bytes", value)],
  ["set of a new name", (shelf, value) => shelf.set("new", value)],
  ["set of a list", (shelf, value) => shelf.set("bytes", list([0, value]))],
  ["append", (shelf, value) => (shelf.get("q") as List).append(0, value)],
  ["replacing an item", (shelf, value) => (shelf.get("q") as List).set(2, value)],
];

describe("the getters of a value that is being stored cannot change the shelf", () => {
  for (const [where, store] of stores) {
    test.each(changes)(`${where}: %s`, (_, change) => {
      const { shelf, region } = filledShelf();
      const content = contentOf(shelf);
      const { free } = shelf.usage();
      const error = thrownBy(
        () =>
          store(
            shelf,
            calling(() => change(shelf)),
          ),
        ShelfError,
      );
      expect(error.code).toBe("ERR_SHELF_TRANSACTION");
      expect([contentOf(shelf), shelf.usage().free]).toStrictEqual([content, free]);
      expect(shelf.check().findings).toStrictEqual([]);
      expect(contentOf(afterPowerFailure(region))).toStrictEqual(content);
      // And afterwards it can.
      store(shelf, { x: 1 });
      shelf.set("later", 1);
      expect(shelf.get("later")).toBe(1);
    });
  }

  test("who catches that has the value stored", () => {
    const { shelf, region } = filledShelf();
    const value = calling(() => thrownBy(() => shelf.delete("bytes"), ShelfError));
    shelf.transaction(() => shelf.set("bytes", value));
    expect(afterPowerFailure(region).get("bytes")).toStrictEqual({ x: 1 });
  });

  test("they can read it", () => {
    const { shelf } = filledShelf();
    const value = {
      get sum() {
        return (shelf.get("z") as number) + (shelf.get("q") as List<number>).at(2) + [...shelf.keys()].length;
      },
    };
    shelf.set("z", value);
    expect(shelf.get("z")).toStrictEqual({ sum: 7 });
  });

  test("nor can a trap that is asked whether an item is a list", () => {
    const { shelf, region } = filledShelf();
    const trap = new Proxy({}, { has: () => shelf.delete("q") });
    const queue = shelf.get("q") as List;
    expect(thrownBy(() => queue.append(0, trap), ShelfError).code).toBe("ERR_SHELF_TRANSACTION");
    expect((afterPowerFailure(region).get("q") as List).toArray()).toStrictEqual([1, 2, 3]);
  });
});

test.each(["accepts", "plan", "write"] as const)("nor can a codec, in `%s`", (method) => {
  let call = (): void => undefined;
  const at = (now: string): void => {
    if (now === method) call();
  };
  const caller: Codec = {
    type: "caller",
    shareable: false,
    accepts(value) {
      if (value !== "call") return false;
      at("accepts");
      return true;
    },
    plan() {
      at("plan");
      return { meta: new Uint8Array(0), byteLength: 64 };
    },
    write(_, sink) {
      at("write");
      sink.fill(0, 64, 0);
    },
    open: () => "call",
  };
  const { shelf } = filledShelf({ types: [caller] });
  const content = contentOf(shelf);
  const { free } = shelf.usage();
  call = () => shelf.delete("bytes");
  expect(thrownBy(() => shelf.set("bytes", "call"), ShelfError).code).toBe("ERR_SHELF_TRANSACTION");
  expect([contentOf(shelf), shelf.usage().free]).toStrictEqual([content, free]);
});

test("a getter may set a value with arrays on another shelf", () => {
  const [{ shelf }, other] = [filledShelf(), openShelf(dram({ size: 1 << 20 }))];
  const inner = { z: new Uint8Array(4).fill(9) };
  shelf.set("arrays", {
    a: new Float64Array([1]),
    get b() {
      other.set("inner", inner);
      return 2;
    },
    c: new Float64Array([7]),
  });
  expect(shelf.get("arrays")).toStrictEqual({ a: new Float64Array([1]), b: 2, c: new Float64Array([7]) });
  expect(other.get("inner")).toStrictEqual(inner);
});
