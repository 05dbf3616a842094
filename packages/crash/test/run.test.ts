import { afterEach, expect, test } from "vitest";
import type { Figures } from "#built/figures.js";
import { filterSuites, type FoundSuite } from "#built/find-suites.js";
import { plans } from "#built/plan.js";
import { Progress } from "#built/progress.js";
import { replay } from "#built/replay.js";
import { run } from "#built/run.js";
import { formatSummary } from "#built/summary.js";
import { Pool } from "#built/work/pool.js";
import type { Task } from "#built/work/tasks.js";
import suite from "./fixtures/suite.mjs";

const found: FoundSuite = {
  suite,
  url: new URL("fixtures/suite.mjs", import.meta.url).href,
  sourceUrls: [new URL("fixtures/counter.mjs", import.meta.url).href],
};

async function runWith(images: number, mutants: boolean, explorations = true): Promise<Figures> {
  using progress = new Progress();
  return await run([found], {
    plan: { ...plans.short, images },
    seed: 1,
    workers: 2,
    explorations,
    mutants,
    progress,
  });
}

afterEach(() => {
  delete process.env["NODEMM_TEST_HASTY_COUNTER"];
  delete process.env["NODEMM_TEST_FAILING_CHECK"];
});

test("a clean suite has no violations, and every mutant of it is caught: flush, fence, order, checksum", async () => {
  const figures = await runWith(60, true);
  expect(figures).toMatchObject({ violations: 0, survivors: [], mutantsCaught: 5, mutantsTotal: 5 });
  expect(figures.distinctImages).toBeGreaterThanOrEqual(60);
  expect(figures.explorations).toBeGreaterThan(1);
  expect(figures.nested).toBeGreaterThan(0);
  const summary = formatSummary(figures);
  expect(summary).toMatch(/[\d,]+ states explored, [\d,]+ distinct images, [\d,]+ nested crashes, 0 violations/u);
  expect(summary).toMatch(/5 of 5 mutants caught\n\d+ s with 2 processes, [\d,]+ images\/s a core/u);
}, 60_000);

test("an image that two processes see counts once", async () => {
  const once = await runWith(1, false);
  expect(once.explorations).toBe(1);
  // Seeded explorations begin with the same increments.
  const often = await runWith(40, false);
  expect(often.distinctImages).toBeGreaterThanOrEqual(40);
  expect(often.distinctImages).toBeLessThan(often.verified);
}, 60_000);

test("what time does not allow is left to a run that goes on with the next seed", async () => {
  using progress = new Progress();
  const plan = { ...plans.short, images: 1000 };
  const common = { plan, workers: 1, explorations: true, mutants: false, progress };
  const none = await run([found], { ...common, seed: 3, minutes: 0 });
  expect(none).toMatchObject({ explorations: 0, distinctImages: 0, nextSeed: 3 });
  const all = await run([found], { ...common, plan: { ...plan, images: 40 }, seed: 3 });
  expect(all.nextSeed).toBe(3 + all.explorations - 1);
}, 60_000);

test("a bug is reported with a line that brings its state back", async () => {
  process.env["NODEMM_TEST_HASTY_COUNTER"] = "yes";
  const figures = await runWith(1, false);
  expect(figures.violations).toBeGreaterThan(0);
  const [{ replay: line, error, stack }] = figures.described;
  expect(line).toMatch(/^counter: three increments: seed=1 limit=48 crash=\d+ image=\d+$/u);
  expect(error).toMatch(/counted 0, not 1/u);
  expect(stack).toMatch(/Counter\.increment|workload/u);
  expect(formatSummary(figures)).toContain(`pnpm crash --replay "${line}"`);
  const printed: string[] = [];
  // This process was started without the bug, so that the state it leads to is not to be had, or verifies.
  expect(() => replay("counter: no such: seed=1 limit=48 crash=1 image=0", [found], () => undefined)).toThrow(
    TypeError,
  );
  expect(replay("counter: seed 2: seed=2 limit=48 crash=1 image=0", [found], (text) => printed.push(text))).toBe(true);
  expect(printed.at(-1)).toBe("the state verifies");
}, 60_000);

test("no mutant counts as caught by what is wrong without it: a violation", async () => {
  process.env["NODEMM_TEST_HASTY_COUNTER"] = "yes";
  const figures = await runWith(1, true, false);
  expect(figures).toMatchObject({ mutantsCaught: 0, mutantsTotal: 0 });
  expect(figures.violations).toBeGreaterThan(0);
  expect(figures.described[0].replay).toMatch(/^counter: (?:three increments|seed \d+): seed=/u);
}, 60_000);

test("no mutant counts as caught by what is wrong without it: a check of damage", async () => {
  process.env["NODEMM_TEST_FAILING_CHECK"] = "yes";
  const figures = await runWith(1, true, false);
  expect(figures).toMatchObject({ violations: 0, mutantsCaught: 0, mutantsTotal: 0 });
  expect(figures.survivors).toEqual(["fails though nothing is changed: damage (counter)"]);
}, 60_000);

test("a worker that dies is told of, and keeps nobody waiting", async () => {
  using pool = new Pool(2);
  const exploration = { suiteUrl: new URL("fixtures/dying-suite.mjs", import.meta.url).href, name: "dies" };
  const task: Task = { kind: "explore", exploration, limits: plans.short.named };
  await expect(pool.run([task], () => undefined)).rejects.toThrow("a worker died of exit code 7");
  expect(() => pool[Symbol.dispose]()).not.toThrow();
}, 60_000);

test("a filter that no exploration answers to is refused with those that there are", () => {
  expect(filterSuites([found], "three")[0].suite.explorations.map(({ name }) => name)).toEqual(["three increments"]);
  expect(() => filterSuites([found], "thre e")).toThrow(/no exploration's name contains "thre e".*three increments/u);
});
