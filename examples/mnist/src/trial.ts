/** A whole training, killed over and over: one process after the other on the same shelf file, until it is done. */

import { type Life, live } from "./life.ts";
import type { Message } from "./messages.ts";
import type { TrainingOptions } from "./shelved.ts";

export interface TrialOptions {
  readonly training: Omit<TrainingOptions, "begin">;
  /** How many times to kill the training; 0 for an uninterrupted one. */
  readonly kills: number;
  readonly hears?: (message: Message) => void;
  /** Called after each life. */
  readonly ended?: (life: Life) => void;
}

export interface Trial {
  readonly lives: readonly Life[];
  readonly seconds: number;
}

/** Trains to the end, through as many kills as asked. */
export async function runTrial(options: TrialOptions): Promise<Trial> {
  const begin = performance.now();
  const lives: Life[] = [];
  let kills: readonly number[] = [];
  for (;;) {
    const life = await live({
      training: { ...options.training, begin: lives.length === 0 },
      killAfterStep: () => kills[lives.length] ?? null,
      hears: (message) => {
        // The first life says how long the training is.
        if (message.kind === "opened" && lives.length === 0) kills = killSteps(options.kills, message.totalSteps);
        options.hears?.(message);
      },
    });
    lives.push(life);
    options.ended?.(life);
    if (life.ended === "finished") return { lives, seconds: (performance.now() - begin) / 1000 };
  }
}

/** Steps after which to kill, ascending: random, one in each of as many equal parts of the first 90 % of the training. */
function killSteps(kills: number, totalSteps: number): readonly number[] {
  const part = (totalSteps * 0.9) / kills;
  return Array.from({ length: kills }, (_, index) => Math.floor(part * (index + Math.random())));
}
