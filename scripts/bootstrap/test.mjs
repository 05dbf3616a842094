// `npm test`: builds everything, runs every runner, and sums what they wrote.
import { pnpm, say } from "./step.mjs";
import { runInEmulatedMachine } from "./emulated-machine.mjs";
import { installNumPy } from "./numpy.mjs";
import { deleteResults, sumResults } from "./results.mjs";

const turbo = ["exec", "turbo", "run"];
const tests = [
  ...turbo,
  "test",
  "test:native",
  "test:crash",
  "check",
  "--continue=dependencies-successful",
  "--concurrency=1",
];

/** @returns {number} the exit code */
export function runEveryTest() {
  deleteResults();
  installNumPy();
  const built = pnpm("Build", [...turbo, "build", "--output-logs=new-only"]);
  const tested = built && pnpm("Tests", tests);
  const succeeded = built && runInEmulatedMachine() && tested;
  const { rows, passed, failed, skipped } = sumResults(succeeded);
  say("Results");
  for (const row of rows) process.stdout.write(`  ${row}\n`);
  const skippedText = skipped > 0 ? `, ${skipped} skipped` : "";
  process.stdout.write(`${passed} passed, ${failed} failed${skippedText}\n`);
  return failed > 0 ? 1 : 0;
}
