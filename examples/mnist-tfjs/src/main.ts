/** Trains, kills, trains on, and compares with a training that nobody killed. Exit code 0: every claim holds; 1: not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { live, type Life } from "./life.ts";
import { accuracyOf, fingerprint, open, openTraining, readExamples, type Settings } from "./training.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "900" },
    every: { type: "string", default: "25" },
    kills: { type: "string", default: "4" },
    accuracy: { type: "string", default: "90" },
  },
});
const count = (option: "steps" | "every" | "kills" | "accuracy"): number => {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`--${option}: expected a whole number above 0, found ${values[option]}`);
};

const folder = mkdtempSync(join(tmpdir(), "mnist-tfjs-"));
const settings: Settings = {
  path: join(folder, "killed.shelf"),
  steps: count("steps"),
  every: count("every"),
  batchSize: 64,
  seed: 42,
};
const unharmed: Settings = { ...settings, path: join(folder, "unharmed.shelf") };
try {
  const lives = await train(settings, count("kills"));
  await train(unharmed, 0);
  const [killed, whole] = [await inspect(settings), await inspect(unharmed)];
  const resumed = lives.slice(1).map(({ opened }) => opened);
  const lost = lives.slice(1).map(({ opened }, index) => opened - lives[index].saved);
  const claims: [boolean, string][] = [
    [
      lives.filter(({ ended }) => ended === "killed").length === count("kills"),
      `killed with SIGKILL after steps ${lives
        .slice(0, -1)
        .map(({ step }) => step)
        .join(", ")} of ${settings.steps}`,
    ],
    [
      // The next one: durable, and the process died before it could say so.
      lost.every((steps) => steps === 0 || steps === settings.every),
      `carried on from steps ${resumed.join(", ")}: the last checkpoint each time, a checkpoint every ${settings.every} steps`,
    ],
    [
      killed.accuracy * 100 >= count("accuracy"),
      `${(killed.accuracy * 100).toFixed(1)} % of 10,000 test images classified correctly`,
    ],
    [
      killed.fingerprint === whole.fingerprint,
      `weights and momentum have sha256 ${killed.fingerprint.slice(0, 16)}..., those of the unharmed training ${whole.fingerprint.slice(0, 16)}...`,
    ],
  ];
  for (const [holds, text] of claims) console.log(`${holds ? "ok  " : "FAIL"}  ${text}`);
  process.exitCode = claims.every(([holds]) => holds) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A whole training: one process after the other on the same shelf, until it is done. */
async function train(training: Settings, kills: number): Promise<Life[]> {
  const lives: Life[] = [];
  for (;;) {
    const part = (training.steps * 0.9) / kills;
    const life = await live(training, lives.length < kills ? part * (lives.length + Math.random()) : undefined);
    lives.push(life);
    console.log(`  step ${life.opened} to ${life.step}, ${life.ended}; last checkpoint at ${life.saved}`);
    if (life.ended === "finished") return lives;
  }
}

async function inspect(training: Settings): Promise<{ readonly accuracy: number; readonly fingerprint: string }> {
  const shelf = open(training.path);
  try {
    const { model } = await openTraining(shelf, training);
    return { accuracy: accuracyOf(model, readExamples("test")), fingerprint: fingerprint(shelf) };
  } finally {
    shelf.close();
  }
}
