/**
 * One step of SGD over one parameter, `count` elements from an index of each array. PyTorch's formula:
 *
 *     g += weightDecay * p;  v = momentum * v + g;  p -= learningRate * v
 *
 * float32 rounds after each operation, so that the same inputs give the same bits wherever it runs.
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
  readonly weightDecay: number;
}

export const sgdFloat32: SgdKernel<Float32Array> = (p, pAt, v, vAt, g, gAt, count, rates) => {
  const fround = Math.fround;
  const learningRate = fround(rates.learningRate);
  const momentum = fround(rates.momentum);
  const weightDecay = fround(rates.weightDecay);
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const slope = fround(g[gAt + i] + fround(weightDecay * weight));
    const velocity = fround(fround(momentum * v[vAt + i]) + slope);
    v[vAt + i] = velocity;
    p[pAt + i] = fround(weight - fround(learningRate * velocity));
  }
};

export const sgdFloat64: SgdKernel<Float64Array> = (p, pAt, v, vAt, g, gAt, count, rates) => {
  const { learningRate, momentum, weightDecay } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const velocity = momentum * v[vAt + i] + (g[gAt + i] + weightDecay * weight);
    v[vAt + i] = velocity;
    p[pAt + i] = weight - learningRate * velocity;
  }
};

/** Without momentum there is no velocity to keep. */
export const plainFloat32: SgdKernel<Float32Array> = (p, pAt, _v, _vAt, g, gAt, count, rates) => {
  const fround = Math.fround;
  const learningRate = fround(rates.learningRate);
  const weightDecay = fround(rates.weightDecay);
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    const slope = fround(g[gAt + i] + fround(weightDecay * weight));
    p[pAt + i] = fround(weight - fround(learningRate * slope));
  }
};

export const plainFloat64: SgdKernel<Float64Array> = (p, pAt, _v, _vAt, g, gAt, count, rates) => {
  const { learningRate, weightDecay } = rates;
  for (let i = 0; i < count; i++) {
    const weight = p[pAt + i];
    p[pAt + i] = weight - learningRate * (g[gAt + i] + weightDecay * weight);
  }
};
