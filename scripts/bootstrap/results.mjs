// The sum of every runner. A runner writes JSON into the test-results folder of its package: vitest its own report, any
// other `{ "passed": number, "failed": number }`, perhaps with `skipped` and a `note` of the reason. A task that leaves no such file has crashed, and counts as a failure.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { listPackages } from "../repository/packages.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number, note: string }} Count
 * @typedef {{ status: string, message: string, name: string, assertionResults: { status: string }[] }} VitestFile
 * @typedef {{
 *   success: boolean, numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: VitestFile[]
 * }} VitestReport
 */

const folderName = "test-results";

/** The file that each task must leave. */
const resultFiles = new Map([
  ["test", "vitest.json"],
  ["test:native", "native.json"],
  ["test:crash", "crash.json"],
  ["check", "check.json"],
  ["test:vm", "vm.json"],
]);

export function deleteResults() {
  for (const { path } of runners()) rmSync(join(path, folderName), { recursive: true, force: true });
}

/** @param {boolean} succeeded whether the command that ran the tasks succeeded */
export function sumResults(succeeded) {
  const results = runners().flatMap(({ name, path, tasks }) =>
    tasks.map(([task, file]) => ({ title: `${name} ${task}`, ...readResult(join(path, folderName, file)) })),
  );
  // A command may fail though all it wrote is well: it was killed, or one of its tasks ended badly after its report.
  if (!succeeded && results.every(({ failed }) => failed === 0)) {
    results.push({ title: "runners", passed: 0, failed: 1, skipped: 0, note: "one ended with an error, see above" });
  }
  const width = Math.max(...results.map(({ title }) => title.length));
  return {
    rows: results.map(({ title, passed, failed, note }) => `${title.padEnd(width)} ${columns(passed, failed)} ${note}`),
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
    skipped: results.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

/**
 * @param {number} passed
 * @param {number} failed
 */
function columns(passed, failed) {
  return `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
}

/**
 * What a result file says; a missing file, or one without counts, is one failure.
 *
 * @param {string} path
 * @returns {Count}
 */
export function readResult(path) {
  const none = { passed: 0, failed: 1, skipped: 0 };
  if (!existsSync(path)) return { ...none, note: `no ${basename(path)}: it did not run to its end` };
  const result = JSON.parse(readFileSync(path, "utf8"));
  if ("testResults" in result) return countVitest(result);
  const { passed, failed, skipped = 0, note = "" } = result;
  if (Number.isInteger(passed) && Number.isInteger(failed)) return { passed, failed, skipped, note };
  return { ...none, note: `${basename(path)} holds no counts` };
}

/**
 * @param {VitestReport} report
 * @returns {Count}
 */
function countVitest({ success, numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const failed = numFailedTests + brokenFiles.length;
  return {
    passed: numPassedTests,
    failed: failed === 0 && !success ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
    note: brokenFiles.map(({ name, message }) => `${basename(name)}: ${message.split("\n", 1)[0]}`).join("; "),
  };
}

/** The packages, each with those of its tasks that leave results. */
function runners() {
  return listPackages()
    .filter(({ folder }) => folder !== ".")
    .map(({ path, manifest }) => {
      const tasks = [...resultFiles].filter(([task]) => task in (manifest.scripts ?? {}));
      return { name: manifest.name, path, tasks };
    });
}
