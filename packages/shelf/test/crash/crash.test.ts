import { exploreCrashes, type ExploreOptions } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { afterAll, describe, test } from "vitest";
import { shelfExploration } from "../support/explore.ts";
import { randomScenario, scenarios } from "../support/scenarios.ts";

/** `pnpm crash` sets these higher. */
const randomSeeds = wholeNumber("NODEMM_CRASH_SEEDS", 4);
const limitPerPoint = wholeNumber("NODEMM_CRASH_LIMIT", 64);

function wholeNumber(variable: string, byDefault: number): number {
  const value = Number(process.env[variable] ?? byDefault);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${variable} must be a whole number of at least 1, got "${process.env[variable]}"`);
}

/** A part of the limit, for what there is more of. */
function limitOver(divisor: number): number {
  return Math.ceil(limitPerPoint / divisor);
}

const total = { points: 0, verified: 0, distinctImages: 0, nested: 0, violationCount: 0 };

function exploreClean(options: ExploreOptions<string>): void {
  const result = exploreCrashes(options);
  for (const figure of Object.keys(total) as (keyof typeof total)[]) total[figure] += result[figure];
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

afterAll(() => {
  console.log(
    `in all: ${total.points} crash points, ${total.verified} states verified, ${total.distinctImages} distinct images, ` +
      `${total.nested} nested, ${total.violationCount} violations`,
  );
});

describe.each<Granularity>(["cache-line", "page"])(
  "power failure at any moment on %s granularity (P9, P11)",
  (granularity) => {
    test.each(Object.entries(scenarios))(
      "%s: the old or the new state, also when recovery is cut short",
      (_, scenario) => {
        exploreClean(
          shelfExploration(scenario, {
            granularity,
            nestedDepth: 1,
            limitPerPoint,
            nestedLimitPerPoint: limitOver(8 / 3),
          }),
        );
      },
    );

    test.each(Array.from({ length: randomSeeds }, (_, index) => index + 1))(
      "random operations leave the old or the new state, seed %i",
      (seed) => {
        const limits = {
          nestedDepth: 1,
          limitPerPoint: limitOver(8 / 3),
          nestedLimitPerPoint: limitOver(16),
          seed,
        };
        exploreClean(shelfExploration(randomScenario(seed, 40), { granularity, ...limits }));
      },
    );
  },
);

describe("power failure again and again", () => {
  test.each(["creating a shelf", "setting, replacing, renaming and erasing", "changing bytes and names together"])(
    "%s: recovery may be cut short twice",
    (name) => {
      exploreClean(
        shelfExploration(scenarios[name], {
          nestedDepth: 2,
          limitPerPoint: limitOver(2),
          nestedLimitPerPoint: limitOver(8),
        }),
      );
    },
  );
});
