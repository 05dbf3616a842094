/** `pnpm torture`: processes killed while they save checkpoints. `--kills <number>` (1200), `--seed <number>` (random). */
import { parseArgs } from "node:util";
import { summarize, torture } from "./torture.ts";

const killsByDefault = 1200;
const progressMs = 10_000;

// pnpm and turbo pass on the `--` that ends their own options.
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { kills: { type: "string" }, seed: { type: "string" } },
});
const [kills, seed] = [Number(values.kills ?? killsByDefault), Number(values.seed ?? Date.now() % 2 ** 20)];
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error("--kills: expected a whole number from 1; --seed: expected one from 0");
  process.exitCode = 2;
} else {
  let nextAt = performance.now() + progressMs;
  const figures = await torture({
    kills,
    seed,
    onProgress: ({ kills: so, saved, violations }) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + progressMs;
      console.log(`${so} kills, ${saved} saves, ${violations.length} violations`);
    },
  });
  console.log(summarize(figures, seed));
  if (figures.violations.length > 0) process.exitCode = 1;
}
