import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export const help = `pnpm crash [options]

Cuts the power of every package's workloads at every moment that matters, verifies what is left, and proves that it would
notice: by leaving out, or putting off, each flush, fence and non-temporal store, and by leaving out each checksum test.

  --long             20,000,000 different images instead of 500,000
  --images <number>  stop after so many instead
  --minutes <number> begin no exploration after so many; the summary says with which seed to go on
  --filter <text>    only explorations whose name contains it; no seeded ones and no mutants
  --seed <number>    of the first seeded exploration (1)
  --no-mutants       explore only
  --no-explorations  mutants only
  --workers <number> processes (one a core)
  --replay <id>      verify again the one state of a reported violation
  --json             print the figures as JSON
  --result <path>    also write what a summing runner needs
  --help             print this`;

export interface Options {
  readonly form: "short" | "long";
  readonly images?: number;
  readonly minutes?: number;
  readonly filter?: string;
  readonly seed: number;
  readonly explorations: boolean;
  readonly mutants: boolean;
  readonly workers: number;
  readonly replay?: string;
  readonly json: boolean;
  readonly result?: string;
}

/** Undefined if help is wanted. @throws TypeError with a message for the user */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    // pnpm passes on the `--` that ends its own options.
    args: args.filter((argument) => argument !== "--"),
    options: {
      long: { type: "boolean", default: false },
      images: { type: "string" },
      minutes: { type: "string" },
      filter: { type: "string" },
      seed: { type: "string", default: "1" },
      "no-mutants": { type: "boolean", default: false },
      "no-explorations": { type: "boolean", default: false },
      workers: { type: "string", default: String(availableParallelism()) },
      replay: { type: "string" },
      json: { type: "boolean", default: false },
      result: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { images, minutes, filter, replay, result, json, long } = values;
  return {
    form: long ? "long" : "short",
    ...(images === undefined ? {} : { images: wholeNumber("images", images, 1) }),
    ...(minutes === undefined ? {} : { minutes: wholeNumber("minutes", minutes, 1) }),
    ...(filter === undefined ? {} : { filter }),
    seed: wholeNumber("seed", values.seed, 1),
    explorations: !values["no-explorations"],
    mutants: !values["no-mutants"] && filter === undefined,
    workers: wholeNumber("workers", values.workers, 1),
    ...(replay === undefined ? {} : { replay }),
    json,
    ...(result === undefined ? {} : { result }),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= least && value < 2 ** 31) return value;
  throw new TypeError(`--${name}: expected a whole number from ${least} to ${2 ** 31 - 1}, found "${text}"`);
}
