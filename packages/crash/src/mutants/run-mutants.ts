import { fileURLToPath } from "node:url";
import { type Pool, Worker } from "../work/pool.ts";
import type { Trial, Tried } from "../work/tasks.ts";
import type { Mutant } from "./mutant.ts";

/** A mutant, and what caught it; undefined if nothing did. */
export interface TriedMutant {
  readonly mutant: Mutant;
  readonly caughtBy: string | undefined;
}

/** Few states first, for most mutants show in any; many for those that are left. Two limits are two samples. */
const limits = {
  direct: [8, 16].map((limitPerPoint) => ({ nestedDepth: 0, limitPerPoint, nestedLimitPerPoint: 1 })),
  few: { nestedDepth: 1, limitPerPoint: 8, nestedLimitPerPoint: 8 },
  many: { nestedDepth: 1, limitPerPoint: 64, nestedLimitPerPoint: 64 },
};
const changeModule = fileURLToPath(new URL("./change-module.js", import.meta.url));

/** Runs each mutant until something catches it. Those of modules get a process of their own. */
export async function runMutants(
  pool: Pool,
  mutants: readonly Mutant[],
  tell: (tried: TriedMutant) => void,
): Promise<void> {
  const waiting = mutants.toReversed();
  const work = async (worker: Worker): Promise<void> => {
    for (let mutant = waiting.pop(); mutant !== undefined; mutant = waiting.pop()) {
      tell({ mutant, ...(await tryMutant(worker, mutant)) });
    }
  };
  await Promise.all(pool.workers.map(work));
}

async function tryMutant(worker: Worker, { explorations, direct, point, changedModule }: Mutant): Promise<Tried> {
  const first: readonly Trial[] = limits.direct.map((each) => ({ explorations: direct, limits: each }));
  const rest: readonly Trial[] = [limits.few, limits.many].map((each) => ({ explorations, limits: each }));
  if (point !== undefined) return worker.do({ kind: "mutant", point, trials: [...first, ...rest] });
  const damageOf = [...new Set(explorations.map(({ suiteUrl }) => suiteUrl))];
  using changed = new Worker(["--import", changeModule], {
    NODEMM_CRASH_CHANGED_MODULE: JSON.stringify(changedModule),
  });
  return await changed.do({ kind: "mutant", trials: [...first, { damageOf }, ...rest] });
}
