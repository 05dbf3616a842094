import { exploreCrashes, type PersistPoint } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { shelfExploration, type Scenario } from "../support/explore.ts";
import { scenarios } from "../support/scenarios.ts";

/** `pnpm crash` tries all of them, and what it finds in the sources; this is the part that is quick. */
const tried: readonly string[] = ["setting, replacing, renaming and erasing", "changing bytes and names together"];
/** Recovery's are shown by processes that are killed, creation's by shelves that are begun over others. */
const leftToCrash = / < (?:recoverShelf|createShelf) /u;

const limits = { nestedDepth: 1, limitPerPoint: 64, nestedLimitPerPoint: 64 };

/** What asks for an operation that can be left out, and the scenarios that reach it. */
function droppablePoints(): Map<string, { readonly point: PersistPoint; readonly reachedBy: Scenario[] }> {
  const points = new Map<string, { point: PersistPoint; reachedBy: Scenario[] }>();
  for (const scenario of tried.map((name) => scenarios[name])) {
    // A few states an instant are enough to walk through every recovery once.
    const options = {
      ...shelfExploration(scenario, { ...limits, limitPerPoint: 16, nestedLimitPerPoint: 1 }),
      callSiteFrames: 2,
    };
    for (const point of exploreCrashes({ ...options, recordCallSites: true }).persistPoints) {
      if (point.kind === "publish" || point.kind === "grow" || leftToCrash.test(point.callSite)) continue;
      const key = `${point.kind} ${point.callSite}`;
      const known = points.get(key) ?? { point, reachedBy: [] };
      known.reachedBy.push(scenario);
      points.set(key, known);
    }
  }
  return points;
}

test("every flush, fence and non-temporal store of an operation is needed: leaving out any one of them is caught", () => {
  const survivors: string[] = [];
  const points = droppablePoints();
  for (const [key, { point, reachedBy }] of points) {
    const caught = reachedBy.some((scenario) => {
      const drop = (kind: string, callSite: string): boolean => kind === point.kind && callSite === point.callSite;
      const options = { ...shelfExploration(scenario, limits), callSiteFrames: 2, stopAtFirst: true, mutate: { drop } };
      return exploreCrashes(options).violationCount > 0;
    });
    if (!caught) survivors.push(key);
  }
  console.log(`${points.size - survivors.length} of ${points.size} mutants caught`);
  expect(survivors).toStrictEqual([]);
}, 900_000);
