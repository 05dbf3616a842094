/** Stochastic gradient descent with momentum, one step at a time, over a state that may live anywhere. */

import { array, asarray, type NDArray, zeros } from "@nodemm/ndarray-pm";
import { SGD, type SgdOptions, type Tensor, tensor } from "@nodemm/tensor-pm";
import { uniformFloat32 } from "pure-rand/distribution/uniformFloat32";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

import { initialise, type LayerName, LAYER_NAMES, type Layers, layerShapes, Network, zeroLayers } from "./network.ts";

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

/** Images and labels to learn from: grey values [count, 28, 28] and digits [count]. */
export interface Examples {
  readonly images: NDArray<"uint8">;
  readonly labels: NDArray<"uint8">;
}

/** Weights and biases, one tensor for each part of the network. */
export type Parameters = Readonly<Record<LayerName, Tensor<"float32">>>;

/** All that a training needs to carry on. Arrays are changed in place, and only inside {@link update}. */
export interface TrainingState {
  readonly settings: Settings;
  readonly parameters: Parameters;
  /** Holds the momentum: a velocity for each parameter. */
  readonly optimiser: SGD;
  /** State of the random generator (xoroshiro128+): four 32-bit words. */
  readonly random: NDArray<"int32">;
  /** Mean loss of each step taken; as long as the whole training. */
  readonly losses: NDArray<"float32">;
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

/** Random parameters and the generator's state after drawing them, for a training that begins. */
export function firstState(settings: Settings): Pick<TrainingState, "parameters" | "random"> {
  const generator = xoroshiro128plus(settings.seed);
  const weights = zeroLayers(settings.hiddenUnits);
  initialise(weights, () => uniformFloat32(generator));
  const shapes = layerShapes(settings.hiddenUnits);
  const parameterOf = (name: LayerName): Tensor<"float32"> =>
    tensor(asarray(weights[name], shapes[name]), "float32", { requiresGrad: true });
  return { parameters: eachLayer(parameterOf), random: array([...generator.getState()], "int32") };
}

/** The optimiser of a training's parameters; its velocities are where the options say. */
export function optimiserOf(
  parameters: Parameters,
  settings: Settings,
  place: Pick<SgdOptions, "shelf" | "name"> = {},
): SGD {
  const { learningRate, momentum } = settings;
  return new SGD(parameters, { learningRate, momentum, ...place });
}

/** A state in ordinary memory, gone with the process: what a training without a shelf has. */
export function stateInMemory(settings: Settings, imageCount: number): TrainingState {
  const first = firstState(settings);
  return {
    settings,
    ...first,
    optimiser: optimiserOf(first.parameters, settings),
    losses: zeros(stepsInTotal(settings, imageCount), "float32"),
    step: 0,
    epoch: 0,
    update: (_, change) => change(),
  };
}

/** One value for each part of the network. */
export function eachLayer<Value>(make: (name: LayerName) => Value): Record<LayerName, Value> {
  return Object.fromEntries(LAYER_NAMES.map((name) => [name, make(name)])) as Record<LayerName, Value>;
}

/** The elements of float32 tensors, parameters or velocities, for the loops of the network: the same memory. */
export function elementsOf(tensors: Readonly<Record<string, Tensor>>): Layers {
  return eachLayer((name) => tensors[name].array.data as Float32Array);
}

/** Takes the steps of one training. */
export class Trainer {
  readonly #state: TrainingState;
  readonly #examples: Examples;
  readonly #network: Network;
  /** The parameters' elements. */
  readonly #weights: Layers;
  readonly #gradient: Layers;
  readonly #batch: Int32Array;

  constructor(state: TrainingState, examples: Examples) {
    this.#state = state;
    this.#examples = examples;
    this.#network = new Network(state.settings.hiddenUnits);
    this.#weights = elementsOf(state.parameters);
    this.#gradient = zeroLayers(state.settings.hiddenUnits);
    this.#batch = new Int32Array(state.settings.batchSize);
  }

  get done(): boolean {
    return this.#state.step >= stepsInTotal(this.#state.settings, this.#examples.labels.size);
  }

  /** Takes one step: draws a batch, finds its gradient, then changes the state in one update. Returns the mean loss. */
  step(): number {
    const state = this.#state;
    const { settings } = state;
    const { images, labels } = this.#examples;
    const random = this.#drawBatch();
    const loss = this.#network.gradient(this.#weights, this.#gradient, images.data, labels.data, this.#batch);
    const step = state.step;
    state.update(step, () => {
      state.optimiser.step(this.#gradient);
      state.random.assign(random);
      state.losses.set(step, loss);
      state.step = step + 1;
      state.epoch = Math.floor((step + 1) / stepsPerEpoch(settings, labels.size));
    });
    return loss;
  }

  /** Share of examples that the present weights classify correctly, 0 to 1. */
  accuracy({ images, labels }: Examples): number {
    return this.#network.countCorrect(this.#weights, images.data, labels.data) / labels.size;
  }

  /** Fills the batch with images drawn at random and returns the generator's state afterwards. */
  #drawBatch(): number[] {
    const generator = xoroshiro128plusFromState([...this.#state.random.data]);
    const last = this.#examples.labels.size - 1;
    for (let index = 0; index < this.#batch.length; index++) this.#batch[index] = uniformInt(generator, 0, last);
    return [...generator.getState()];
  }
}
