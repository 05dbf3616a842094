/** A process that explores: it takes tasks, one at a time, and counts its images over all of them. */
import { exploreCrashes, type ExploreOptions, type ExploreResult, ImageSet, mutationOf } from "@nodemm/emulator";
import { textOfError } from "../error-text.ts";
import type { CrashSuite, Exploration, Limits } from "../suite.ts";
import type { ExplorationId, Explored, Surveyed, Task, ToldViolation, Trial, Tried } from "./tasks.ts";

/** A persist point is told from others by its caller and that one's, since helpers of the layers below are shared. */
const callSiteFrames = 2;

const images = new ImageSet();

async function suiteOf(url: string): Promise<CrashSuite> {
  return ((await import(url)) as { readonly default: CrashSuite }).default;
}

async function optionsOf({ suiteUrl, name, seed }: ExplorationId, limits: Limits): Promise<ExploreOptions<never>> {
  const suite = await suiteOf(suiteUrl);
  const found: Exploration | undefined =
    seed === undefined ? suite.explorations.find((each) => each.name === name) : suite.random?.(seed);
  if (found === undefined) throw new Error(`${suite.name} has no exploration "${name}"`);
  return found.options(limits);
}

function told({ violations }: ExploreResult): ToldViolation[] {
  return violations.map(({ replay, stack, error }) => ({
    replay,
    stack,
    error: textOfError(error),
  }));
}

async function explore(exploration: ExplorationId, limits: Limits): Promise<Explored> {
  const result = exploreCrashes({ ...(await optionsOf(exploration, limits)), images });
  const { points, states, verified, distinctImages, nested, sampledPoints, violationCount, milliseconds } = result;
  const figures = { points, states, verified, distinctImages, nested, sampledPoints, violationCount, milliseconds };
  return { exploration, figures, violations: told(result) };
}

async function survey(exploration: ExplorationId, limits: Limits): Promise<Surveyed> {
  const recorded = { recordCallSites: true, callSiteFrames };
  const direct = { ...limits, nestedDepth: 0, limitPerPoint: 1 };
  const { persistPoints } = exploreCrashes({ ...(await optionsOf(exploration, direct)), ...recorded });
  const result = exploreCrashes({ ...(await optionsOf(exploration, limits)), ...recorded });
  const { persistPoints: points, milliseconds } = result;
  return { exploration, points, direct: persistPoints, violations: told(result), milliseconds };
}

async function tryMutant({ point, trials }: Extract<Task, { kind: "mutant" }>): Promise<Tried> {
  const mutation = point === undefined ? {} : { callSiteFrames, mutate: mutationOf(point) };
  for (const trial of trials) {
    const caughtBy =
      "limits" in trial ? await caughtByExploring(trial, mutation) : await caughtByDamage(trial.damageOf);
    if (caughtBy !== undefined) return { caughtBy };
  }
  return { caughtBy: undefined };
}

async function caughtByExploring(
  { explorations, limits }: Extract<Trial, { limits: Limits }>,
  mutation: Partial<ExploreOptions<never>>,
): Promise<string | undefined> {
  for (const exploration of explorations) {
    const caughtBy = await violationIn(exploration, limits, mutation);
    if (caughtBy !== undefined) return `${exploration.name}: ${caughtBy}`;
  }
  return undefined;
}

async function caughtByDamage(suiteUrls: readonly string[]): Promise<string | undefined> {
  for (const url of suiteUrls) {
    for (const { name, run } of (await suiteOf(url)).damageChecks ?? []) {
      try {
        run();
      } catch {
        return name;
      }
    }
  }
  return undefined;
}

/** The first violation's replay, or what the workload itself threw. */
async function violationIn(
  exploration: ExplorationId,
  limits: Limits,
  mutation: Partial<ExploreOptions<never>>,
): Promise<string | undefined> {
  try {
    const options = await optionsOf(exploration, limits);
    return exploreCrashes({ ...options, ...mutation, stopAtFirst: true }).violations[0]?.replay;
  } catch (error) {
    return textOfError(error);
  }
}

async function answer(task: Task): Promise<unknown> {
  if (task.kind === "explore") return explore(task.exploration, task.limits);
  if (task.kind === "survey") return survey(task.exploration, task.limits);
  return task.kind === "mutant" ? tryMutant(task) : images.hashes();
}

process.on("message", (task: Task) => {
  void answer(task).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: textOfError(error) }),
  );
});
// Whoever asked is gone: nobody would read an answer.
process.on("disconnect", () => process.exit());
