import { describe, expect, test } from "vitest";
import { dram, exploreMutants, mutantPoints, simulatePowerFailure, type Mutation } from "../src/index.ts";
import { statesOf } from "./fixtures/states.ts";
import { toyExploration } from "./fixtures/toy-exploration.ts";

function mutated(drop: NonNullable<Mutation["drop"]>): ReturnType<typeof simulatePowerFailure> {
  return simulatePowerFailure(dram({ size: 256, capacity: 512 }), { mutate: { drop } });
}

describe("mutate", () => {
  test("a dropped flush or drain does nothing", () => {
    for (const dropped of ["flush", "drain"] as const) {
      const region = mutated((kind) => kind === dropped);
      region.publish(0, 1, 0);
      region.persist(0, 8);
      expect(statesOf(region, [0])).toEqual(["0", "1"]);
    }
  });

  test("a dropped copy or fill still stores, but needs a flush", () => {
    const region = mutated((kind) => kind === "copy" || kind === "fill");
    region.copy(0, Uint8Array.of(1));
    region.fill(64, 1, 1);
    region.copyWithin(128, 0, 1);
    region.drain();
    expect(statesOf(region, [0, 8, 16])).toHaveLength(8);
    expect(new Uint8Array(region.view(128, 1))[0]).toBe(1);
    region.persist(0, 256);
    expect(statesOf(region, [0, 8, 16])).toEqual(["1 1 1"]);
  });

  test("publish and grow are never dropped", () => {
    const region = mutated(() => true);
    region.publish(0, 1, 0);
    region.grow(512);
    expect(region.length).toBe(512);
    expect(statesOf(region, [0])).toEqual(["0", "1"]);
  });

  test("a swapped operation affects the medium after the one that follows it", () => {
    const region = simulatePowerFailure(dram({ size: 256 }), {
      mutate: { swap: (kind, _, index) => kind === "drain" && index === 2 },
    });
    region.publish(0, 1, 0);
    region.flush(0, 8);
    region.drain();
    expect(statesOf(region, [0, 8])).toEqual(["0 0", "1 0"]);
    region.copy(64, Uint8Array.of(2));
    // The drain that was put off came after the copy, so it covers both.
    expect(statesOf(region, [0, 8])).toEqual(["1 2"]);
  });

  test("a flush, copy or fill that a drain was to follow is not covered by that drain", () => {
    const region = simulatePowerFailure(dram({ size: 256 }), { mutate: { swap: (kind) => kind !== "drain" } });
    for (const store of [
      () => region.copy(0, Uint8Array.of(1)),
      () => region.fill(8, 1, 1),
      () => {
        region.publish(16, 1, 0);
        region.flush(16, 8);
      },
    ]) {
      store();
      region.drain();
    }
    expect(statesOf(region, [0, 1, 2])).toEqual(["1 1 0", "1 1 1"]);
    region.drain();
    expect(statesOf(region, [0, 1, 2])).toEqual(["1 1 1"]);
  });

  test("one operation can be dropped by its ordinal", () => {
    const region = mutated((_, __, index) => index === 1);
    region.copy(0, Uint8Array.of(1));
    region.drain();
    expect(statesOf(region, [0])).toEqual(["0", "1"]);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["1"]);
  });

  test("operations can be dropped by where they are asked for", () => {
    const asked: string[] = [];
    const region = mutated((kind, callSite) => {
      asked.push(`${kind} ${callSite}`);
      return kind === "drain" && callSite.startsWith("forgetful ");
    });
    const forgetful = (): void => region.drain();
    region.copy(0, Uint8Array.of(1));
    forgetful();
    expect(statesOf(region, [0])).toEqual(["0", "1"]);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["1"]);
    expect(asked[1]).toMatch(/^drain forgetful \(test\/mutants\.test\.ts:\d+:\d+\)$/);
  });
});

describe("enumeratePersistPoints", () => {
  test("lists each kind and call site once, with how often it was reached", () => {
    const region = simulatePowerFailure(dram({ size: 256 }), { recordCallSites: true });
    for (const value of [1, 2, 3]) {
      region.publish(0, value, 0);
      region.persist(0, 8);
    }
    region.drain();
    const points = region.enumeratePersistPoints();
    expect(points.map(({ kind, count }) => [kind, count])).toEqual([
      ["publish", 3],
      ["flush", 3],
      ["drain", 3],
      ["drain", 1],
    ]);
    expect(points[1].callSite).toBe(points[2].callSite);
    expect(points[2].callSite).not.toBe(points[3].callSite);
  });

  test("tells the callers of a shared helper apart where more frames are asked for", () => {
    const region = simulatePowerFailure(dram({ size: 256 }), { recordCallSites: true, callSiteFrames: 2 });
    const helper = (): void => region.drain();
    const first = (): void => helper();
    const second = (): void => helper();
    first();
    second();
    expect(region.enumeratePersistPoints().map(({ callSite }) => callSite.replaceAll(/ \([^)]*\)/g, ""))).toEqual([
      "helper < first",
      "helper < second",
    ]);
  });

  test("is refused where call sites were not recorded", () => {
    expect(() => simulatePowerFailure(dram({ size: 64 })).enumeratePersistPoints()).toThrow(TypeError);
  });
});

describe("mutantPoints", () => {
  const point = { callSite: "f (a.js:1:1)", count: 1 };

  test("leaves out all but publish and grow, and swaps what a drain orders", () => {
    const points = mutantPoints([
      { ...point, kind: "copy", next: ["copy", "drain"] },
      { ...point, kind: "fill", next: ["copy"] },
      { ...point, kind: "publish", next: ["drain"] },
      { ...point, kind: "grow", next: ["drain"] },
      { ...point, kind: "drain", next: [] },
    ]);
    expect(points.map(({ change, kind }) => `${kind} ${change}`)).toEqual([
      "copy dropped",
      "copy swapped",
      "fill dropped",
      "drain dropped",
      "drain swapped",
    ]);
  });
});

describe("exploreMutants", () => {
  test("every flush and drain of the toy store is needed, and its order, recovery's too", () => {
    const mutants = exploreMutants(toyExploration(undefined, { nestedDepth: 1 }));
    const places = ["#nextGeneration", "#recover", "#store", "set"];
    for (const change of ["dropped", "swapped"] as const) {
      const changed = mutants.filter((mutant) => mutant.change === change);
      expect(changed.map(({ kind, callSite }) => `${kind} ${callSite.split(" ")[0]}`).sort()).toEqual(
        ["drain", "flush"].flatMap((kind) => places.map((place) => `${kind} ${place}`)),
      );
    }
    expect(mutants.filter(({ caught }) => !caught)).toEqual([]);
    for (const { replay } of mutants) expect(replay).toMatch(/^seed=42 /);
  });

  test("an operation that is not needed survives", () => {
    const fine = toyExploration();
    const mutants = exploreMutants({
      ...fine,
      workload(region, context): void {
        fine.workload(region, context);
        (function redundant(): void {
          region.drain();
        })();
      },
    });
    const surviving = mutants
      .filter(({ caught }) => !caught)
      .map(({ change, kind, callSite }) => `${kind} ${callSite.split(" ")[0]} ${change}`);
    expect(surviving).toEqual(["drain redundant dropped", "drain redundant swapped"]);
  });

  test("code that is not clean as it is is refused", () => {
    expect(() => exploreMutants(toyExploration("missing log drain"))).toThrow(/mend them first: seed=42 /);
  });
});
