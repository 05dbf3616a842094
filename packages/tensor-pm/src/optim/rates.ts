/** Checks of what optimisers are told. */

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

/**
 * Refuses options that an optimiser has not: PyTorch's `lr`, left out in silence, would train at another rate.
 * @throws TypeError
 */
export function checkOptions(optimiser: string, options: unknown, own: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${optimiser}: expected options such as { learningRate: 0.1 }, found ${String(options)}`);
  }
  const known = [...commonOptions, ...own];
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name) || value === undefined) continue;
    throw new TypeError(`${optimiser}: expected options among ${known.join(", ")}, found ${JSON.stringify(name)}`);
  }
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
