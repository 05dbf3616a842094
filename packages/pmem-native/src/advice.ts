import type { Advice } from "./region.ts";

/** The numbers of `native/core/advice.h`. */
const advices: ReadonlyMap<unknown, number> = new Map<Advice, number>([
  ["normal", 0],
  ["random", 1],
  ["sequential", 2],
  ["will-need", 3],
  ["huge-pages", 4],
  ["huge-pages-now", 5],
  ["random-now", 6],
]);

/**
 * The number by which the native core knows an advice. Shared by every backend.
 * @throws TypeError for what is none
 */
export function checkAdvice(advice: unknown): number {
  const number = advices.get(advice);
  if (number !== undefined) return number;
  throw new TypeError(`advice must be one of ${[...advices.keys()].join(", ")}; got ${String(advice)}`);
}
