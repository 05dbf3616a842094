import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
const example = /^```js\n(.*?)^```/ms.exec(readme)![1];
const printed = /^```text\n(.*?)^```/ms.exec(readme)![1];
let folder: string;

beforeEach(() => {
  // Below this package, so that Node finds it by its own name.
  const results = join(import.meta.dirname, "../test-results");
  mkdirSync(results, { recursive: true });
  folder = mkdtempSync(join(results, "readme-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(code: string): string {
  writeFileSync(join(folder, "example.js"), code);
  return execFileSync(process.execPath, ["example.js"], { cwd: folder, encoding: "utf8" });
}

test("the example of the README finds the planted bug, and prints what the README says", () => {
  expect(run(example)).toBe(printed);
});

test("the example of the latency model says what was written, how long it waited, and that it is a model", () => {
  const [, code] = /^```js\n((?:(?!^```).)*withLatency\(.*?)^```/ms.exec(readme)!;
  // A busy machine takes longer than the modelled memory: then there is nothing to wait for.
  expect(run(code)).toMatch(/^latency model, not a measurement: Optane.*: 16777216 bytes, waited \d+ ns\n$/);
});

test("the mended example of the README has no violations", () => {
  const mended = example.replace("count + 1);\n  region.publish", "count + 1);\n  region.drain();\n  region.publish");
  expect(mended).not.toBe(example);
  expect(run(mended)).toMatch(/^\d+ crash images, 0 violations\n$/);
});
