import { expect, test } from "vitest";
import { fitPosterior, Sampler } from "../src/posterior.ts";

/** A hundred samples whose mean is [10000, -2], whose second parameter never changes. */
const samples = Array.from({ length: 100 }, (_, index) => Float32Array.of(10_000 + (index % 2 === 0 ? 3 : -3), -2));

test("mean, variance and deviations are those of the samples, for means far from 0 too", () => {
  const { mean, variance, deviations } = fitPosterior(samples, samples.slice(-2));
  expect([...mean]).toEqual([10_000, -2]);
  expect([...variance]).toEqual([9, 0]);
  expect(deviations.map((each) => [...each])).toEqual([
    [3, 0],
    [-3, 0],
  ]);
});

test("draws have the mean and the covariance that half diagonal and half low rank make", () => {
  const posterior = fitPosterior(samples, samples.slice(-10));
  const sampler = new Sampler(posterior, 1);
  const draws = Array.from({ length: 4000 }, () => {
    const target = new Float32Array(2);
    sampler.draw(target);
    return target;
  });
  const mean = draws.reduce((sum, [first]) => sum + first, 0) / draws.length;
  const variance = draws.reduce((sum, [first]) => sum + (first - mean) ** 2, 0) / draws.length;
  expect(mean).toBeCloseTo(10_000, 0);
  // Of the variance 9 half; of ten deviations of 3, each squared: 10 * 9 / (2 * 9).
  expect(Math.abs(variance - (4.5 + 5))).toBeLessThan(0.6);
  expect(draws.every(([, second]) => second === -2)).toBe(true);
});
