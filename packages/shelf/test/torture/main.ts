/** `pnpm torture`: thousands of kills. `--help` tells the options. */
import { parseArgs } from "node:util";
import { summarize } from "./figures.ts";
import { torture, type TortureOptions } from "./torture.ts";

const help = `pnpm torture -- [options]

  --kills <number>    kills in all (5000; without limit where seconds are given)
  --seconds <number>  stop after so long
  --seed <number>     of operations and kills (random)
  --medium <folder>   where the shelves go, with the granularity of that place; by default half of them go to /dev/shm
                      with cache-line granularity, half to the disk with page granularity
  --help              print this`;

const killsByDefault = 5000;
/** Long enough to see a leak. */
const killsPerShelfMax = 250;
const progressMs = 5000;

/** @throws TypeError with a message for the user */
function readOptions(args: readonly string[]): TortureOptions | undefined {
  const { values } = parseArgs({
    // pnpm and turbo pass on the `--` that ends their own options.
    args: args.filter((argument) => argument !== "--"),
    options: {
      kills: { type: "string" },
      seconds: { type: "string" },
      seed: { type: "string" },
      medium: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const seconds = values.seconds === undefined ? Infinity : wholeNumber("seconds", values.seconds, 1);
  const unstated = seconds === Infinity ? killsByDefault : Infinity;
  const kills = values.kills === undefined ? unstated : wholeNumber("kills", values.kills, 1);
  return {
    kills,
    seconds,
    seed: values.seed === undefined ? Date.now() % 2 ** 20 : wholeNumber("seed", values.seed, 0),
    killsPerShelf: Math.min(killsPerShelfMax, Math.ceil(kills / 4)),
    keep: true,
    ...(values.medium === undefined ? {} : { medium: { folder: values.medium } }),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= least && value < 2 ** 31) return value;
  throw new TypeError(
    `--${name}: expected a whole number from ${least} to ${2 ** 31 - 1}, found ${JSON.stringify(text)}`,
  );
}

function progress(): NonNullable<TortureOptions["onTorment"]> {
  const begin = performance.now();
  let nextLineAt = begin + progressMs;
  return ({ kills, acknowledged, violations }) => {
    const now = performance.now();
    if (now < nextLineAt) return;
    nextLineAt = now + progressMs;
    const seconds = Math.round((now - begin) / 1000);
    console.log(`${seconds} s: ${kills} kills, ${acknowledged} operations, ${violations.length} violations`);
  };
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help);
  else {
    const figures = await torture({ ...options, onTorment: progress() });
    console.log(summarize(figures, options.seed));
    if (figures.violations.length > 0) process.exitCode = 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
