import type { Region } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { dram, exploreCrashes, exploreMutants, replayCrash, type CrashContext, type ExploreOptions } from "../src/index.ts";
import { TOY_BYTES, ToyStore, type ToyBug } from "./fixtures/toy-store.ts";

type Cells = readonly number[];

function same(left: Cells, right: Cells): boolean {
  return left.every((value, index) => value === right[index]);
}

/** Three transactions over one to three cells, checked with a further one after each crash. */
function toyExploration(bug?: ToyBug, more: Partial<ExploreOptions<Cells>> = {}): ExploreOptions<Cells> {
  return {
    create: () => dram({ size: TOY_BYTES }),
    workload(region: Region, context: CrashContext<Cells>): void {
      const store = new ToyStore(region, bug);
      let before: Cells = store.values();
      context.expect(before);
      for (const changes of [[[0, 11], [1, 12], [2, 13]], [[3, 24], [1, 22]], [[0, 31]]] as [number, number][][]) {
        const after = before.slice();
        for (const [cell, value] of changes) after[cell] = value;
        context.expect(before, after);
        store.set(changes);
        context.expect(after);
        before = after;
      }
    },
    verify(region: Region, context: CrashContext<Cells>): void {
      const store = new ToyStore(region, bug);
      const found = store.values();
      const match = context.expected.find((cells) => same(cells, found));
      if (match === undefined && context.expected.length > 0) {
        throw new Error(`found ${found.join(",")}, expected one of ${context.expected.join(" | ")}`);
      }
      context.expect(match ?? found);
    },
    seed: 42,
    ...more,
  };
}

describe("exploreCrashes", () => {
  test("finds nothing wrong with a correct store, nested crashes included", () => {
    const result = exploreCrashes(toyExploration(undefined, { nestedDepth: 2 }));
    expect(result.violations).toEqual([]);
    expect(result.violationCount).toBe(0);
    expect(result.nested).toBeGreaterThan(100);
  });

  for (const bug of [
    "missing log flush",
    "missing log drain",
    "missing data flush",
    "missing data drain",
    "missing commit flush",
    "missing commit drain",
    "data before log",
    "torn tail",
    "stale log replay",
    "recovery not idempotent",
    "recovery without drain",
  ] as const) {
    test(`finds a planted bug: ${bug}`, () => {
      const options = toyExploration(bug, { nestedDepth: 1 });
      const result = exploreCrashes(options);
      expect(result.violationCount).toBeGreaterThan(0);
      for (const violation of result.violations) {
        const replay = replayCrash(options, violation.replay);
        expect(String(replay.error)).toBe(String(violation.error));
        expect(replay.point).toEqual(violation.point);
      }
    });
  }

  test("every flush and drain of the store is needed", () => {
    const mutants = exploreMutants(toyExploration(undefined, { nestedDepth: 1 }));
    expect(mutants.filter((mutant) => !mutant.caught)).toEqual([]);
  });
});
