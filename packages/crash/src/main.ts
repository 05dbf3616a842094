/** `pnpm crash`. `--help` tells the options. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Figures } from "./figures.ts";
import { filterSuites, findSuites } from "./find-suites.ts";
import { help, type Options, readOptions } from "./options.ts";
import { plans } from "./plan.ts";
import { Progress } from "./progress.ts";
import { replay } from "./replay.ts";
import { run } from "./run.ts";
import { formatSummary } from "./summary.ts";

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  const all = await findSuites();
  const suites = options.filter === undefined ? all : filterSuites(all, options.filter);
  if (options.replay !== undefined) return replay(options.replay, suites, console.log) ? 0 : 1;
  const plan = plans[options.form];
  const images = options.filter === undefined ? (options.images ?? plan.images) : 0;
  using progress = new Progress();
  const { seed, minutes, workers, explorations, mutants } = options;
  const figures = await run(suites, {
    plan: { ...plan, images },
    seed,
    ...(minutes === undefined ? {} : { minutes }),
    workers,
    explorations,
    mutants,
    progress,
  });
  progress[Symbol.dispose]();
  console.log(options.json ? JSON.stringify(figures, undefined, 2) : formatSummary(figures));
  if (options.result !== undefined) writeResult(options.result, figures);
  return figures.violations > 0 || figures.survivors.length > 0 ? 1 : 0;
}

/** What `npm test` sums: an exploration passes that is clean, and a mutant that is caught. */
function writeResult(path: string, figures: Figures): void {
  const { explorations, violations, mutantsCaught, survivors, distinctImages } = figures;
  const broken = Math.min(violations, explorations);
  const result = {
    passed: explorations - broken + mutantsCaught,
    failed: violations + survivors.length,
    note: `${distinctImages} distinct crash images, ${mutantsCaught} of ${figures.mutantsTotal} mutants caught`,
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result)}\n`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help);
  else process.exitCode = await main(options);
} catch (error) {
  const isUsers = error instanceof TypeError || error instanceof RangeError;
  console.error(isUsers ? error.message : error);
  process.exitCode = 2;
}
