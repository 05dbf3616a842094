import { posix } from "node:path";
import type { Lab } from "./lab.ts";
import type { Machine } from "./machine/machine.ts";
import { repository } from "./paths.ts";
import type { Suite } from "./suites.ts";

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Test files of a package: what their names begin with, or all. */
type Selection = Pick<Suite, "folder" | "files" | "pagesOnly">;

const reportPath = posix.join(repository, "test-results/vitest.json");
const program = posix.join(repository, "node_modules/vitest/vitest.mjs");

/**
 * Runs test files in an emulated machine, their temporary folder being `TMPDIR`; each test is a claim. All at once, because
 * a start of the test runner takes as long there as many tests.
 */
export async function runTests(
  lab: Lab,
  machine: Machine,
  selections: readonly Selection[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const include = selections.flatMap(({ folder, files }) =>
    files.length === 0 ? [`${folder}/test/*.test.ts`] : files.map((file) => `${folder}/${file}*.test.ts`),
  );
  const left = env["NODEMM_VM_DAX"] === "always" ? selections : [];
  const exclude = left.flatMap(({ folder, pagesOnly = [] }) => pagesOnly.map((file) => `${folder}/${file}.test.ts`));
  const flags = ["--config", "vm/guest/vitest.config.ts", "--no-isolate", "--reporter=json"];
  // The emulated processor is some twenty times slower, and others may be at work.
  const patience = ["--testTimeout=300000", "--hookTimeout=300000"];
  await machine.run(["rm", "-f", reportPath]);
  const { status, stdout, stderr } = await machine.run([process.execPath, program, "run", ...flags, ...patience], {
    cwd: repository,
    // There is no /etc/alternatives on every host.
    env: { CC: "gcc", CI: "1", NODEMM_VM_TESTS: JSON.stringify({ include, exclude }), ...env },
  });
  const { status: found, stdout: text } = await machine.run(["cat", reportPath]);
  if (found !== 0) {
    const output = `status ${String(status)}: ${stdout}${stderr}`.slice(-4000);
    lab.report.fails(lab.chapter, `the tests run: ${include.join(" ")}`, output);
    return;
  }
  const { testResults } = JSON.parse(text) as VitestReport;
  for (const { name, message, status: fileStatus, assertionResults } of testResults) {
    const file = posix.relative(repository, name);
    if (fileStatus === "failed" && assertionResults.length === 0) lab.report.fails(lab.chapter, file, message);
    for (const { fullName, status: outcome, failureMessages } of assertionResults) {
      const claim = `${file}: ${fullName}`;
      if (outcome === "passed") lab.report.holds(lab.chapter, claim);
      if (outcome === "failed") lab.report.fails(lab.chapter, claim, reason(failureMessages));
    }
  }
}

/** The messages, with those places of the stack that are the repository's own. */
function reason(messages: readonly string[]): string {
  const lines = messages.join("\n").split("\n");
  return lines
    .filter((line) => !/^\s+at .*node_modules/u.test(line))
    .join("\n")
    .slice(0, 2000);
}
