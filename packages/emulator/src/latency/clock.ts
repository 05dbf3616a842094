import { setTimeout as sleep } from "node:timers/promises";

/** Nanoseconds from some beginning, to a fraction. */
export function nowNs(): number {
  return performance.now() * 1e6;
}

/** Timers fire late by up to this much, so the rest is waited for in a loop. */
const timerSlackNs = 2e6;

/** By how much a wait would end late, measured at first use: the looks at the clock before and after it take time too. */
let latenessNs: number | undefined;

/**
 * Returns when the time has come, by looking at the clock again and again: the only wait that is short enough. It stops
 * early by as much as it would be late in the median; `calibrate` measures what is left.
 */
export function waitUntil(timeNs: number): void {
  latenessNs ??= measureLateness();
  const until = timeNs - latenessNs;
  while (nowNs() < until);
}

/** As callers see it, one wait after the other, in groups, because one wait is as short as a look at the clock. */
function measureLateness(): number {
  const waitNs = 500;
  const group = 16;
  const found: number[] = [];
  latenessNs = 0;
  for (let round = 0; round < 600; round++) {
    const begin = nowNs();
    for (let index = 0; index < group; index++) waitUntil(nowNs() + waitNs);
    found.push((nowNs() - begin) / group - waitNs);
  }
  // The first half runs in code that is not compiled yet, and what is slow was disturbed: waits must not end early.
  return found.slice(300).sort((a, b) => a - b)[30];
}

/** {@link waitUntil} that leaves the event loop to others as long as timers are good enough. */
export async function waitUntilLater(timeNs: number): Promise<void> {
  const rest = timeNs - timerSlackNs - nowNs();
  if (rest > 0) await sleep(rest / 1e6);
  waitUntil(timeNs);
}
