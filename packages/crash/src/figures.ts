import type { TriedMutant } from "./mutants/run-mutants.ts";
import type { Explored, Surveyed } from "./work/tasks.ts";

/** Sums over explorations. */
export interface Sums {
  explorations: number;
  /** Moments at which power failed. */
  points: number;
  /** States enumerated at these. */
  states: number;
  /** States verified: each image once for each set of expectations. */
  verified: number;
  /** Verified states that came from a crash inside recovery. */
  nested: number;
  violations: number;
  milliseconds: number;
}

/** All that a run has seen, as `--json` prints it. */
export interface Figures extends Sums {
  readonly form: "short" | "long";
  readonly seed: number;
  /** Of the first seeded exploration that has not been done. */
  nextSeed: number;
  readonly workers: number;
  /** Different images among the states, each counted once over all processes. */
  distinctImages: number;
  seconds: number;
  /** Different images that a process verified in a second, on average over its explorations. */
  imagesPerSecondPerCore: number;
  mutantsCaught: number;
  mutantsTotal: number;
  readonly suites: Record<string, Sums>;
  /** What to do with each: `pnpm crash --replay "..."`. */
  readonly described: { readonly replay: string; readonly error: string; readonly stack: string }[];
  readonly survivors: string[];
}

export function noFigures(form: Figures["form"], seed: number, workers: number): Figures {
  return {
    ...noSums(),
    form,
    seed,
    nextSeed: seed,
    workers,
    distinctImages: 0,
    seconds: 0,
    imagesPerSecondPerCore: 0,
    mutantsCaught: 0,
    mutantsTotal: 0,
    suites: {},
    described: [],
    survivors: [],
  };
}

export function addExplored(figures: Figures, suite: string, { exploration, ...explored }: Explored): void {
  for (const sums of [figures, (figures.suites[suite] ??= noSums())]) {
    sums.explorations++;
    sums.points += explored.figures.points;
    sums.states += explored.figures.states;
    sums.verified += explored.figures.verified;
    sums.nested += explored.figures.nested;
    sums.violations += explored.figures.violationCount;
    sums.milliseconds += explored.figures.milliseconds;
  }
  describe(figures, suite, { exploration, violations: explored.violations });
}

/** A survey shows nothing that an exploration does not, unless something is wrong. */
export function addSurveyed(figures: Figures, suite: string, surveyed: Surveyed): void {
  const { length } = surveyed.violations;
  if (length === 0) return;
  for (const sums of [figures, (figures.suites[suite] ??= noSums())]) sums.violations += length;
  describe(figures, suite, surveyed);
}

function describe(
  figures: Figures,
  suite: string,
  { exploration, violations }: Pick<Explored, "exploration" | "violations">,
): void {
  const { name, seed } = exploration;
  for (const { replay, error, stack } of violations) {
    const seeded = seed === undefined ? name : `seed ${seed}`;
    figures.described.push({ replay: `${suite}: ${seeded}: ${replay}`, error, stack });
  }
}

export function addMutant(figures: Figures, { mutant, caughtBy }: TriedMutant): void {
  figures.mutantsTotal++;
  if (caughtBy === undefined) figures.survivors.push(mutant.name);
  else figures.mutantsCaught++;
}

function noSums(): Sums {
  return { explorations: 0, points: 0, states: 0, verified: 0, nested: 0, violations: 0, milliseconds: 0 };
}
