import { exploreCrashes, type ExploreOptions } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { describe, test } from "vitest";
import { shelfExploration } from "../support/explore.ts";
import { randomScenario, scenarios } from "../support/scenarios.ts";

function exploreClean(options: ExploreOptions<string>): void {
  const result = exploreCrashes(options);
  const [first] = result.violations;
  if (first !== undefined) {
    throw new Error(`${result.violationCount} violations; first: replay ${first.replay}\n${first.stack}`, {
      cause: first.error,
    });
  }
  console.log(
    `seed ${result.seed}: ${result.points} crash points, ${result.verified} states verified, ` +
      `${result.distinctImages} distinct images, ${result.nested} nested, ${Math.round(result.milliseconds)} ms`,
  );
}

describe.each<Granularity>(["cache-line", "page"])(
  "power failure at any moment on %s granularity (P9, P11)",
  (granularity) => {
    test.each(Object.entries(scenarios))(
      "%s: the old or the new state, also when recovery is cut short",
      (_, scenario) => {
        exploreClean(
          shelfExploration(scenario, { granularity, nestedDepth: 1, limitPerPoint: 64, nestedLimitPerPoint: 24 }),
        );
      },
    );

    test.each([1, 2, 3, 4])("random operations leave the old or the new state, seed %i", (seed) => {
      const limits = { nestedDepth: 1, limitPerPoint: 24, nestedLimitPerPoint: 4, seed };
      exploreClean(shelfExploration(randomScenario(seed, 40), { granularity, ...limits }));
    });
  },
);

describe("power failure again and again", () => {
  test.each(["creating a shelf", "setting, replacing, renaming and erasing", "changing bytes and names together"])(
    "%s: recovery may be cut short twice",
    (name) => {
      exploreClean(shelfExploration(scenarios[name], { nestedDepth: 2, limitPerPoint: 32, nestedLimitPerPoint: 8 }));
    },
  );
});
