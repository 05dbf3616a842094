// `pnpm check`: everything that can be said about the repository without running its code. Each step counts as one test;
// the output of a step is shown when it fails. The packages must have been built.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const tidyArguments = ["run", "--root=scripts", "--config=../vitest.config.ts", "--reporter=default", "test/tidy"];

/** Title, what to do when it fails, and the command. */
const steps = [
  ["format", "run pnpm format", "prettier", "--check", "--cache", "--cache-strategy=content", "--log-level=warn", "."],
  ["native format", "run pnpm format", "node", "scripts/format-native.mjs", "--check"],
  ["types", "see the errors above", "tsc", "-b"],
  ["lint", "see the rules in .oxlintrc.json", "oxlint", "--type-aware", "--deny-warnings"],
  ["tidy", "see scripts/test/tidy", "vitest", ...tidyArguments],
  ["dead code", "delete it, or state in knip.json why it stays", "knip", "--no-progress"],
  ["package exports", "see the package.json named above", "node", "scripts/check-exports.mjs"],
];

const environment = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) };
const failed = steps.filter(([title, remedy, command, ...args]) => {
  const startedAt = performance.now();
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: root, env: environment, encoding: "utf8" });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${seconds} s  ${title.padEnd(16)} ${status === 0 ? "ok" : "FAILED"}\n`);
  if (status === 0) return false;
  process.stdout.write(`${error?.message ?? `${stdout}${stderr}`.trim()}\n  ${command} ${args.join(" ")}: ${remedy}\n`);
  return true;
});

mkdirSync(join(root, "scripts/test-results"), { recursive: true });
const result = { passed: steps.length - failed.length, failed: failed.length };
writeFileSync(join(root, "scripts/test-results/check.json"), `${JSON.stringify(result)}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
