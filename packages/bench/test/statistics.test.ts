import { describe, expect, it } from "vitest";

import { median, quantile, relativeSpread } from "../src/statistics.ts";

describe("statistics", () => {
  it("the median of an odd number of values is the middle one, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });
  it("the median of an even number of values is the mean of the two in the middle", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
  it("values sort as numbers, not as text", () => {
    expect(median([10, 9, 100])).toBe(10);
  });
  it("the caller's array keeps its order", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
  it("one outlier does not move the median", () => {
    expect(median([1, 1, 1, 1, 1e9])).toBe(1);
  });
  it("a quantile between two values is interpolated", () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4, 5], 1)).toBe(5);
  });
  it("no values and fractions outside 0 to 1 are refused", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => quantile([1], 1.1)).toThrow(RangeError);
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });
  it("equal values have no spread; half the quartile distance over the median otherwise", () => {
    expect(relativeSpread([7, 7, 7])).toBe(0);
    expect(relativeSpread([1, 2, 3, 4, 5])).toBeCloseTo(1 / 3);
  });
});
