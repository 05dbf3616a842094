import { ImageSet } from "@nodemm/emulator";
import type { FoundSuite } from "./find-suites.ts";
import type { Plan } from "./plan.ts";
import type { Pool } from "./work/pool.ts";
import type { Explored, Task } from "./work/tasks.ts";

type ExploreTask = Extract<Task, { kind: "explore" }>;

export interface ExploreOptions {
  readonly plan: Plan;
  /** Of the first seeded exploration; the ones after count on. */
  readonly seed: number;
  /** No exploration begins after that moment of `performance.now()`. */
  readonly until: number;
  readonly tell: (explored: Explored) => void;
}

/** How far the explorations came. */
export interface Reached {
  /** Each counted once, whatever process saw it. */
  readonly distinctImages: number;
  /** Of the seeded exploration that would have come next. */
  readonly nextSeed: number;
}

/** Explores what the suites name, then seeded operations until there are as many different images as planned, or it is time. */
export async function exploreSuites(
  pool: Pool,
  suites: readonly FoundSuite[],
  { plan, seed, until, tell }: ExploreOptions,
): Promise<Reached> {
  let seen = 0;
  let nextSeed = seed;
  const take = (explored: Explored): void => {
    seen += explored.figures.distinctImages;
    tell(explored);
  };
  const named = suites.flatMap(({ suite, url }) =>
    suite.explorations.map(({ name }): ExploreTask => ({
      kind: "explore",
      exploration: { suiteUrl: url, name },
      limits: plan.named,
    })),
  );
  const seeded = suites.filter(({ suite }) => suite.random !== undefined);
  const isTime = (): boolean => performance.now() >= until;
  const inTime = function* (tasks: readonly ExploreTask[]): Generator<ExploreTask> {
    for (const task of tasks) if (!isTime()) yield task;
  };
  const upTo = function* (images: number): Generator<ExploreTask> {
    const isEnough = (): boolean => seen >= images || isTime() || seeded.length === 0;
    while (!isEnough()) {
      const { suite, url } = seeded[nextSeed % seeded.length];
      const { name } = suite.random!(nextSeed);
      yield { kind: "explore", exploration: { suiteUrl: url, name, seed: nextSeed++ }, limits: plan.random };
    }
  };
  await pool.run(inTime(named), take);
  // Two processes may have seen the same image, so the sum of what each saw is a little more than all have.
  for (let missing = plan.images - seen; ;) {
    await pool.run(upTo(seen + Math.max(0, missing)), take);
    const distinctImages = await countDistinct(pool);
    missing = plan.images - distinctImages;
    if (missing <= 0 || isTime() || seeded.length === 0) return { distinctImages, nextSeed };
  }
}

async function countDistinct(pool: Pool): Promise<number> {
  const all = new ImageSet();
  for (const worker of pool.workers) all.addAll(await worker.do({ kind: "images" }));
  return all.size;
}
