import { exploreCrashes } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { seriesExploration } from "./series.ts";

describe.each(["cache-line", "page"] as const)("power failure on %s granularity", (granularity) => {
  test.each([
    ["in a chunk", false],
    ["that makes a chunk", true],
  ])("during appends %s: every row that returned is there, and the one under way is whole or not", (_, full) => {
    const result = exploreCrashes(seriesExploration(granularity, full));
    const [first] = result.violations;
    if (first !== undefined) {
      throw new Error(`${result.violationCount} violations; first: replay ${first.replay}\n${first.stack}`, {
        cause: first.error,
      });
    }
    expect(result.distinctImages).toBeGreaterThan(50);
    console.log(
      `${result.verified} states verified, ${result.distinctImages} distinct images, ${result.nested} nested`,
    );
  });
});

test("every flush and fence of an append is needed: leaving out any one of them is caught", () => {
  const options = { ...seriesExploration("cache-line", false), callSiteFrames: 3 };
  const { persistPoints } = exploreCrashes({ ...options, limitPerPoint: 1, recordCallSites: true });
  const own = persistPoints.filter(({ callSite }) => /\(series\/chunk/.test(callSite) || /chunk\.ts/.test(callSite));
  const survivors: string[] = [];
  for (const point of own) {
    const drop = (kind: string, callSite: string): boolean => kind === point.kind && callSite === point.callSite;
    const { violationCount } = exploreCrashes({ ...options, stopAtFirst: true, mutate: { drop } });
    if (violationCount === 0) survivors.push(`${point.kind} ${point.callSite}`);
  }
  console.log(
    `${own.length - survivors.length} of ${own.length} mutants caught: ${own.map(({ kind }) => kind).join()}`,
  );
  expect(own.length).toBeGreaterThan(1);
  expect(survivors).toStrictEqual([]);
});
