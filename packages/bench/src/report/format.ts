/** A figure with three significant digits and, from a thousand on, a metric prefix: `4.61 M`, `998`, `0.0123`. */
export function formatFigure(value: number): string {
  for (const [factor, prefix] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const)
    if (Math.abs(value) >= factor) return (value / factor).toPrecision(3) + prefix;
  return Number(value.toPrecision(3)).toString();
}

/** A figure and its unit, the prefix joined to the unit: `4.61 Mop/s`, `15.1 GB/s`. */
export function formatWithUnit(value: number, unit: string): string {
  const figure = formatFigure(value);
  return /[GMk]$/.test(figure) ? figure + unit : `${figure} ${unit}`;
}
