import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readText } from "../repository/files.mjs";

const example = /^```js\n(?<code>.*?)^```/msu.exec(readText("README.md"))!.groups!["code"];
let folder: string;

beforeEach(() => {
  // Below this package, so that Node finds the packages by name.
  const results = join(import.meta.dirname, "../test-results");
  mkdirSync(results, { recursive: true });
  folder = mkdtempSync(join(results, "readme-"));
  writeFileSync(join(folder, "example.js"), example);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function runExample(): string {
  return execFileSync(process.execPath, ["example.js"], { cwd: folder, encoding: "utf8" });
}

test("the example of the README counts its runs on the shelf that it leaves behind", () => {
  expect(runExample()).toBe("run 1, first weight 1\n");
  expect(runExample()).toBe("run 2, first weight 2\n");
  expect(runExample()).toBe("run 3, first weight 3\n");
});

test("the example of the README fits on the first screen", () => {
  expect(example.split("\n").length).toBeLessThanOrEqual(18);
});
