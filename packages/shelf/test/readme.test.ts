import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const code = /\bERR_SHELF_[A-Z_]+\b/gu;

function codesIn(text: string): readonly string[] {
  return [...new Set(text.match(code))].sort();
}

test("the README's table of errors has every code that there is, and every code is one that is thrown", () => {
  const source = join(import.meta.dirname, "../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const thrown = files
    .filter((path) => path !== "errors.ts")
    .map((path) => readFileSync(join(source, path), "utf8").replaceAll(/^\s*(?:\*|\/[/*]).*$/gmu, ""))
    .join("\n");
  const declared = codesIn(readFileSync(join(source, "errors.ts"), "utf8"));
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const table = /^## Errors\n(?<section>.*?)^## /msu.exec(readme)!.groups!["section"];
  expect(codesIn(thrown)).toStrictEqual(declared);
  expect(codesIn(table)).toStrictEqual(declared);
});
