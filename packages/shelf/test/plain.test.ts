import { describe, expect, test } from "vitest";
import { ShelfError } from "../src/index.ts";
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
