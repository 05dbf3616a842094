/**
 * A network of two dense layers, 784 pixels -> hidden units (ReLU) -> 10 digits (softmax), in plain loops over float32
 * arrays. Every operation has one fixed order and is rounded the same way each time, so the same inputs give the same
 * bits in every run: that is what lets an interrupted training be compared with an uninterrupted one.
 *
 * Weights are laid out input-major (`weights[input * outputs + output]`): a pixel that is 0, as most are, costs nothing.
 */

export const PIXELS = 784;
const DIGITS = 10;

/** The parts of the network; {@link layerShapes} has their shapes. */
export const LAYER_NAMES = ["hiddenWeights", "hiddenBias", "outputWeights", "outputBias"] as const;

export type LayerName = (typeof LAYER_NAMES)[number];

/** One float32 array for each part of the network: its weights, or anything of the same shape (gradients, velocity). */
export type Layers = Readonly<Record<LayerName, Float32Array>>;

/** Shape of each part for a number of hidden units, which is a multiple of 4. */
export function layerShapes(hiddenUnits: number): Readonly<Record<LayerName, readonly number[]>> {
  if (!(hiddenUnits > 0 && hiddenUnits % 4 === 0))
    throw new RangeError(`expected a positive multiple of 4 hidden units, found ${hiddenUnits}`);
  return {
    hiddenWeights: [PIXELS, hiddenUnits],
    hiddenBias: [hiddenUnits],
    outputWeights: [hiddenUnits, DIGITS],
    outputBias: [DIGITS],
  };
}

/** Layers of zeros in ordinary memory. */
export function zeroLayers(hiddenUnits: number): Layers {
  const shapes = layerShapes(hiddenUnits);
  const zeros = (name: LayerName): Float32Array => new Float32Array(shapes[name].reduce((a, b) => a * b));
  return {
    hiddenWeights: zeros("hiddenWeights"),
    hiddenBias: zeros("hiddenBias"),
    outputWeights: zeros("outputWeights"),
    outputBias: zeros("outputBias"),
  };
}

/** Fills weights for the start of training: He's uniform initialisation, biases 0. `random` gives [0, 1). */
export function initialise(weights: Layers, random: () => number): void {
  const scatter = (values: Float32Array, inputs: number): void => {
    const bound = Math.sqrt(6 / inputs);
    for (let index = 0; index < values.length; index++) values[index] = (2 * random() - 1) * bound;
  };
  scatter(weights.hiddenWeights, PIXELS);
  scatter(weights.outputWeights, weights.hiddenBias.length);
  weights.hiddenBias.fill(0);
  weights.outputBias.fill(0);
}

/** Working memory for one network; holds nothing between calls. */
export class Network {
  readonly #hidden: Float32Array;
  readonly #hiddenGradient: Float32Array;
  readonly #output: Float64Array = new Float64Array(DIGITS);

  constructor(hiddenUnits: number) {
    this.#hidden = new Float32Array(hiddenUnits);
    this.#hiddenGradient = new Float32Array(hiddenUnits);
  }

  /**
   * Sets `gradient` to the mean gradient of the cross-entropy over a batch and returns the mean loss. `images` is
   * [count, 784] grey values 0-255, `batch` the indices of the images to take.
   */
  gradient(weights: Layers, gradient: Layers, images: Uint8Array, labels: Uint8Array, batch: Int32Array): number {
    for (const name of LAYER_NAMES) gradient[name].fill(0);
    let loss = 0;
    for (let index = 0; index < batch.length; index++) {
      const image = batch[index];
      this.#forward(weights, images, image * PIXELS);
      loss += this.#softmaxLoss(labels[image]);
      this.#backward(weights, gradient, images, image * PIXELS);
    }
    const scale = Math.fround(1 / batch.length);
    for (const name of LAYER_NAMES) {
      const values = gradient[name];
      for (let index = 0; index < values.length; index++) values[index] *= scale;
    }
    return loss / batch.length;
  }

  /** How many of the images are classified as their label says. */
  countCorrect(weights: Layers, images: Uint8Array, labels: Uint8Array): number {
    let correct = 0;
    for (let image = 0; image < labels.length; image++) {
      this.#forward(weights, images, image * PIXELS);
      const output = this.#output;
      let best = 0;
      for (let digit = 1; digit < DIGITS; digit++) if (output[digit] > output[best]) best = digit;
      if (best === labels[image]) correct++;
    }
    return correct;
  }

  /** Stores the probabilities of the ten digits for one image. */
  probabilities(weights: Layers, images: Uint8Array, image: number, target: Float64Array): void {
    this.#forward(weights, images, image * PIXELS);
    this.#softmax();
    target.set(this.#output);
  }

  /** Leaves the hidden units before ReLU in `#hidden` and the logits in `#output`. */
  #forward(weights: Layers, images: Uint8Array, offset: number): void {
    const hidden = this.#hidden;
    const output = this.#output;
    const { hiddenWeights, outputWeights } = weights;
    const units = hidden.length;
    hidden.set(weights.hiddenBias);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const grey = images[offset + pixel];
      if (grey !== 0) addScaled(hidden, 0, hiddenWeights, pixel * units, Math.fround(grey / 255), units);
    }
    output.set(weights.outputBias);
    for (let unit = 0; unit < units; unit++) {
      const active = hidden[unit];
      if (active <= 0) continue;
      const row = unit * DIGITS;
      for (let digit = 0; digit < DIGITS; digit++) output[digit] += active * outputWeights[row + digit];
    }
  }

  /** Turns the logits in `#output` into their gradient (softmax minus one-hot) and returns the cross-entropy. */
  #softmaxLoss(label: number): number {
    const output = this.#output;
    this.#softmax();
    const loss = -Math.log(output[label]);
    output[label] -= 1;
    return loss;
  }

  /** Turns the logits in `#output` into probabilities. */
  #softmax(): void {
    const output = this.#output;
    let highest = output[0];
    for (let digit = 1; digit < DIGITS; digit++) if (output[digit] > highest) highest = output[digit];
    let sum = 0;
    for (let digit = 0; digit < DIGITS; digit++) sum += output[digit] = Math.exp(output[digit] - highest);
    for (let digit = 0; digit < DIGITS; digit++) output[digit] /= sum;
  }

  /** Adds one image's gradient, from what {@link #forward} and {@link #softmaxLoss} left. */
  #backward(weights: Layers, gradient: Layers, images: Uint8Array, offset: number): void {
    const hidden = this.#hidden;
    const hiddenGradient = this.#hiddenGradient;
    const output = this.#output;
    const { outputWeights } = weights;
    const units = hidden.length;
    for (let digit = 0; digit < DIGITS; digit++) gradient.outputBias[digit] += output[digit];
    for (let unit = 0; unit < units; unit++) {
      const active = hidden[unit];
      let sum = 0;
      if (active > 0) {
        const row = unit * DIGITS;
        for (let digit = 0; digit < DIGITS; digit++) {
          sum += output[digit] * outputWeights[row + digit];
          gradient.outputWeights[row + digit] += output[digit] * active;
        }
      }
      hiddenGradient[unit] = sum;
      gradient.hiddenBias[unit] += sum;
    }
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const grey = images[offset + pixel];
      if (grey !== 0)
        addScaled(gradient.hiddenWeights, pixel * units, hiddenGradient, 0, Math.fround(grey / 255), units);
    }
  }
}

/**
 * `target[t + i] += factor * source[s + i]` for `count` elements, a multiple of 4. `Math.fround` around each operation
 * lets the engine stay in float32 registers; four at a time keeps the loop's own cost down.
 */
function addScaled(
  target: Float32Array,
  targetStart: number,
  source: Float32Array,
  sourceStart: number,
  factor: number,
  count: number,
): void {
  const fround = Math.fround;
  for (let index = 0; index < count; index += 4) {
    const t = targetStart + index;
    const s = sourceStart + index;
    target[t] = fround(target[t] + fround(factor * source[s]));
    target[t + 1] = fround(target[t + 1] + fround(factor * source[s + 1]));
    target[t + 2] = fround(target[t + 2] + fround(factor * source[s + 2]));
    target[t + 3] = fround(target[t + 3] + fround(factor * source[s + 3]));
  }
}
