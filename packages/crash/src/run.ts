import { exploreSuites } from "./explore-suites.ts";
import { addExplored, addMutant, addSurveyed, type Figures, noFigures } from "./figures.ts";
import type { FoundSuite } from "./find-suites.ts";
import { explorationsForMutants, type Mutant, persistMutants, sourceMutants } from "./mutants/mutant.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { unreachedCalls } from "./mutants/unreached.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { Pool } from "./work/pool.ts";
import type { Explored, Surveyed } from "./work/tasks.ts";

export interface RunOptions {
  readonly plan: Plan;
  readonly seed: number;
  /** After which no exploration begins; mutants are tried all the same. */
  readonly minutes?: number;
  readonly workers: number;
  readonly explorations: boolean;
  readonly mutants: boolean;
  readonly progress: Progress;
}

/** Explores all suites, and tries all mutants unless told otherwise. */
export async function run(suites: readonly FoundSuite[], options: RunOptions): Promise<Figures> {
  const { plan, seed, minutes = Infinity, workers, explorations, mutants, progress } = options;
  const started = performance.now();
  const figures = noFigures(plan.form, seed, workers);
  const nameOf = (url: string): string => suites.find((each) => each.url === url)!.suite.name;
  using pool = new Pool(workers);
  let seen = 0;
  const tell = (explored: Explored): void => {
    seen += explored.figures.distinctImages;
    addExplored(figures, nameOf(explored.exploration.suiteUrl), explored);
    progress.update(seen, `${figures.nested} nested crashes, ${figures.violations} violations`);
  };
  if (explorations) {
    progress.start("distinct images", plan.images);
    const until = started + minutes * 60_000;
    const { distinctImages, nextSeed } = await exploreSuites(pool, suites, { plan, seed, until, tell });
    Object.assign(figures, { distinctImages, nextSeed });
    figures.imagesPerSecondPerCore = (1000 * seen) / figures.milliseconds;
  }
  if (mutants) {
    // Below those that save through a shelf lies the shelf, whose own suite comes to all that it does.
    const persisting = suites.filter(({ suite }) => suite.savesThroughShelf !== true);
    const surveys = await survey(pool, persisting, plan, progress);
    for (const surveyed of surveys) addSurveyed(figures, nameOf(surveyed.exploration.suiteUrl), surveyed);
    const failures = await failedDamageChecks(pool, suites);
    // What is wrong without any change would catch every mutant.
    const list = figures.violations + failures.length === 0 ? listMutants(suites, surveys) : [];
    figures.survivors.push(...failures, ...suites.flatMap((suite) => unreachedCalls(suite, surveys)));
    progress.start("mutants", list.length);
    await runMutants(pool, list, (tried) => {
      addMutant(figures, tried);
      const { length } = figures.survivors;
      progress.update(figures.mutantsTotal, length === 0 ? "all caught" : `${length} not: ${figures.survivors.at(-1)}`);
    });
  }
  figures.seconds = (performance.now() - started) / 1000;
  return figures;
}

/** Checks of damage that throw though nothing is changed: of each suite the first. */
async function failedDamageChecks(pool: Pool, suites: readonly FoundSuite[]): Promise<string[]> {
  const failures: string[] = [];
  for (const { suite, url } of suites) {
    const { caughtBy } = await pool.workers[0].do({ kind: "mutant", trials: [{ damageOf: [url] }] });
    if (caughtBy !== undefined) failures.push(`fails though nothing is changed: ${caughtBy} (${suite.name})`);
  }
  return failures;
}

/** Every mutant that the code, as the explorations walk through it now, has. */
function listMutants(suites: readonly FoundSuite[], surveys: readonly Surveyed[]): Mutant[] {
  return [...persistMutants(surveys), ...suites.flatMap((suite) => sourceMutants(suite, surveys))];
}

/** Walks through the explorations that find mutants, for the persist points that they come to. */
async function survey(
  pool: Pool,
  suites: readonly FoundSuite[],
  plan: Plan,
  progress: Progress,
): Promise<readonly Surveyed[]> {
  const explorations = suites.flatMap(explorationsForMutants);
  const surveys: Surveyed[] = [];
  progress.start("explorations surveyed", explorations.length);
  await pool.run(
    explorations.map((exploration) => ({ kind: "survey", exploration, limits: plan.survey }) as const),
    (surveyed) => {
      surveys.push(surveyed);
      progress.update(surveys.length, surveyed.exploration.name);
    },
  );
  return surveys;
}
