import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listFiles, readText } from "../repository/files.mjs";

/** The programs that the README files show. */
const examples = listFiles(".md")
  .filter((path) => path.endsWith("README.md"))
  .flatMap((path) =>
    [...readText(path).matchAll(/^```js\n(?<code>.*?)^```/gmsu)].map(({ groups }) => ({ path, code: groups!["code"] })),
  );

let folder: string;

beforeEach(() => {
  // Below this package, so that Node finds the packages by name.
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

test("the first example counts its runs on the shelf that it leaves behind", () => {
  const { code } = examples.find(({ path }) => path === "README.md")!;
  expect([run(code), run(code), run(code)]).toEqual([
    "run 1, first weight 1\n",
    "run 2, first weight 2\n",
    "run 3, first weight 3\n",
  ]);
  expect(code.split("\n").length).toBeLessThan(20);
});

test.each(examples)("the example of $path runs, and again on what it left behind", ({ code }) => {
  expect(() => run(code)).not.toThrow();
  expect(() => run(code)).not.toThrow();
});
