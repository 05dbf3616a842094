import { parseArgs } from "node:util";

export interface Options {
  readonly form: "short" | "default" | "long";
  /** Power cuts. */
  readonly cuts: number;
  /** The chapters to run; all where empty. */
  readonly only: readonly string[];
  /** Machines at once. */
  readonly machines: number;
  readonly seed: number;
  readonly json: boolean;
}

const cutsOf = { short: 8, default: 30, long: 400 } as const;

export const usage: string = `Usage: pnpm test:vm [options]

Runs the stack on emulated persistent memory under a real kernel.

  --short           the form that npm test runs: fewer suites and power cuts
  --long            everything, and hundreds of power cuts
  --cuts <n>        so many power cuts (short ${cutsOf.short}, default ${cutsOf.default}, long ${cutsOf.long})
  --only <names>    only these chapters, comma-separated: see below
  --machines <n>    emulated machines at once (default 2)
  --seed <n>        of the power cuts (default: another each time; it is printed)
  --json            one JSON document on standard output, nothing else
  --help            this text
`;

/** @throws TypeError naming what was found, for `main` to print */
export function readOptions(args: readonly string[], chapters: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      cuts: { type: "string" },
      only: { type: "string", default: "" },
      machines: { type: "string", default: "2" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  if (values.short && values.long) throw new TypeError("expected --short or --long, found both; give one");
  const form = values.short ? "short" : values.long ? "long" : "default";
  const only = values.only === "" ? [] : values.only.split(",");
  const unknown = only.find((name) => !chapters.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`there is no chapter "${unknown}"; expected some of ${chapters.join(", ")}`);
  }
  return {
    form,
    only,
    cuts: values.cuts === undefined ? cutsOf[form] : wholeNumber("--cuts", values.cuts, 1),
    machines: wholeNumber("--machines", values.machines, 1),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber("--seed", values.seed, 0),
    json: values.json,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/u.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new TypeError(`${name} must be a whole number of at least ${least}, found ${JSON.stringify(text)}`);
}
