/**
 * One step of SGD over one parameter, `count` elements from an index of each array. PyTorch's formula:
 *
 *     g = sign * g + weightDecay * p;  v = keep * v + take * g;  p -= learningRate * (nesterov ? g + momentum * v : v)
 *
 * where `keep` and `take` are the momentum and 1 - dampening, or 0 and 1 at the first step. float32 rounds after each
 * operation, so that the same inputs give the same bits wherever it runs.
 */
export type SgdKernel<Data> = (
  parameter: Data,
  parameterAt: number,
  velocity: Data,
  velocityAt: number,
  gradient: Data,
  gradientAt: number,
  count: number,
  rates: SgdRates,
) => void;

interface SgdRates {
  readonly learningRate: number;
  readonly momentum: number;
  readonly keep: number;
  readonly take: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly sign: 1 | -1;
}

export const sgdFloat32: SgdKernel<Float32Array> = (p, pAt, v, vAt, g, gAt, count, rates) => {
  const fround = Math.fround;
  const learningRate = fround(rates.learningRate);
  const momentum = fround(rates.momentum);
  const keep = fround(rates.keep);
  const take = fround(rates.take);
  const weightDecay = fround(rates.weightDecay);
  const { nesterov, sign } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const slope = fround(sign * g[gAt + i] + fround(weightDecay * weight));
    const velocity = fround(fround(keep * v[vAt + i]) + fround(take * slope));
    v[vAt + i] = velocity;
    const direction = nesterov ? fround(slope + fround(momentum * velocity)) : velocity;
    p[pAt + i] = fround(weight - fround(learningRate * direction));
  }
};

export const sgdFloat64: SgdKernel<Float64Array> = (p, pAt, v, vAt, g, gAt, count, rates) => {
  const { learningRate, momentum, keep, take, weightDecay, nesterov, sign } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const slope = sign * g[gAt + i] + weightDecay * weight;
    const velocity = keep * v[vAt + i] + take * slope;
    v[vAt + i] = velocity;
    p[pAt + i] = weight - learningRate * (nesterov ? slope + momentum * velocity : velocity);
  }
};

/** Without momentum there is no velocity to keep. */
export const plainFloat32: SgdKernel<Float32Array> = (p, pAt, _v, _vAt, g, gAt, count, rates) => {
  const fround = Math.fround;
  const learningRate = fround(rates.learningRate);
  const weightDecay = fround(rates.weightDecay);
  const { sign } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const slope = fround(sign * g[gAt + i] + fround(weightDecay * weight));
    p[pAt + i] = fround(weight - fround(learningRate * slope));
  }
};

export const plainFloat64: SgdKernel<Float64Array> = (p, pAt, _v, _vAt, g, gAt, count, rates) => {
  const { learningRate, weightDecay, sign } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    p[pAt + i] = weight - learningRate * (sign * g[gAt + i] + weightDecay * weight);
  }
};
