/** The middle of the values; the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a fraction of the values lies, interpolated linearly between neighbours. */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError("expected at least one value, found none");
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`expected a fraction from 0 to 1, found ${fraction}`);
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** Half the distance between the quartiles, as a fraction of the median: how much the samples disagree. */
export function relativeSpread(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 ? 0 : (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / Math.abs(middle);
}
