/** What it costs to have every training step on a shelf, in one transaction: the same training with and without. */

import { join } from "node:path";

import { type Contender, type Medium, type Peer, secondsOf, type Workload } from "@nodemm/bench";
import { asarray, type NDArray } from "@nodemm/ndarray-pm";

import { type DataSetName, TRAINING_IMAGES } from "#example/data-set-names.js";
import { readDataSet } from "#example/data-set.js";
import { defaultSettings } from "#example/options.js";
import { openTraining } from "#example/shelved.js";
import { type Settings, stateInMemory, Trainer } from "#example/training.js";

function read(name: DataSetName): NDArray<"uint8"> {
  const { data, shape } = readDataSet(name);
  return asarray(data, shape);
}

/** So many epochs that no sample reaches the end. */
const settings: Settings = { ...defaultSettings, epochs: 100 };

export function stepOverheadWorkload(medium: Medium): Workload {
  return {
    id: `step-overhead.${medium.id}`,
    title: "one training step on MNIST, its whole state updated",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    // Short samples, many of them: on a busy machine neighbours in time are the ones that compare.
    samples: 60,
    warmups: 10,
    ours: onShelf(medium),
    // Only where memory stands in for persistent memory: what a disk adds is the disk's.
    peers: [{ ...inMemory, ...(medium.id === "dev-shm" && { bar: 1.1 }) }],
  };
}

const STEPS_A_SAMPLE = 5;

function sampler(trainer: Trainer): () => number {
  const train = (): void => {
    for (let step = 0; step < STEPS_A_SAMPLE; step++) trainer.step();
  };
  return () => (secondsOf(train) * 1e3) / STEPS_A_SAMPLE;
}

function onShelf(medium: Medium): Contender {
  return {
    name: "on a shelf",
    async start() {
      // The variable is read when the shelf's file is mapped.
      if (medium.id === "dev-shm") process.env["NODEMM_FORCE_GRANULARITY"] = "cache-line";
      const path = join(medium.directory, "mnist.shelf");
      const { state, examples, shelf } = await openTraining({
        path,
        size: "128 MiB",
        settings,
        images: TRAINING_IMAGES,
        begin: true,
      });
      delete process.env["NODEMM_FORCE_GRANULARITY"];
      return {
        durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
        sample: sampler(new Trainer(state, examples)),
        stop: () => shelf.close(),
      };
    },
  };
}

/** The same tensors, optimiser and loops, in DRAM. */
const inMemory: Peer = {
  name: "in memory",
  start() {
    const examples = { images: read("trainingImages"), labels: read("trainingLabels") };
    const state = stateInMemory(settings, TRAINING_IMAGES);
    return { durability: "none", sample: sampler(new Trainer(state, examples)) };
  },
};
