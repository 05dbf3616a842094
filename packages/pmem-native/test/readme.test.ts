import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the example of the README counts its runs in the file that it leaves behind", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const code = /^```js\n(?<code>.*?)^```/msu.exec(readme)!.groups!["code"];
  // Below this package, so that Node finds it by name.
  const results = join(import.meta.dirname, "../test-results");
  mkdirSync(results, { recursive: true });
  const folder = mkdtempSync(join(results, "readme-"));
  try {
    writeFileSync(join(folder, "example.mjs"), code);
    const run = () => execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
    expect(run()).toMatch(/^run 1, survives (?:power-failure|process-exit)\n$/u);
    expect(run()).toMatch(/^run 2, /u);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
