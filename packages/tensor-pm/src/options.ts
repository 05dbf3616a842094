/**
 * The options of a function, in which nothing is that it has not: PyTorch's `rounding_mode`, or its factor as one more
 * argument, would be left out in silence.
 * @throws TypeError
 */
export function checkOptions<Options extends object>(
  what: string,
  options: Options,
  known: readonly (keyof Options & string)[],
): Options {
  // Not by their names, of which an array has as many as elements.
  const isArray = Array.isArray(options) || ArrayBuffer.isView(options);
  if (typeof options !== "object" || options === null || isArray) {
    throw new TypeError(
      `${what}: expected options such as { ${known[0]} }, found ${isArray ? "an array" : String(options)}`,
    );
  }
  for (const name in options) {
    if (known.includes(name) || options[name] === undefined) continue;
    throw new TypeError(`${what}: expected options among ${known.join(", ")}, found ${JSON.stringify(name)}`);
  }
  return options;
}
