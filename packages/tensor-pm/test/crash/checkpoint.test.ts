import { exploreCrashes, type ExploreResult } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { checkpointExploration as exploration, longNote, ways } from "./checkpoints.ts";

function expectNone(result: ExploreResult): void {
  const [first] = result.violations;
  if (first !== undefined) {
    throw new Error(`${result.violationCount} violations; first: replay ${first.replay}\n${first.stack}`, {
      cause: first.error,
    });
  }
  expect(result.distinctImages).toBeGreaterThan(100);
  console.log(`${result.verified} states verified, ${result.distinctImages} distinct images, ${result.nested} nested`);
}

describe.each(["cache-line", "page"] as const)("power failure on %s granularity", (granularity) => {
  const notes = { "in the catalog": "", "in an extent": longNote };
  const cases = Object.entries(ways).flatMap(([name, way]) => {
    return Object.entries(notes).map(([place, note]) => [name, place, way, note] as const);
  });
  test.each(cases)(
    "during saves (%s, the record %s): the last whole version loads whole",
    (_, __, way, note) => expectNone(exploreCrashes(exploration(way, granularity, note))),
    120_000,
  );
});

test("power failure while changed blocks come to their places, which are changed through what is loaded: no change is lost", () => {
  expectNone(exploreCrashes(exploration(ways["told"], "page", "", true)));
});

test("every fence and non-temporal store of a save is needed: leaving out any one of them is caught", () => {
  const survivors: string[] = [];
  let count = 0;
  for (const [name, way] of Object.entries(ways)) {
    const options = { ...exploration(way, "cache-line", longNote), nestedDepth: 0, callSiteFrames: 2 };
    const { persistPoints } = exploreCrashes({ ...options, limitPerPoint: 1, recordCallSites: true });
    // Asked for by a line of this package; what the shelf does by itself has mutants of its own.
    for (const point of persistPoints.filter(({ callSite }) => / < .*\(checkpoint\//.test(callSite))) {
      count++;
      const drop = (kind: string, callSite: string): boolean => kind === point.kind && callSite === point.callSite;
      const { violationCount } = exploreCrashes({ ...options, stopAtFirst: true, mutate: { drop } });
      if (violationCount === 0) survivors.push(`${name}: ${point.kind} ${point.callSite}`);
    }
  }
  console.log(`${count - survivors.length} of ${count} mutants caught`);
  expect(count).toBeGreaterThan(0);
  expect(survivors).toStrictEqual([]);
});
