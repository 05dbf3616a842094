/** The `bench` command of a package: options, the loop over workloads, the table and the results file. */

import { SingleBar } from "cli-progress";
import { parseArgs } from "node:util";

import { describeMachine } from "./machine.ts";
import { measure, type Progress } from "./measure.ts";
import type { Row } from "./row.ts";
import { type Results, writeResults } from "./report/results.ts";
import { formatAbsences, formatTable } from "./report/table.ts";
import type { Workload } from "./workload.ts";

export interface Suite {
  /** The package whose workloads these are. */
  readonly package: string;
  /** Where `latest.json` goes. */
  readonly resultsDirectory: string;
  readonly workloads: readonly Workload[];
}

const HELP = `Options:
  --filter <text>  only workloads whose id contains the text
  --quick          fewer and smaller samples: a look, not a measurement
  --json           print the results as JSON instead of a table
  --check          leave with exit code 1 when a bar is missed
  --help           print this`;

/**
 * Runs a package's benchmarks as its `bench` command: reads `arguments_`, prints to standard output, writes
 * `latest.json`. Returns the exit code: 1 if a workload failed, 2 for a bad option or a filter that matches nothing.
 */
export async function runBenchmarks(
  suite: Suite,
  arguments_: readonly string[] = process.argv.slice(2),
): Promise<number> {
  let options: { filter?: string; quick?: boolean; json?: boolean; check?: boolean; help?: boolean };
  try {
    options = parseArgs({
      args: [...arguments_],
      options: {
        filter: { type: "string" },
        quick: { type: "boolean" },
        json: { type: "boolean" },
        check: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const filter = options.filter ?? null;
  const chosen = suite.workloads.filter((workload) => filter === null || workload.id.includes(filter));
  if (chosen.length === 0) {
    console.error(`no workload matches ${filter}; there are: ${suite.workloads.map((each) => each.id).join(", ")}`);
    return 2;
  }
  const machine = describeMachine();
  const { rows, failed } = await measureAll(chosen, options.quick ?? false);
  const results: Results = { version: 1, package: suite.package, quick: options.quick ?? false, filter, machine, rows };
  const path = writeResults(suite.resultsDirectory, results);
  if (options.json) console.log(JSON.stringify(results, null, 2));
  else print(results, path);
  return failed || (options.check && rows.some((row) => row.pass === false)) ? 1 : 0;
}

/** A workload that fails is told of, and does not take the others' figures with it. */
async function measureAll(
  workloads: readonly Workload[],
  quick: boolean,
): Promise<{ readonly rows: readonly Row[]; readonly failed: boolean }> {
  // cli-progress writes to stderr and keeps silent where that is not a terminal.
  const format = "{bar} {percentage}% | {workload}";
  // Its graceful exit would swallow the Ctrl-C that it waits for.
  const bar = new SingleBar({ format, clearOnComplete: true, gracefulExit: false });
  bar.start(workloads.length * 1000, 0, { workload: "" });
  const rows: Row[] = [];
  let failed = false;
  try {
    for (const [index, workload] of workloads.entries()) {
      const progress: Progress = ({ done, total }) =>
        bar.update(Math.round((index + done / total) * 1000), { workload: workload.id });
      try {
        rows.push(...(await measure(workload, { quick }, progress)));
      } catch (error) {
        failed = true;
        console.error(`${workload.id} failed:`, error);
      }
    }
  } finally {
    bar.stop();
  }
  return { rows, failed };
}

function print(results: Results, path: string): void {
  const { machine, rows } = results;
  const gibibytes = Math.round(machine.memoryBytes / 2 ** 30);
  console.log(`${results.package}: ours beside peers, medians of interleaved runs${results.quick ? " (quick)" : ""}`);
  console.log(
    `${machine.cpu}, ${machine.cores} cores${machine.virtualMachine ? " (virtual)" : ""}, ${gibibytes} GiB, ` +
      `${machine.kernel}, Node.js ${machine.node}, load ${machine.load.toFixed(1)}`,
  );
  console.log(formatTable(rows));
  for (const line of formatAbsences(rows)) console.log(line);
  const judged = rows.filter((row) => row.pass !== null);
  const reached = judged.filter((row) => row.pass).length;
  console.log(`${rows.length} rows, ${reached} of ${judged.length} bars reached; written to ${path}`);
}
