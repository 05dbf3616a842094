import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FoundSuite } from "../find-suites.ts";
import type { Surveyed } from "../work/tasks.ts";
import { findPersistCalls } from "./persist-calls.ts";
import { findSaveCalls } from "./save-calls.ts";

/**
 * The persist operations in a suite's sources that no exploration comes to, so that no mutant of them is run, but for
 * those that the suite gives a reason for; and reasons that are not needed any more.
 */
export function unreachedCalls({ suite, sourceUrls }: FoundSuite, surveys: readonly Surveyed[]): string[] {
  const reached = new Set(
    surveys.flatMap(({ points }) =>
      points.flatMap(({ callSite }) => [...callSite.matchAll(/\((?<place>[^()]*):\d+\)/gu)].map(([, place]) => place)),
    ),
  );
  const unexplored = suite.unexplored ?? [];
  const used = new Set<string>();
  const problems: string[] = [];
  for (const url of sourceUrls) {
    const path = fileURLToPath(url);
    const place = path.split("/").slice(-2).join("/");
    const source = readFileSync(path, "utf8");
    for (const { text } of suite.savesThroughShelf === true ? findSaveCalls(source) : []) {
      const reason = unexplored.find(({ call }) => text.replaceAll(/\s+/gu, " ").startsWith(call));
      if (reason !== undefined) used.add(reason.call);
    }
    for (const { line, text } of findPersistCalls(source)) {
      if (reached.has(`${place}:${line}`)) continue;
      const reason = unexplored.find(({ call }) => text.startsWith(call));
      if (reason === undefined) problems.push(`never reached: ${text.slice(0, 80)} (${suite.name}/${place}:${line})`);
      else used.add(reason.call);
    }
  }
  const needless = unexplored.filter(({ call }) => !used.has(call));
  return [...problems, ...needless.map(({ call }) => `said to be unexplored, but is not: ${call}`)];
}
