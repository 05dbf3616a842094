const SECONDS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-9],
  ["µs", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
]);

const PREFIXES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** What is shown as 1.00: three digits of it round up to one of the next unit. */
const LEAST = 0.9995;

/**
 * A figure with three significant digits, the prefix of its unit chosen so that it is easy to read: `4.61 Mop/s`,
 * `15.1 GB/s`; a time in whatever unit becomes the nearest of ns, µs, ms and s.
 */
export function formatFigure(value: number, unit: string): string {
  const scale = SECONDS.get(unit);
  if (scale !== undefined) {
    const seconds = value * scale;
    const [name, factor] = [...SECONDS].findLast(([, each]) => seconds / each >= LEAST) ?? ["ns", 1e-9];
    return `${threeDigits(seconds / factor)} ${name}`;
  }
  for (const [factor, prefix] of PREFIXES)
    if (Math.abs(value) / factor >= LEAST) return `${threeDigits(value / factor)} ${prefix}${unit}`;
  return `${threeDigits(value)} ${unit}`;
}

function threeDigits(value: number): string {
  return value >= 999.5 ? value.toFixed(0) : value.toPrecision(3);
}
