/** What a run of torture saw. */
export interface Figures {
  kills: number;
  /** Kills by what the worker was doing. */
  killsBeforeOpening: number;
  killsInOpening: number;
  killsInOperation: number;
  killsBetween: number;
  /** Operations in which a kill fell, by what was found afterwards. */
  foundBefore: number;
  foundAfter: number;
  acknowledged: number;
  /** Of the acknowledged ones: how many found no room, and changed nothing. */
  refused: number;
  shelves: number;
  /** How often a shelf was opened and compared with its model. */
  verified: number;
  /** Milliseconds of each opening after a kill, recovery included. */
  readonly reopenMs: number[];
  readonly violations: string[];
}

export function noFigures(): Figures {
  return {
    kills: 0,
    killsBeforeOpening: 0,
    killsInOpening: 0,
    killsInOperation: 0,
    killsBetween: 0,
    foundBefore: 0,
    foundAfter: 0,
    acknowledged: 0,
    refused: 0,
    shelves: 0,
    verified: 0,
    reopenMs: [],
    violations: [],
  };
}

/** The figures in a few lines. */
export function summarize(figures: Figures, seed: number): string {
  const { kills, shelves, acknowledged, refused, verified, reopenMs, violations } = figures;
  const sorted = reopenMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return [
    `seed ${seed}: ${kills} kills of processes on ${shelves} shelves: ${figures.killsInOperation} inside an operation, ` +
      `${figures.killsInOpening} while opening, ${figures.killsBetween} between operations, ` +
      `${figures.killsBeforeOpening} before the shelf was touched`,
    `${acknowledged} operations acknowledged, ${refused} of them refused for want of space; of those cut short ` +
      `${figures.foundBefore} had not happened and ${figures.foundAfter} had`,
    `${verified} verifications; reopening took ${median.toFixed(2)} ms (median), ` +
      `${(sorted.at(-1) ?? NaN).toFixed(2)} ms (most)`,
    `${violations.length} violations`,
    ...violations.map((violation) => `  ${violation}`),
  ].join("\n");
}
