import { fileURLToPath } from "node:url";
import type { Limits } from "../suite.ts";
import { type Pool, Worker } from "../work/pool.ts";
import type { Task } from "../work/tasks.ts";
import type { Mutant } from "./mutant.ts";

/** A mutant, and what caught it; undefined if nothing did. */
export interface TriedMutant {
  readonly mutant: Mutant;
  readonly caughtBy: string | undefined;
}

/** Few states first, for most mutants show in any; many for those that are left. */
const passes: readonly (readonly Limits[])[] = [
  [
    { nestedDepth: 0, limitPerPoint: 16, nestedLimitPerPoint: 1 },
    { nestedDepth: 1, limitPerPoint: 8, nestedLimitPerPoint: 8 },
  ],
  [{ nestedDepth: 1, limitPerPoint: 64, nestedLimitPerPoint: 64 }],
];
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
      tell({ mutant, caughtBy: await tryMutant(worker, mutant) });
    }
  };
  await Promise.all(pool.workers.map(work));
}

async function tryMutant(worker: Worker, { explorations, point, changedModule }: Mutant): Promise<string | undefined> {
  const task = { kind: "mutant", explorations, passes } as const satisfies Partial<Task>;
  if (point !== undefined) return (await worker.do({ ...task, point, damageChecks: false })).caughtBy;
  using changed = new Worker(["--import", changeModule], {
    NODEMM_CRASH_CHANGED_MODULE: JSON.stringify(changedModule),
  });
  return (await changed.do({ ...task, damageChecks: true })).caughtBy;
}
