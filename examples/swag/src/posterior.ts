/**
 * SWAG: a Gaussian over a network's parameters, from samples of gradient descent (Maddox et al., "A Simple Baseline for
 * Bayesian Uncertainty in Deep Learning", NeurIPS 2019). Its covariance is the mean of a diagonal and a low-rank part.
 */
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Posterior {
  readonly mean: Float32Array;
  /** Of each parameter by itself. */
  readonly variance: Float32Array;
  /** The last samples' deviations from the mean. */
  readonly deviations: readonly Float32Array[];
}

/** Reads each sample once, in its place, and keeps two numbers a parameter; the last `rank` are read twice. */
export function fitPosterior(samples: Iterable<Float32Array>, last: readonly Float32Array[]): Posterior {
  let count = 0;
  let mean = new Float64Array(0);
  let squares = new Float64Array(0);
  for (const sample of samples) {
    if (count === 0) [mean, squares] = [new Float64Array(sample.length), new Float64Array(sample.length)];
    count++;
    // Welford's update, which loses no digits to large means.
    for (let at = 0; at < mean.length; at++) {
      const before = sample[at] - mean[at];
      mean[at] += before / count;
      squares[at] += before * (sample[at] - mean[at]);
    }
  }
  const variance = Float32Array.from(squares, (sum) => sum / count);
  const deviations = last.map((sample) => Float32Array.from(sample, (value, at) => value - mean[at]));
  return { mean: Float32Array.from(mean), variance, deviations };
}

/** Networks drawn from the posterior. */
export class Sampler {
  readonly #posterior: Posterior;
  readonly #random;

  constructor(posterior: Posterior, seed: number) {
    this.#posterior = posterior;
    this.#random = xoroshiro128plus(seed);
  }

  /** Stores the parameters of one network. */
  draw(target: Float32Array): void {
    const { mean, variance, deviations } = this.#posterior;
    const diagonal = Math.SQRT1_2;
    for (let at = 0; at < target.length; at++) {
      target[at] = mean[at] + diagonal * Math.sqrt(variance[at]) * this.#normal();
    }
    const lowRank = 1 / Math.sqrt(2 * (deviations.length - 1));
    for (const deviation of deviations) {
      const factor = lowRank * this.#normal();
      for (let at = 0; at < target.length; at++) target[at] += factor * deviation[at];
    }
  }

  /** A number of the standard normal distribution (Box and Muller). */
  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat32(this.#random)));
    return radius * Math.cos(2 * Math.PI * uniformFloat32(this.#random));
  }
}
