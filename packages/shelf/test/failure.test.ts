import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { PmemError, type Region } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { openShelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, sizeBytes } from "./support/durable.ts";
import { failingRegion, syncError } from "./support/failing-region.ts";
import { thrownBy } from "./support/thrown.ts";

/** A shelf on a region whose syncs fail, all of them, from the moment that `fail` is called. */
function failingShelf() {
  const { region, simulated, fail } = failingRegion(sizeBytes);
  return { shelf: openShelf(region), region: simulated, error: syncError, fail };
}

describe("a sync that fails (P4)", () => {
  test("is passed on, and every later write throws the same error, never trying again", () => {
    const { shelf, error, fail } = failingShelf();
    shelf.set("x", 1).set("bytes", new Uint8Array(10));
    fail();
    expect(thrownBy(() => shelf.set("x", 2), PmemError)).toBe(error);
    const writes: (() => unknown)[] = [
      () => shelf.set("y", 1),
      () => shelf.set("y", new Uint8Array(5)),
      () => shelf.delete("x"),
      () => shelf.rename("x", "y"),
      () => shelf.clear(),
      () => shelf.transaction(() => 1),
      () => shelf.grow("2 MiB"),
      () => shelf.persist("bytes"),
    ];
    for (const write of writes) expect(thrownBy(write, PmemError), write.toString()).toBe(error);
  });

  test("leaves the shelf readable as it was before, and the next opening finds the old or the new state", () => {
    const { shelf, region, fail } = failingShelf();
    shelf.set("x", 1);
    fail();
    expect(() => shelf.set("x", 2)).toThrow(PmemError);
    expect(shelf.get("x")).toBe(1);
    shelf.close();
    expect([1, 2]).toContain(afterPowerFailure(region).get("x"));
  });

  test("inside a transaction with in-place changes leaves it to the next opening to roll back", () => {
    const { shelf, region, fail } = failingShelf();
    shelf.set("bytes", new Uint8Array(10));
    const bytes = shelf.get("bytes") as Uint8Array;
    expect(() =>
      shelf.transaction(() => {
        shelf.snapshot("bytes");
        bytes.fill(1);
        fail();
      }),
    ).toThrow(ShelfError);
    expect(() => shelf.set("y", 1)).toThrow(PmemError);
    shelf.close();
    expect(afterPowerFailure(region).get("bytes")).toStrictEqual(new Uint8Array(10));
  });
});

describe("what fails once a transaction has committed", () => {
  const error = new Error("no view is let go of");

  /** A shelf on a region that lets go of no view from the moment that `fail` is called, until `mend` is. */
  function shelfThatHoldsViews() {
    const simulated = simulatePowerFailure(dram({ size: sizeBytes }));
    let failing = false;
    const region: Region = new Proxy(simulated, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...parts: unknown[]): unknown => {
          if (failing && key === "releaseView") throw error;
          return (value as (...parts: unknown[]) => unknown).apply(target, parts);
        };
      },
    });
    const [fail, mend] = [true, false].map((isFailing) => () => void (failing = isFailing));
    return { shelf: openShelf(region), region: simulated, fail, mend };
  }

  test("does not undo it: it shows, and nothing is written any more", () => {
    const { shelf, region, fail, mend } = shelfThatHoldsViews();
    shelf.set("bytes", new Uint8Array(100).fill(1));
    expect(shelf.get("bytes")).toHaveLength(100);
    fail();
    expect(thrownBy(() => shelf.set("bytes", new Uint8Array(100).fill(2)), Error)).toBe(error);
    expect(thrownBy(() => shelf.set("other", new Uint8Array(100).fill(3)), Error)).toBe(error);
    mend();
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect([...each.entries()]).toStrictEqual([["bytes", new Uint8Array(100).fill(2)]]);
    }
    shelf.close();
  });

  test("does not undo one that wrote the catalog anew either", () => {
    const { shelf, region, fail, mend } = shelfThatHoldsViews();
    shelf.set("first", 1);
    fail();
    let value = 0;
    const found = thrownBy(() => {
      for (;;) shelf.set("value", ++value);
    }, Error);
    mend();
    expect(found).toBe(error);
    for (const each of [shelf, afterPowerFailure(region)]) {
      expect([...each.entries()]).toStrictEqual(Object.entries({ first: 1, value }));
    }
    shelf.close();
  });
});
