/** Checks of what optimisers are told. */
import { checkOptions } from "../options.ts";

/** @throws TypeError, RangeError unless it is a number, finite and not negative */
export function checkRate(name: string, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`${name}: expected a number, found ${typeof value}`);
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name}: expected 0 or more, found ${value}`);
  return value;
}

/** @throws TypeError, RangeError unless it is a number from 0 to below 1 */
export function checkShare(name: string, value: unknown): number {
  const rate = checkRate(name, value);
  if (rate >= 1) throw new RangeError(`${name}: expected less than 1, found ${rate}`);
  return rate;
}

/** @throws TypeError unless it is a boolean */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name}: expected a boolean, found ${typeof value}`);
  return value;
}

const commonOptions = ["learningRate", "weightDecay", "maximize", "shelf", "name"];

/** @throws TypeError for options that an optimiser has not, such as PyTorch's `lr`, and for what is no shelf */
export function checkOptimiserOptions(optimiser: string, options: object, own: readonly string[]): void {
  checkOptions<Record<string, unknown>>(optimiser, options as Record<string, unknown>, [...commonOptions, ...own]);
  const { shelf } = options as { readonly shelf?: unknown };
  if (shelf === undefined || (typeof shelf === "object" && shelf !== null && "transaction" in shelf)) return;
  throw new TypeError(`${optimiser}: expected as shelf what openShelf returns, found ${typeof shelf}`);
}

/**
 * The entries of an object of things by their names.
 * @throws TypeError for what is none: a Map has entries that no object shows
 */
export function namedEntries(what: string, named: unknown): [string, unknown][] {
  if (typeof named === "object" && named !== null && (Array.isArray(named) || !(Symbol.iterator in named))) {
    return Object.entries(named);
  }
  const found = typeof named === "object" && named !== null ? "an iterable" : String(named);
  throw new TypeError(`${what}: expected an object of tensors by their names, found ${found}; see Object.fromEntries`);
}
