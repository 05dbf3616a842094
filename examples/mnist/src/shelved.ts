/** A training on a shelf: the images it learns from and all of its state, opened where the last process left them. */

import { asarray, type NDArray, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";

import { DATA_SET_NAMES, type DataSetName } from "./data-set-names.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Layers, LAYER_NAMES, layerShapes } from "./network.ts";
import { type Examples, firstState, type Settings, stepsInTotal, Trainer, type TrainingState } from "./training.ts";

export interface TrainingOptions {
  readonly path: string;
  readonly size: string;
  readonly settings: Settings;
  /** How many training images to use, from the first on. */
  readonly images: number;
  /** Start anew: whatever the shelf at the path holds is gone. */
  readonly begin: boolean;
}

export interface ShelvedTraining {
  readonly state: TrainingState;
  readonly examples: Examples;
  readonly testExamples: Examples;
  /** Whether the images had to be placed on the shelf, which reads the data set, or were there. */
  readonly dataSet: "placed" | "found";
  readonly dataSetBytes: number;
  /** Time that placing them took, part of the time of opening. */
  readonly placingMs: number;
  readonly shelf: Shelf<Variables>;
}

/** Every name on the shelf. */
type Variables = Record<DataSetName, NDArray<"uint8">> &
  Record<`weights.${keyof Layers}` | `velocity.${keyof Layers}`, NDArray<"float32">> & {
    random: NDArray<"int32">;
    losses: NDArray<"float32">;
    settings: Settings;
    step: number;
    epoch: number;
  };

/**
 * Opens the training at a path, makes what is not there yet, and takes up the rest as it is: the settings on the shelf
 * win over those given. The arrays handed out are the shelf's own bytes, gone when the shelf is closed.
 */
export async function openTraining(options: TrainingOptions): Promise<ShelvedTraining> {
  const { path, size, settings, images, begin } = options;
  const shelf = openShelf<Variables>(path, { size, forceNew: begin, types: [ndarrayCodec] });
  const placing = performance.now();
  const missing = DATA_SET_NAMES.filter((name) => !shelf.has(name));
  if (missing.length > 0) await place(shelf, missing, images);
  if (!shelf.has("settings")) beginTraining(shelf, settings, images);
  const placingMs = missing.length > 0 ? performance.now() - placing : 0;
  return {
    state: stateOn(shelf),
    examples: { images: get(shelf, "trainingImages").data, labels: get(shelf, "trainingLabels").data },
    testExamples: { images: get(shelf, "testImages").data, labels: get(shelf, "testLabels").data },
    dataSet: missing.length > 0 ? "placed" : "found",
    dataSetBytes: DATA_SET_NAMES.reduce((bytes, name) => bytes + get(shelf, name).nbytes, 0),
    placingMs,
    shelf,
  };
}

/** What a finished training has on its shelf. */
export interface Inspection {
  readonly fingerprint: string;
  /** Share of the test images that the weights classify correctly. */
  readonly accuracy: number;
}

/** Opens a training, reads what it came to and closes it again. */
export async function inspectTraining(options: Omit<TrainingOptions, "begin">): Promise<Inspection> {
  const { shelf, state, examples, testExamples } = await openTraining({ ...options, begin: false });
  try {
    const accuracy = new Trainer(state, examples).accuracy(testExamples);
    return { fingerprint: fingerprint(state.weights, state.velocity), accuracy };
  } finally {
    shelf.close();
  }
}

/** Reads the data set, which nothing else does: the module that can is not even loaded where the arrays are there. */
async function place(shelf: Shelf<Variables>, names: readonly DataSetName[], images: number): Promise<void> {
  const { readDataSet } = await import("./data-set.ts");
  for (const name of names) {
    const { shape, data } = readDataSet(name);
    const whole = asarray(data, shape);
    shelf.set(name, name.startsWith("training") ? whole.slice([0, images]) : whole);
  }
}

/** Puts the state of a training that has taken no step on the shelf: all of it, or after a crash nothing. */
function beginTraining(shelf: Shelf<Variables>, settings: Settings, images: number): void {
  const { weights, velocity, random } = firstState(settings);
  const shapes = layerShapes(settings.hiddenUnits);
  shelf.transaction(() => {
    for (const name of LAYER_NAMES) {
      shelf.set(`weights.${name}`, asarray(weights[name], shapes[name]));
      shelf.set(`velocity.${name}`, asarray(velocity[name], shapes[name]));
    }
    shelf.set("random", asarray(random));
    shelf.set("losses", asarray(new Float32Array(stepsInTotal(settings, images))));
    shelf.set("settings", settings);
    shelf.set("step", 0);
    shelf.set("epoch", 0);
  });
}

/** The state whose arrays are the shelf's bytes and whose every update is one transaction. */
function stateOn(shelf: Shelf<Variables>): TrainingState {
  const layers = (kind: "weights" | "velocity"): Layers => ({
    hiddenWeights: get(shelf, `${kind}.hiddenWeights`).data,
    hiddenBias: get(shelf, `${kind}.hiddenBias`).data,
    outputWeights: get(shelf, `${kind}.outputWeights`).data,
    outputBias: get(shelf, `${kind}.outputBias`).data,
  });
  return {
    settings: get(shelf, "settings"),
    weights: layers("weights"),
    velocity: layers("velocity"),
    random: get(shelf, "random").data,
    losses: get(shelf, "losses").data,
    get step() {
      return get(shelf, "step");
    },
    set step(step) {
      shelf.set("step", step);
    },
    get epoch() {
      return get(shelf, "epoch");
    },
    set epoch(epoch) {
      shelf.set("epoch", epoch);
    },
    update(step, change) {
      shelf.transaction(() => {
        // Before bytes are changed in place, the transaction is told, so that it can bring them back.
        for (const name of LAYER_NAMES) {
          shelf.snapshot(`weights.${name}`);
          shelf.snapshot(`velocity.${name}`);
        }
        shelf.snapshot("random");
        shelf.snapshot("losses", step * Float32Array.BYTES_PER_ELEMENT, Float32Array.BYTES_PER_ELEMENT);
        change();
      });
    },
  };
}

function get<Name extends keyof Variables>(shelf: Shelf<Variables>, name: Name): Variables[Name] {
  const value = shelf.get(name);
  if (value === undefined) throw new Error(`the shelf ${shelf.source} has no ${name}: remove the file and start again`);
  return value;
}
