/** Checks of the options that every kind of source shares, in JavaScript's terms. */
import { PmemError } from "./errors.ts";
import type { Granularity } from "./region.ts";

export const granularities = ["byte", "cache-line", "page"] as const;

/** What is the same for every source. */
export interface MapOptions {
  /** Bytes of address space to reserve for growth. By default 1 TiB, less where the system refuses it; a device's size. */
  readonly capacity?: number;
  /** The coarsest granularity to accept. */
  readonly granularity?: Granularity;
  /**
   * Behave with this granularity whatever is mapped: for tests and emulation. The durability statement stays true.
   * The environment variable `NODEMM_FORCE_GRANULARITY` does the same for every mapping; this option wins.
   */
  readonly forceGranularity?: Granularity;
}

/** {@link MapOptions} as the addon takes them: -1 and 0 for what is not given. */
export interface CheckedOptions {
  readonly capacity: number;
  readonly demanded: number;
  readonly forced: number;
}

export function checkMapOptions(source: string, options: MapOptions): CheckedOptions {
  const { capacity, granularity } = options;
  checkBytes(source, "capacity", capacity);
  const forced = forcedGranularity(options.forceGranularity);
  const demanded = granularity === undefined ? -1 : choice("granularity", granularity, granularities);
  return { capacity: capacity ?? 0, demanded, forced };
}

/** For {@link checkOptions}, beside those of each kind of source. */
export const mapOptionNames: readonly (keyof MapOptions)[] = ["capacity", "granularity", "forceGranularity"];

/**
 * Refuses options that a function has not: a misspelt one would be left out in silence. Shared by the packages above.
 * @throws TypeError
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  // Not by their names, of which an array has as many as elements.
  const isArray = Array.isArray(options) || ArrayBuffer.isView(options);
  if (typeof options !== "object" || options === null || isArray) {
    const found = options === null ? "null" : isArray ? "an array" : typeof options;
    throw new TypeError(`${what} takes options such as { ${known[0]} }, got ${found}`);
  }
  for (const name in options) {
    if (known.includes(name) || (options as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    throw new TypeError(`${what} has no option ${JSON.stringify(name)}; it has ${known.join(", ")}`);
  }
}

export function checkBoolean(name: string, value: unknown): void {
  if (typeof value === "boolean") return;
  throw new TypeError(`${name} must be a boolean, got ${typeof value}; pass true or false`);
}

/** Refuses a size that does not fit the capacity, before anything is made. */
export function checkFits(source: string, size: number, capacity: number): void {
  if (capacity === 0 || size <= capacity) return;
  throw new PmemError(
    "ERR_PMEM_CAPACITY",
    source,
    `${source} of ${size} bytes does not fit its capacity of ${capacity}; pass a capacity of at least the size`,
  );
}

export function choice(name: string, value: unknown, choices: readonly string[]): number {
  const index = choices.indexOf(value as string);
  if (index >= 0) return index;
  const found = typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new TypeError(`${name} must be one of ${choices.map((text) => `"${text}"`).join(", ")}, got ${found}`);
}

export function checkBytes(path: string, name: string, bytes: unknown): void {
  if (bytes === undefined) return;
  if (typeof bytes !== "number") {
    throw new TypeError(`${name} must be a number, got ${typeof bytes}; pass bytes as a plain number`);
  }
  if (Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new PmemError(
    "ERR_PMEM_SIZE",
    path,
    `${name} of ${path} must be a whole number of bytes from 1 to 2^53 - 1, got ${bytes}; pass such a number`,
  );
}

function forcedGranularity(option: Granularity | undefined): number {
  if (option !== undefined) return choice("forceGranularity", option, granularities);
  const variable = process.env["NODEMM_FORCE_GRANULARITY"];
  return variable ? choice("NODEMM_FORCE_GRANULARITY", variable, granularities) : -1;
}
