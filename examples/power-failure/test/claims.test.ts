import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exploreCrashes, replayCrash } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { queueExploration } from "../src/exploration.ts";

test("the bug that is planted in the queue is found, and each state that shows it can be had again", () => {
  const { violations } = exploreCrashes(queueExploration(true));
  expect(violations.length).toBeGreaterThan(0);
  for (const { replay, error } of violations) {
    expect(String(replayCrash(queueExploration(true), replay).error)).toBe(String(error));
  }
});

test("the mended queue has no violation in any state", () => {
  expect(exploreCrashes(queueExploration(false))).toMatchObject({ violationCount: 0, sampledPoints: 0 });
});

test("the program prints what its README says", () => {
  const program = fileURLToPath(new URL("../dist/main.js", import.meta.url));
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const printed = execFileSync(process.execPath, [program], { encoding: "utf8" });
  const told = /^```text\n(?<told>.*?)^```/msu.exec(readme)!.groups!["told"];
  // Stacks name the reader's own folders.
  const withoutStacks = printed.replaceAll(/^ {4}at .*\n/gmu, "");
  expect(withoutStacks).toBe(told);
});
