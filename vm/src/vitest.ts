import { posix } from "node:path";
import type { Lab } from "./lab.ts";
import type { Machine } from "./machine/machine.ts";
import { repository } from "./paths.ts";
import { own, type Suite } from "./suites.ts";

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

/** Runs test files of a package in an emulated machine, its temporary folder being `folder`; each test is a claim. */
export async function runTests(
  lab: Lab,
  machine: Machine,
  suite: Suite,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const reportPath = posix.join(repository, suite.folder, "test-results/vitest.json");
  const root = posix.join(repository, suite.folder);
  const config = suite.folder === own ? "guest/vitest.config.ts" : "../../vitest.config.ts";
  const program = posix.join(repository, "node_modules/vitest/vitest.mjs");
  const flags = ["--config", config, "--no-isolate", "--reporter=json"];
  // The emulated processor is some twenty times slower, and others may be at work.
  const patience = ["--testTimeout=300000", "--hookTimeout=300000"];
  const left = (suite.pagesOnly ?? []).filter(() => env["NODEMM_VM_DAX"] === "always");
  const without = left.flatMap((file) => ["--exclude", `${file}.test.ts`]);
  await machine.run(["rm", "-f", reportPath]);
  const { status, stdout, stderr } = await machine.run(
    [process.execPath, program, "run", ...flags, ...patience, ...without, ...suite.files],
    {
      cwd: root,
      // There is no /etc/alternatives on every host.
      env: { CC: "gcc", CI: "1", ...env },
    },
  );
  const { status: found, stdout: text } = await machine.run(["cat", reportPath]);
  if (found !== 0) {
    lab.report.fails(
      lab.chapter,
      `${suite.folder}: its tests run`,
      `status ${String(status)}: ${stdout}${stderr}`.slice(-4000),
    );
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
