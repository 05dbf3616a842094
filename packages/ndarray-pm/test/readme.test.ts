import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the README's example runs, and runs again on the shelf that it leaves behind", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const code = /^```js\n(?<code>.*?)^```/msu.exec(readme)?.groups?.["code"] as string;
  // Below this package, so that Node finds the packages by name.
  const results = join(import.meta.dirname, "../test-results");
  mkdirSync(results, { recursive: true });
  const folder = mkdtempSync(join(results, "readme-"));
  try {
    writeFileSync(join(folder, "example.mjs"), code);
    const run = (): string => execFileSync(process.execPath, ["example.mjs"], { cwd: folder, encoding: "utf8" });
    expect([run(), run()]).toStrictEqual(["0.5 [ 1000, 1000 ]\n", "0.75 [ 1000, 1000 ]\n"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
