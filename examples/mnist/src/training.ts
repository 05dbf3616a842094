/** Stochastic gradient descent with momentum, one step at a time, over a state that may live anywhere. */

import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

import { initialise, type Layers, LAYER_NAMES, Network, zeroLayers } from "./network.ts";

/** What decides the course of a training: with the same settings and images it ends in the same bits. */
export interface Settings {
  readonly seed: number;
  readonly epochs: number;
  /** Images a step. */
  readonly batchSize: number;
  readonly hiddenUnits: number;
  readonly learningRate: number;
  /** How much of the last step's direction the next one keeps. */
  readonly momentum: number;
}

/** Images and labels to learn from: uint8 [count, 784] grey values and uint8 [count] digits. */
export interface Examples {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** All that a training needs to carry on. Arrays are changed in place, and only inside {@link update}. */
export interface TrainingState {
  readonly settings: Settings;
  readonly weights: Layers;
  /** Momentum: the running direction of each weight. */
  readonly velocity: Layers;
  /** State of the random generator (xoroshiro128+): four 32-bit words. */
  readonly random: Int32Array;
  /** Mean loss of each step taken; as long as the whole training. */
  readonly losses: Float32Array;
  /** Steps taken. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** Runs `change`, which takes step number `step`; afterwards all of its changes count, or none. */
  update(step: number, change: () => void): void;
}

/** Steps of one epoch: as many as draw each image once on average. */
function stepsPerEpoch(settings: Settings, imageCount: number): number {
  return Math.max(1, Math.floor(imageCount / settings.batchSize));
}

export function stepsInTotal(settings: Settings, imageCount: number): number {
  return settings.epochs * stepsPerEpoch(settings, imageCount);
}

/** Random weights and the generator's state after drawing them, for a training that begins. */
export function firstState(settings: Settings): Pick<TrainingState, "weights" | "velocity" | "random"> {
  const generator = xoroshiro128plus(settings.seed);
  const weights = zeroLayers(settings.hiddenUnits);
  initialise(weights, () => uniformFloat32(generator));
  return { weights, velocity: zeroLayers(settings.hiddenUnits), random: Int32Array.from(generator.getState()) };
}

/** A state in ordinary memory, gone with the process: what a training without a shelf has. */
export function stateInMemory(settings: Settings, imageCount: number): TrainingState {
  return {
    settings,
    ...firstState(settings),
    losses: new Float32Array(stepsInTotal(settings, imageCount)),
    step: 0,
    epoch: 0,
    update: (_, change) => change(),
  };
}

/** Takes the steps of one training. */
export class Trainer {
  readonly #state: TrainingState;
  readonly #examples: Examples;
  readonly #network: Network;
  readonly #gradient: Layers;
  readonly #batch: Int32Array;

  constructor(state: TrainingState, examples: Examples) {
    this.#state = state;
    this.#examples = examples;
    this.#network = new Network(state.settings.hiddenUnits);
    this.#gradient = zeroLayers(state.settings.hiddenUnits);
    this.#batch = new Int32Array(state.settings.batchSize);
  }

  get done(): boolean {
    return this.#state.step >= stepsInTotal(this.#state.settings, this.#examples.labels.length);
  }

  /** Takes one step: draws a batch, finds its gradient, then changes the state in one update. Returns the mean loss. */
  step(): number {
    const state = this.#state;
    const { settings } = state;
    const { images, labels } = this.#examples;
    const random = this.#drawBatch();
    const loss = this.#network.gradient(state.weights, this.#gradient, images, labels, this.#batch);
    const step = state.step;
    state.update(step, () => {
      for (const name of LAYER_NAMES)
        descend(
          state.weights[name],
          state.velocity[name],
          this.#gradient[name],
          settings.learningRate,
          settings.momentum,
        );
      state.random.set(random);
      state.losses[step] = loss;
      state.step = step + 1;
      state.epoch = Math.floor((step + 1) / stepsPerEpoch(settings, labels.length));
    });
    return loss;
  }

  /** Share of examples that the present weights classify correctly, 0 to 1. */
  accuracy(examples: Examples): number {
    return this.#network.countCorrect(this.#state.weights, examples.images, examples.labels) / examples.labels.length;
  }

  /** Fills the batch with images drawn at random and returns the generator's state afterwards. */
  #drawBatch(): readonly number[] {
    const generator = xoroshiro128plusFromState([...this.#state.random]);
    const last = this.#examples.labels.length - 1;
    for (let index = 0; index < this.#batch.length; index++) this.#batch[index] = uniformInt(generator, 0, last);
    return generator.getState();
  }
}

/** `velocity = momentum * velocity - rate * gradient`, then `weights += velocity`. */
function descend(
  weights: Float32Array,
  velocity: Float32Array,
  gradient: Float32Array,
  rate: number,
  momentum: number,
): void {
  for (let index = 0; index < weights.length; index++) {
    velocity[index] = momentum * velocity[index] - rate * gradient[index];
    weights[index] += velocity[index];
  }
}
