// `pnpm test:matrix`: the test suites of the published packages on every supported line of Node, or with --short those
// next to the hardware on the newest line. One native build serves all, which is part of what is shown.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readResult } from "./bootstrap/results.mjs";
import { findNode, lines } from "./repository/nodes.mjs";
import { listPublished } from "./repository/packages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = join(root, "scripts/test-results");
const shortSuites = ["@nodemm/pmem-native", "@nodemm/shelf"];
/** Exploring power failures takes minutes and is the same on every Node. */
const shortOnly = ["--exclude=test/crash/**", "--exclude=test/torture/**"];

const { values, positionals } = parseArgs({ options: { short: { type: "boolean" } }, allowPositionals: true });
const chosen = positionals.length > 0 ? positionals.map(Number) : values.short === true ? [lines.at(-1) ?? 0] : lines;
const unknown = chosen.filter((line) => !lines.includes(line));
if (unknown.length > 0) {
  process.stderr.write(`Unknown line of Node: ${unknown.join(", ")}; expected some of ${lines.join(", ")}\n`);
  process.exit(2);
}
const suites = listPublished().filter(({ manifest }) => values.short !== true || shortSuites.includes(manifest.name));

mkdirSync(results, { recursive: true });
const counts = chosen.flatMap((line) => {
  const node = findNode(line);
  if (node.path === undefined) {
    process.stdout.write(`Node ${line}: skipped, ${node.error}\n`);
    return [{ passed: 0, failed: 0, skipped: 1 }];
  }
  return suites.map(({ path, manifest }) => runSuite(node.path, path, manifest.name));
});
/** @param {"passed" | "failed" | "skipped"} what */
const sum = (what) => counts.reduce((total, count) => total + count[what], 0);
const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
writeFileSync(join(results, "matrix.json"), `${JSON.stringify(total)}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * @param {string} node
 * @param {string} folder
 * @param {string} name
 */
function runSuite(node, folder, name) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const report = join(results, `matrix-${version}-${name.replace(/\W+/gu, "-")}.json`);
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const flags = ["run", "--config=../../vitest.config.ts", "--silent", ...(values.short === true ? shortOnly : [])];
  // Programs that the tests start by name are then of the same Node.
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}`, NODEMM_TEST_REPORT: report };
  const startedAt = performance.now();
  const { stdout } = spawnSync(node, [vitest, ...flags], { cwd: folder, env, encoding: "utf8", maxBuffer: 2 ** 28 });
  const count = readResult(report);
  if (count.failed > 0) process.stdout.write(stdout);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4);
  const { passed, failed, skipped, note } = count;
  process.stdout.write(
    `Node ${version} ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped ${seconds} s ${note}\n`,
  );
  return count;
}
