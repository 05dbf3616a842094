import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Sabotage } from "./announcements.ts";
import { summarize } from "./figures.ts";
import { torture } from "./torture.ts";

const require = createRequire(import.meta.url);

beforeAll(() => {
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  execFileSync(process.execPath, [compiler, "-b", import.meta.dirname], { stdio: ["ignore", "inherit", "inherit"] });
}, 120_000);

test("processes killed at any moment leave what was acknowledged, and what was begun whole or not at all (P9, P11)", async () => {
  const seed = Date.now() % 2 ** 20;
  const figures = await torture({ kills: 200, killsPerShelf: 50, seed });
  console.log(summarize(figures, seed));
  expect(figures.violations).toStrictEqual([]);
  expect(figures.kills).toBeGreaterThanOrEqual(200);
  // The kills fell where they hurt.
  expect(figures.killsInOpening).toBeGreaterThan(10);
  expect(figures.killsInOperation).toBeGreaterThan(10);
  expect(figures.verified).toBeGreaterThan(50);
}, 240_000);

test.each<[Exclude<Sabotage, "none">, string]>([
  ["torn", "tears transactions in two"],
  ["unsaved", "changes bytes in place without saving them"],
  ["early", "acknowledges before it is done"],
])(
  "a worker that is %s (it %s) is found out",
  async (sabotage) => {
    const seed = Date.now() % 2 ** 20;
    const figures = await torture({ kills: 1000, killsPerShelf: 100, seed, sabotage, stopAtFirst: true });
    console.log(`seed ${seed}: ${sabotage} found after ${figures.kills} kills: ${figures.violations[0]}`);
    expect(figures.violations.length).toBeGreaterThan(0);
    // By what it left behind, not because it failed.
    expect(figures.violations[0]).not.toContain("a worker at operation");
  },
  240_000,
);

function runCommand(...args: string[]): { readonly status: number | null; readonly output: string } {
  const main = join(import.meta.dirname, "dist/torture/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, output: `${stdout}${stderr}` };
}

test("pnpm torture sums up the kills that it was asked for", () => {
  const { status, output } = runCommand("--kills", "3", "--seed", "5");
  expect(output).toMatch(/^seed 5: [3-9] kills/mu);
  expect(output).toContain("0 violations");
  expect(status).toBe(0);
}, 60_000);

test.each([
  [["--kills", "many"], '--kills: expected a whole number from 1 to 2147483647, found "many"'],
  [["--seconds", "0"], '--seconds: expected a whole number from 1 to 2147483647, found "0"'],
  [["--kils", "3"], "Unknown option '--kils'"],
  [["--kills", "1", "--medium", "/nowhere"], "ENOENT"],
])("pnpm torture %j is refused with a message", (args, message) => {
  const { status, output } = runCommand(...args);
  expect(output).toContain(message);
  expect(status).toBe(2);
});
