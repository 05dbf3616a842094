export interface Settings {
  /** The shelf file. */
  readonly path: string;
  /** Samples of the posterior to collect. */
  readonly samples: number;
  /** What the process may have of memory of its own, in MiB. */
  readonly limitMiB: number;
  /** Deviations that the low-rank part of the covariance is made of. */
  readonly rank: number;
  /** Networks drawn from the posterior for a prediction. */
  readonly draws: number;
  /** Test images to predict. */
  readonly images: number;
  readonly seed: number;
  /** Steps of gradient descent before the first sample. */
  readonly burnInSteps: number;
}

export const hiddenUnits = 64;
export const batchSize = 32;
/** Steps of gradient descent between two samples. */
export const stepsPerSample = 2;
/** High enough that the chain keeps moving between good networks: that is what is sampled. */
export const learningRate = 0.3;
/** Samples that are appended together, in one commit. */
export const samplesPerCommit = 20;
