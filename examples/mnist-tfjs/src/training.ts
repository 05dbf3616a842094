/** A network of TensorFlow.js, its training, and where they are kept. Nothing here knows that it will be killed. */
import { createHash } from "node:crypto";

import { readDataSet } from "@nodemm/example-mnist/data-set";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { load, type Tensor, tensorTypes } from "@nodemm/tensor-pm";
import { progressOf, shelfIO } from "@nodemm/tensor-pm/tfjs";
// oxlint-disable-next-line import/no-unassigned-import -- registers the backend
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers, type LayersModel, loadLayersModel, sequential } from "@tensorflow/tfjs-layers";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Settings {
  /** The shelf file. */
  readonly path: string;
  /** Steps in total. */
  readonly steps: number;
  /** A checkpoint after every so many steps. */
  readonly every: number;
  /** Images a step. */
  readonly batchSize: number;
  readonly seed: number;
}

/** What the checkpoint is called on the shelf. */
const name = "network";

export interface Training {
  readonly model: LayersModel;
  /** Steps taken. */
  readonly step: number;
}

export function open(path: string): Shelf {
  tf.enableProdMode();
  return openShelf(path, { size: "16 MiB", types: tensorTypes });
}

/** The training that is on the shelf, or one that begins. */
export async function openTraining(shelf: Shelf, { seed }: Settings): Promise<Training> {
  await tf.setBackend("cpu");
  if (shelf.has(name)) {
    return { model: await loadLayersModel(shelfIO(shelf, name)), step: progressOf<number>(shelf, name) };
  }
  const init = (offset: number): ReturnType<typeof initializers.heUniform> =>
    initializers.heUniform({ seed: seed + offset });
  const model = sequential({
    layers: [
      layers.dense({ inputShape: [784], units: 64, activation: "relu", kernelInitializer: init(0) }),
      layers.dense({ units: 10, activation: "softmax", kernelInitializer: init(1) }),
    ],
  });
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: "categoricalCrossentropy" });
  return { model, step: 0 };
}

/** Model, optimiser and step together, or after a crash what was saved before. */
export async function saveTraining(shelf: Shelf, { model, step }: Training): Promise<void> {
  await model.save(shelfIO(shelf, name, { progress: () => step }), { includeOptimizer: true });
}

export interface Examples {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export function readExamples(part: "training" | "test"): Examples {
  return { images: readDataSet(`${part}Images`).data, labels: readDataSet(`${part}Labels`).data };
}

/** One step. Which images it takes follows from its number alone, so that a step taken again is the same step. */
export async function takeStep(
  model: LayersModel,
  { images, labels }: Examples,
  step: number,
  { seed, batchSize }: Settings,
): Promise<number> {
  const random = xoroshiro128plus(seed * 1_000_003 + step);
  const chosen = Array.from({ length: batchSize }, () => uniformInt(random, 0, labels.length - 1));
  const [x, y] = [pixelsOf(images, chosen), tf.oneHot([...chosen.map((image) => labels[image])], 10)];
  try {
    return (await model.trainOnBatch(x, y)) as number;
  } finally {
    tf.dispose([x, y]);
  }
}

/** Share of images classified correctly, 0 to 1. */
export function accuracyOf(model: LayersModel, { images, labels }: Examples): number {
  const all = Array.from(labels.keys());
  return tf.tidy(() => {
    const scores = model.predict(pixelsOf(images, all), { batchSize: 500 }) as tf.Tensor;
    const found = tf.argMax(scores, 1).dataSync();
    return all.filter((image) => found[image] === labels[image]).length / labels.length;
  });
}

function pixelsOf(images: Uint8Array, chosen: readonly number[]): tf.Tensor {
  const pixels = new Float32Array(chosen.length * 784);
  for (const [row, image] of chosen.entries()) {
    for (let pixel = 0; pixel < 784; pixel++) pixels[row * 784 + pixel] = images[image * 784 + pixel] / 255;
  }
  return tf.tensor(pixels, [chosen.length, 784]);
}

/** SHA-256 of every bit of weights and optimiser state on the shelf: equal only where all are. */
export function fingerprint(shelf: Shelf): string {
  const hash = createHash("sha256");
  const weights = load<ReadonlyMap<string, Tensor>>(shelf, name, { at: ["weights"] });
  for (const { array } of weights.values()) hash.update(new Uint8Array(array.data.buffer));
  return hash.digest("hex");
}
