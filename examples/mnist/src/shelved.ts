/** A training on a shelf: the images it learns from and all of its state, opened where the last process left them. */

import { asarray, type NDArray, ndarrayCodec, zeros } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { type Tensor, tensorCodec } from "@nodemm/tensor-pm";

import { DATA_SET_NAMES, type DataSetName } from "./data-set-names.ts";
import { fingerprint } from "./fingerprint.ts";
import { type LayerName, LAYER_NAMES } from "./network.ts";
import {
  eachLayer,
  elementsOf,
  type Examples,
  firstState,
  optimiserOf,
  type Parameters,
  type Settings,
  stepsInTotal,
  Trainer,
  type TrainingState,
} from "./training.ts";

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

/** Every name on the shelf: `weights/hiddenBias`, `velocity/hiddenBias` and so on, and the rest. */
type Variables = Record<DataSetName, NDArray<"uint8">> &
  Record<`${"weights" | "velocity"}/${LayerName}`, Tensor<"float32">> & {
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
  const shelf = openShelf<Variables>(path, { size, forceNew: begin, types: [ndarrayCodec, tensorCodec] });
  const placing = performance.now();
  const missing = DATA_SET_NAMES.filter((name) => !shelf.has(name));
  if (missing.length > 0) await place(shelf, missing, images);
  if (!shelf.has("settings")) beginTraining(shelf, settings, images);
  const placingMs = missing.length > 0 ? performance.now() - placing : 0;
  return {
    state: stateOn(shelf),
    examples: { images: get(shelf, "trainingImages"), labels: get(shelf, "trainingLabels") },
    testExamples: { images: get(shelf, "testImages"), labels: get(shelf, "testLabels") },
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
    const { parameters, optimiser } = state;
    return { fingerprint: fingerprint(elementsOf(parameters), elementsOf(optimiser.velocities)), accuracy };
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
  const { parameters, random } = firstState(settings);
  shelf.transaction(() => {
    for (const name of LAYER_NAMES) shelf.set(`weights/${name}`, parameters[name]);
    shelf.set("random", random);
    shelf.set("losses", zeros(stepsInTotal(settings, images), "float32"));
    shelf.set("settings", settings);
    shelf.set("step", 0);
    shelf.set("epoch", 0);
    // Makes the velocities.
    optimiserOn(shelf, parametersOn(shelf));
  });
}

/** The state whose arrays are the shelf's bytes and whose every update is one transaction. */
function stateOn(shelf: Shelf<Variables>): TrainingState {
  const parameters = parametersOn(shelf);
  const optimiser = optimiserOn(shelf, parameters);
  const changedInPlace = [...LAYER_NAMES.map((name) => `weights/${name}`), ...optimiser.variables, "random"];
  return {
    settings: get(shelf, "settings"),
    parameters,
    optimiser,
    random: get(shelf, "random"),
    losses: get(shelf, "losses"),
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
        // The optimiser would save what it changes by itself. Saved here, all of it costs one fence.
        shelf.snapshot(changedInPlace);
        shelf.snapshot("losses", step * Float32Array.BYTES_PER_ELEMENT, Float32Array.BYTES_PER_ELEMENT);
        change();
      });
    },
  };
}

function parametersOn(shelf: Shelf<Variables>): Parameters {
  return eachLayer((name) => get(shelf, `weights/${name}`));
}

function optimiserOn(shelf: Shelf<Variables>, parameters: Parameters): TrainingState["optimiser"] {
  return optimiserOf(parameters, get(shelf, "settings"), { shelf, name: "velocity" });
}

function get<Name extends keyof Variables>(shelf: Shelf<Variables>, name: Name): Variables[Name] {
  const value = shelf.get(name);
  if (value === undefined) throw new Error(`the shelf ${shelf.source} has no ${name}: remove the file and start again`);
  return value;
}
