import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { summarize, torture } from "./torture.ts";

const require = createRequire(import.meta.url);

beforeAll(() => {
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  execFileSync(process.execPath, [compiler, "-b", import.meta.dirname], { stdio: ["ignore", "inherit", "inherit"] });
}, 120_000);

test("processes killed while they save leave the last checkpoint or the new one, whole, in every way to save", async () => {
  const seed = Date.now() % 2 ** 20;
  const figures = await torture({ kills: 40, seed });
  console.log(summarize(figures, seed));
  expect(figures.violations).toStrictEqual([]);
  // The kills fell where they hurt.
  expect(figures.killsInSave).toBeGreaterThan(5);
}, 240_000);

test.each(["mixed", "early"] as const)(
  "a worker that saves %s is found out",
  async (sabotage) => {
    const seed = Date.now() % 2 ** 20;
    const figures = await torture({ kills: 600, seed, sabotage });
    console.log(`seed ${seed}: ${sabotage} found after ${figures.kills} kills: ${figures.violations[0]}`);
    expect(figures.violations.length).toBeGreaterThan(0);
  },
  240_000,
);
