import { exploreCrashes, type ExploreResult } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { type Scenario, shelfExploration } from "../support/explore.ts";
import { contentOf, RandomWorkload } from "../support/workload.ts";

function expectClean(result: ExploreResult): void {
  const [first] = result.violations;
  if (first !== undefined) {
    throw new Error(`${result.violationCount} violations; first: replay ${first.replay}\n${first.stack}`, { cause: first.error });
  }
  console.log(
    `seed ${result.seed}: ${result.points} crash points, ${result.verified} states verified, ` +
      `${result.distinctImages} distinct images, ${result.nested} nested, ${result.sampledPoints} sampled points, ` +
      `${Math.round(result.milliseconds)} ms`,
  );
}

/** Changes to make one after the other, each of which is all or nothing. */
function oneByOne(...changes: Scenario[]): Scenario {
  return (shelf, expectOne) => {
    for (const change of changes) change(shelf, expectOne);
  };
}

const replaceAndErase: Scenario = (shelf, expectOne) => {
  expectOne("", "x=1");
  shelf.set("x", 1);
  expectOne("x=1", "x=1,2,3");
  shelf.set("x", new Uint8Array([1, 2, 3]));
  expectOne("x=1,2,3", "y=1,2,3");
  shelf.rename("x", "y");
  expectOne("y=1,2,3", "");
  shelf.delete("y");
  expectOne("");
};

const inPlace: Scenario = (shelf, expectOne) => {
  shelf.set("x", new Uint8Array(200));
  const x = shelf.get("x") as Uint8Array;
  for (const [from, to] of [[0, 200], [60, 70], [100, 101]] as const) {
    const before = contentOf(shelf);
    const after = contentOf([["x", x.slice().fill(to, from, to)]]);
    expectOne(before, after);
    shelf.transaction(() => {
      shelf.snapshot("x", from, to - from);
      x.fill(to, from, to);
    });
    expectOne(after);
  }
};

describe.each<Granularity>(["cache-line", "byte", "page"])("power failure at any moment on %s granularity (P9)", (granularity) => {
  test.each<[string, Scenario]>([
    ["creating the shelf", () => undefined],
    ["setting, replacing, renaming and erasing", replaceAndErase],
  ])("%s leaves the old or the new state, also when recovery is cut short twice", (_, scenario) => {
    expectClean(exploreCrashes(shelfExploration(oneByOne(scenario), { granularity, nestedDepth: 2, limitPerPoint: 128, nestedLimitPerPoint: 16 })));
  });

  test("changing bytes in place leaves all of the old or all of the new ones", () => {
    const scenario: Scenario = (shelf, expectOne) => {
      expectOne("", `x=${new Uint8Array(200).toString()}`);
      inPlace(shelf, expectOne);
    };
    expectClean(exploreCrashes(shelfExploration(scenario, { granularity, nestedDepth: 1, limitPerPoint: 64, nestedLimitPerPoint: 16 })));
  });

  test.each([1, 2, 3, 4])("random operations leave the old or the new state, seed %i", (seed) => {
    const scenario: Scenario = (shelf, expectOne) => new RandomWorkload(seed).run(shelf, { expect: expectOne }, 60);
    expectClean(exploreCrashes(shelfExploration(scenario, { granularity, nestedDepth: 1, limitPerPoint: 24, nestedLimitPerPoint: 2, seed })));
  });
});
