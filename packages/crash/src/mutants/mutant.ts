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
  /** Those of them that need no crash inside recovery to come there. */
  readonly direct: readonly ExplorationId[];
  readonly point?: MutantPoint;
  readonly changedModule?: ChangedModule;
}

/**
 * The mutants of persist points that surveys came to: each flush, drain, copy and fill dropped, and each step of their
 * order undone.
 */
export function persistMutants(surveys: readonly Surveyed[]): Mutant[] {
  const mutants = new Map<
    string,
    { readonly point: MutantPoint; readonly explorations: ExplorationId[]; readonly direct: ExplorationId[] }
  >();
  for (const { exploration, points, direct } of surveys.toSorted((a, b) => a.milliseconds - b.milliseconds)) {
    for (const point of mutantPoints(points)) {
      const name = `${point.kind} ${point.change}: ${point.callSite}`;
      const known = mutants.get(name) ?? { point, explorations: [], direct: [] };
      known.explorations.push(exploration);
      if (direct.some(({ kind, callSite }) => kind === point.kind && callSite === point.callSite))
        known.direct.push(exploration);
      mutants.set(name, known);
    }
  }
  return [...mutants].map(([name, mutant]) => ({ name, ...mutant }));
}

/** How many seeded explorations of a suite mutants are looked for with, beside those that it names. */
const seededForMutants = 2;

export function explorationsForMutants({ suite, url }: FoundSuite): ExplorationId[] {
  const { explorations, random } = suite;
  return [
    ...explorations.filter(({ findsMutants = true }) => findsMutants).map(({ name }) => ({ suiteUrl: url, name })),
    ...(random === undefined ? [] : seedsFor(random).map((seed) => ({ suiteUrl: url, name: random(seed).name, seed }))),
  ];
}

function seedsFor(random: NonNullable<CrashSuite["random"]>): number[] {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < seededForMutants; seed++) if (random(seed).findsMutants !== false) seeds.push(seed);
  return seeds;
}

/**
 * The mutants of a suite's sources, found in their text: a checksum that is not tested, and, above the shelf, bytes that
 * are not saved or not persisted. All explorations of the suite may come to them.
 */
export function sourceMutants(found: FoundSuite, surveys: readonly Surveyed[]): Mutant[] {
  const { sourceUrls, suite } = found;
  const milliseconds = ({ name, seed }: ExplorationId): number =>
    surveys.find(({ exploration }) => exploration.name === name && exploration.seed === seed)?.milliseconds ?? 0;
  const explorations = explorationsForMutants(found).sort((a, b) => milliseconds(a) - milliseconds(b));
  return sourceUrls.flatMap((module) => {
    const path = fileURLToPath(module);
    const source = readFileSync(path, "utf8");
    const mutant = (what: string, change: SourceChange): Mutant => ({
      name: `${what}: ${change.text.replaceAll(/\s+/gu, " ").slice(0, 80)} (${suite.name}/${basename(path)}:${change.line})`,
      explorations,
      direct: explorations,
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
