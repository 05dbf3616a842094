/** Gradient descent that never settles: its parameters at regular steps are samples of the posterior. */
import { readDataSet } from "@nodemm/example-mnist/data-set";
import { initialise, Network, zeroLayers } from "@nodemm/example-mnist/network";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import { layersIn, parameterCount } from "./parameters.ts";
import { batchSize, hiddenUnits, learningRate, type Settings, stepsPerSample } from "./settings.ts";

/** Where a chain goes on from: none for a new one, which is burnt in first. */
type Start = Float32Array | undefined;

export class Chain {
  readonly #parameters = new Float32Array(parameterCount);
  readonly #layers = layersIn(this.#parameters);
  readonly #gradient = zeroLayers(hiddenUnits);
  readonly #network = new Network(hiddenUnits);
  readonly #batch = new Int32Array(batchSize);
  readonly #images = readDataSet("trainingImages").data;
  readonly #labels = readDataSet("trainingLabels").data;
  readonly #random;

  /** @param taken how many samples the chain has given before */
  constructor({ seed, burnInSteps }: Settings, start: Start, taken: number) {
    this.#random = xoroshiro128plus(seed + taken);
    if (start === undefined) {
      initialise(this.#layers, () => uniformFloat32(this.#random));
      this.#steps(burnInSteps);
    } else {
      this.#parameters.set(start);
    }
  }

  /** The next sample, a copy. */
  next(): Float32Array {
    this.#steps(stepsPerSample);
    return this.#parameters.slice();
  }

  #steps(count: number): void {
    for (let step = 0; step < count; step++) {
      for (let at = 0; at < batchSize; at++) this.#batch[at] = uniformInt(this.#random, 0, this.#labels.length - 1);
      this.#network.gradient(this.#layers, this.#gradient, this.#images, this.#labels, this.#batch);
      for (const name of ["hiddenWeights", "hiddenBias", "outputWeights", "outputBias"] as const) {
        const [values, slopes] = [this.#layers[name], this.#gradient[name]];
        for (let at = 0; at < values.length; at++) values[at] -= learningRate * slopes[at];
      }
    }
  }
}
