import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

function run(...args: string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { code: status, output: stdout };
}

test("a TensorFlow.js training that is killed carries on from its checkpoints to the bits of one that is not", () => {
  const { code, output } = run("--steps", "60", "--every", "10", "--kills", "2", "--accuracy", "75");
  const claims = output.split("\n").filter((line) => /^(?:ok|FAIL)/u.test(line));
  expect(claims.filter((line) => !line.startsWith("ok"))).toEqual([]);
  expect([claims.length, code]).toEqual([4, 0]);
  expect(output.match(/, killed;/gu)).toHaveLength(2);
}, 180_000);

test("a claim that does not hold fails the command, which says which", () => {
  const { code, output } = run("--steps", "12", "--every", "4", "--kills", "1", "--accuracy", "100");
  expect(code).toBe(1);
  expect(output).toMatch(/^FAIL .* test images classified correctly$/mu);
  expect(output).toMatch(/^ok .*unharmed training/mu);
}, 120_000);
