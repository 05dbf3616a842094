/** One step of Adam, AdamW or RMSprop over one parameter; computed in float64, rounded where it is stored. */
import type { NDArray } from "@nodemm/ndarray-pm";

type Floats = Float32Array | Float64Array;

/** The elements of a contiguous array: where they are, and the index of the first. */
export interface Elements {
  readonly data: Floats;
  readonly at: number;
}

export function elementsOf({ data, offset }: NDArray): Elements {
  return { data: data as Floats, at: offset };
}

export interface AdamRates {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Added to the gradient, as an L2 penalty. */
  readonly weightDecay: number;
  /** What parameters are multiplied by first: AdamW's decay. */
  readonly shrink: number;
  readonly sign: 1 | -1;
}

/** PyTorch's formula of Adam at its step number `step`, 1 for the first. `largest` is for amsgrad. */
export function adam(
  p: Elements,
  g: Elements,
  average: Elements,
  square: Elements,
  largest: Elements | undefined,
  count: number,
  step: number,
  { learningRate, beta1, beta2, eps, weightDecay, shrink, sign }: AdamRates,
): void {
  const rate = learningRate / (1 - beta1 ** step);
  const correction = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < count; i++) {
    const weight = p.data[p.at + i] * shrink;
    const slope = sign * g.data[g.at + i] + weightDecay * weight;
    const first = (average.data[average.at + i] = beta1 * average.data[average.at + i] + (1 - beta1) * slope);
    let second = (square.data[square.at + i] = beta2 * square.data[square.at + i] + (1 - beta2) * slope * slope);
    if (largest !== undefined) second = largest.data[largest.at + i] = Math.max(largest.data[largest.at + i], second);
    p.data[p.at + i] = weight - (rate * first) / (Math.sqrt(second) / correction + eps);
  }
}

export interface RmspropRates {
  readonly learningRate: number;
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly sign: 1 | -1;
}

/** PyTorch's formula of RMSprop. `mean` is for the centred form, `velocity` for momentum. */
export function rmsprop(
  p: Elements,
  g: Elements,
  square: Elements,
  mean: Elements | undefined,
  velocity: Elements | undefined,
  count: number,
  { learningRate, alpha, eps, weightDecay, momentum, sign }: RmspropRates,
): void {
  for (let i = 0; i < count; i++) {
    const weight = p.data[p.at + i];
    const slope = sign * g.data[g.at + i] + weightDecay * weight;
    let spread = (square.data[square.at + i] = alpha * square.data[square.at + i] + (1 - alpha) * slope * slope);
    if (mean !== undefined) {
      const centre = (mean.data[mean.at + i] = alpha * mean.data[mean.at + i] + (1 - alpha) * slope);
      spread -= centre * centre;
    }
    let direction = slope / (Math.sqrt(spread) + eps);
    if (velocity !== undefined) {
      direction = velocity.data[velocity.at + i] = momentum * velocity.data[velocity.at + i] + direction;
    }
    p.data[p.at + i] = weight - learningRate * direction;
  }
}
