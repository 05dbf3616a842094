import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { mutantPoints, type MutantPoint } from "@nodemm/emulator";
import type { FoundSuite } from "../find-suites.ts";
import type { CrashSuite } from "../suite.ts";
import type { ExplorationId, Surveyed } from "../work/tasks.ts";
import type { ChangedModule } from "./changed-module-hooks.ts";
import { findChecksumTests } from "./checksum-tests.ts";
import { findSaveCalls } from "./save-calls.ts";
import type { SourceChange } from "./source-change.ts";

/** A change of the code that the suite must notice. */
export interface Mutant {
  /** What is changed, where. */
  readonly name: string;
  /** Explorations that come to the changed place, the quickest first. */
  readonly explorations: readonly ExplorationId[];
  readonly point?: MutantPoint;
  readonly changedModule?: ChangedModule;
}

/**
 * The mutants of persist points that surveys came to: each flush, drain, copy and fill dropped, and each step of their
 * order undone.
 */
export function persistMutants(surveys: readonly Surveyed[]): Mutant[] {
  const mutants = new Map<string, { readonly point: MutantPoint; readonly explorations: ExplorationId[] }>();
  for (const { exploration, points } of surveys.toSorted((a, b) => a.milliseconds - b.milliseconds)) {
    for (const point of mutantPoints(points)) {
      const name = `${point.kind} ${point.change}: ${point.callSite}`;
      const known = mutants.get(name) ?? { point, explorations: [] };
      known.explorations.push(exploration);
      mutants.set(name, known);
    }
  }
  return [...mutants].map(([name, mutant]) => ({ name, ...mutant }));
}

/**
 * The mutants of a suite's sources, found in their text: a checksum that is not tested, and, above the shelf, bytes that
 * are not saved or not persisted. All explorations of the suite may come to them.
 */
export function sourceMutants({ sourceUrls, url, suite }: FoundSuite, surveys: readonly Surveyed[]): Mutant[] {
  const explorations = surveys
    .filter(({ exploration }) => exploration.suiteUrl === url)
    .toSorted((a, b) => a.milliseconds - b.milliseconds)
    .map(({ exploration }) => exploration);
  return sourceUrls.flatMap((module) => {
    const path = fileURLToPath(module);
    const source = readFileSync(path, "utf8");
    const mutant = (what: string, change: SourceChange): Mutant => ({
      name: `${what}: ${change.text.replaceAll(/\s+/gu, " ").slice(0, 80)} (${suite.name}/${basename(path)}:${change.line})`,
      explorations,
      changedModule: { url: module, change },
    });
    const saves = suite.savesThroughShelf === true ? findSaveCalls(source) : [];
    return [
      ...findChecksumTests(source, path).map((change) => mutant("not tested", change)),
      ...saves.filter((change) => !isUnexplored(suite, change.text)).map((change) => mutant("not done", change)),
    ];
  });
}

function isUnexplored({ unexplored = [] }: CrashSuite, text: string): boolean {
  return unexplored.some(({ call }) => text.replaceAll(/\s+/gu, " ").startsWith(call));
}
