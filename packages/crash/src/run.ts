import { exploreSuites } from "./explore-suites.ts";
import { addExplored, addMutant, type Figures, noFigures } from "./figures.ts";
import type { FoundSuite } from "./find-suites.ts";
import { type Mutant, persistMutants, sourceMutants } from "./mutants/mutant.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { unreachedCalls } from "./mutants/unreached.ts";
import type { Plan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { CrashSuite } from "./suite.ts";
import { Pool } from "./work/pool.ts";
import type { ExplorationId, Explored, Surveyed } from "./work/tasks.ts";

/** How many seeded explorations of a suite mutants are looked for with, beside those that it names. */
const seededForMutants = 2;

export interface RunOptions {
  readonly plan: Plan;
  readonly seed: number;
  readonly workers: number;
  readonly explorations: boolean;
  readonly mutants: boolean;
  readonly progress: Progress;
}

/** Explores all suites, and tries all mutants unless told otherwise. */
export async function run(suites: readonly FoundSuite[], options: RunOptions): Promise<Figures> {
  const { plan, seed, workers, explorations, mutants, progress } = options;
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
    figures.distinctImages = await exploreSuites(pool, suites, { plan, seed, tell });
    figures.imagesPerSecondPerCore = (1000 * seen) / figures.milliseconds;
  }
  if (mutants) {
    const surveys = await survey(pool, suites, plan);
    const list = listMutants(suites, surveys);
    figures.survivors.push(...suites.flatMap((suite) => unreachedCalls(suite, surveys)));
    progress.start("mutants", list.length);
    await runMutants(pool, list, (tried) => {
      addMutant(figures, tried);
      progress.update(figures.mutantsTotal, `${figures.survivors.length} not caught: ${figures.survivors.at(-1)}`);
    });
  }
  figures.seconds = (performance.now() - started) / 1000;
  return figures;
}

/** Every mutant that the code, as the explorations walk through it now, has. */
function listMutants(suites: readonly FoundSuite[], surveys: readonly Surveyed[]): Mutant[] {
  return [...persistMutants(surveys), ...suites.flatMap((suite) => sourceMutants(suite, surveys))];
}

/** Walks through all explorations, the first seeded ones included, for the persist points that they come to. */
async function survey(pool: Pool, suites: readonly FoundSuite[], plan: Plan): Promise<readonly Surveyed[]> {
  const explorations = suites.flatMap(({ suite, url }): ExplorationId[] => [
    ...suite.explorations
      .filter(({ findsMutants = true }) => findsMutants)
      .map(({ name }) => ({ suiteUrl: url, name })),
    ...(suite.random === undefined
      ? []
      : seedsForMutants(suite.random).map((seed) => ({ suiteUrl: url, name: suite.random!(seed).name, seed }))),
  ]);
  const surveys: Surveyed[] = [];
  await pool.run(
    explorations.map((exploration) => ({ kind: "survey", exploration, limits: plan.survey }) as const),
    (surveyed) => surveys.push(surveyed),
  );
  return surveys;
}

function seedsForMutants(random: NonNullable<CrashSuite["random"]>): number[] {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < seededForMutants; seed++) if (random(seed).findsMutants !== false) seeds.push(seed);
  return seeds;
}
