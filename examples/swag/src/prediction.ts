/** What networks say about the test images, and how good that is. */
import { readDataSet } from "@nodemm/example-mnist/data-set";
import { Network } from "@nodemm/example-mnist/network";

import { layersIn } from "./parameters.ts";
import { hiddenUnits } from "./settings.ts";

const digits = 10;

/** Predictions that are as sure as each other, to within a tenth. */
interface Bin {
  readonly count: number;
  /** Mean probability of the digit that was predicted. */
  readonly confidence: number;
  /** Share that was right. */
  readonly accuracy: number;
}

export interface Score {
  readonly accuracy: number;
  /** Mean negative logarithm of the probability of the right digit: lower is better. */
  readonly negativeLogLikelihood: number;
  /** Mean distance between confidence and accuracy. */
  readonly calibrationError: number;
  readonly bins: readonly Bin[];
}

export class Predictor {
  readonly #network = new Network(hiddenUnits);
  readonly #images = readDataSet("testImages").data;
  readonly #labels;

  constructor(count: number) {
    this.#labels = readDataSet("testLabels").data.subarray(0, count);
  }

  /** Probabilities [image, digit], the mean over the networks that `each` hands out. */
  predict(networks: Iterable<Float32Array>): Float64Array {
    const sum = new Float64Array(this.#labels.length * digits);
    const one = new Float64Array(digits);
    let count = 0;
    for (const parameters of networks) {
      const layers = layersIn(parameters);
      count++;
      for (let image = 0; image < this.#labels.length; image++) {
        this.#network.probabilities(layers, this.#images, image, one);
        for (let digit = 0; digit < digits; digit++) sum[image * digits + digit] += one[digit];
      }
    }
    return sum.map((value) => value / count);
  }

  score(probabilities: Float64Array): Score {
    const labels = this.#labels;
    const bins = Array.from({ length: 10 }, () => ({ count: 0, confidence: 0, right: 0 }));
    let loss = 0;
    for (const [image, label] of labels.entries()) {
      const row = probabilities.subarray(image * digits, image * digits + digits);
      const confidence = Math.max(...row);
      const bin = bins[Math.min(9, Math.floor(confidence * 10))];
      bin.count++;
      bin.confidence += confidence;
      if (row.indexOf(confidence) === label) bin.right++;
      loss -= Math.log(Math.max(row[label], 1e-300));
    }
    const sum = (of: (bin: (typeof bins)[number]) => number): number => bins.reduce((total, bin) => total + of(bin), 0);
    return {
      accuracy: sum(({ right }) => right) / labels.length,
      negativeLogLikelihood: loss / labels.length,
      calibrationError: sum(({ confidence, right }) => Math.abs(confidence - right)) / labels.length,
      bins: bins
        .filter(({ count }) => count > 0)
        .map(({ count, confidence, right }) => ({ count, confidence: confidence / count, accuracy: right / count })),
    };
  }
}
