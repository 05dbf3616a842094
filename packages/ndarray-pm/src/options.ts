import { describe } from "./dtype.ts";

/**
 * Refuses options that a function has not: left out in silence, a misspelt one, or NumPy's `out` where there is none,
 * gives a wrong result.
 * @throws TypeError
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  // Not by their names, of which an array has as many as elements.
  const isArray = Array.isArray(options) || ArrayBuffer.isView(options);
  if (typeof options !== "object" || options === null || isArray) {
    throw new TypeError(`${what}: expected options such as { ${known[0]} }, found ${describe(options)}`);
  }
  for (const name in options) {
    if (known.includes(name) || (options as Readonly<Record<string, unknown>>)[name] === undefined) continue;
    const list = known.length === 1 ? known[0] : `one of ${known.join(", ")}`;
    throw new TypeError(`${what}: expected ${list} as option, found ${describe(name)} in ${describe(options)}`);
  }
}
