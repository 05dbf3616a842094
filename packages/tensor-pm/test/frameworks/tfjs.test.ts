// oxlint-disable-next-line import/no-unassigned-import -- registers the backend
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { arange } from "@nodemm/ndarray-pm";
import { beforeAll, describe, expect, test } from "vitest";
import {
  checkpointCallback,
  fromTf,
  progressOf,
  shareWeights,
  shelfIO,
  toTf,
} from "../../src/frameworks/tfjs/index.ts";
import { listVersions, load, save, tensor } from "../../src/index.ts";
import { afterPowerFailure, freshShelf } from "./shelves.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const silent: any = 0;

/** A network that maps 3 numbers to 2. */
function network(units = 4): layers.Sequential {
  return layers.sequential({
    layers: [
      layers.layers.dense({ units, inputShape: [3], activation: "relu", name: "hidden" }),
      layers.layers.dense({ units: 2, name: "output" }),
    ],
  });
}

function trainable(optimizer: string | tf.Optimizer = tf.train.momentum(0.05, 0.9)): layers.Sequential {
  const model = network();
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

const x = tf.tensor2d(
  Array.from({ length: 30 }, (_, index) => Math.sin(index)),
  [10, 3],
);
const y = tf.tensor2d(
  Array.from({ length: 20 }, (_, index) => Math.cos(index)),
  [10, 2],
);
const weightsOf = (model: layers.LayersModel): number[][] => model.getWeights().map((each) => [...each.dataSync()]);
const predictionOf = (model: layers.LayersModel): number[] => [...(model.predict(x) as tf.Tensor).dataSync()];

describe("tensors of TensorFlow.js on the CPU backend", () => {
  test.each(["float32", "int32"] as const)("%s: the same memory on the shelf, in the framework and back", (dtype) => {
    const { shelf } = freshShelf();
    shelf.vars.x = tensor([[1, 2, 3]], dtype);
    const { x: stored } = shelf.vars;
    const given = toTf(tf, stored);
    expect([given.dtype, given.shape]).toEqual([dtype, [1, 3]]);
    expect(given.dataSync()).toBe(stored.array.data);
    stored.array.set(0, 1, 7);
    expect([...given.dataSync()]).toEqual([1, 7, 3]);
    expect([...tf.mul(given, 2).dataSync()]).toEqual([2, 14, 6]);
    fromTf(given).fill_(5);
    expect(stored.toArray()).toEqual([[5, 5, 5]]);
  });

  test("bool: read where it lies by what is computed from it, copied when it is taken out", () => {
    const stored = tensor([true, false]);
    const given = toTf(tf, stored);
    stored.array.set(1, 1);
    expect([...tf.logicalNot(given).dataSync()]).toEqual([0, 0]);
    expect(fromTf(given).array.data).not.toBe(stored.array.data);
  });

  test("what cannot be shared is refused with what to do, never copied in silence", () => {
    const stored = tensor(arange(6).reshape(2, 3), "float32");
    expect(() => toTf(tf, stored.array.T)).toThrow("hand over its copy()");
    expect(() => toTf(tf, tensor([1], "float64"))).toThrow('astype("float32")');
    expect(() => toTf(tf, tensor([1n]))).toThrow("no dtype int64");
    expect(() => fromTf(tf.tensor(["a"]))).toThrow("found one of string");
    const { shelf } = freshShelf();
    shelf.vars.x = stored;
    const { x: late } = shelf.vars;
    shelf.close();
    expect(() => toTf(tf, late)).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
  });
});

describe("shelfIO", () => {
  test("a model comes back with topology, weights, training configuration, optimiser and metadata", async () => {
    const { shelf, region } = freshShelf();
    const model = trainable();
    model.setUserDefinedMetadata({ purpose: "test" });
    await model.fit(x, y, { epochs: 2, verbose: silent });
    const result: any = await model.save(shelfIO(shelf, "m"), { includeOptimizer: true });
    expect(result.modelArtifactsInfo).toMatchObject({ modelTopologyType: "JSON", weightDataBytes: 4 * (26 + 26 + 1) });

    const again = await layers.loadLayersModel(shelfIO(afterPowerFailure(region), "m"));
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(predictionOf(again)).toEqual(predictionOf(model));
    expect(again.getUserDefinedMetadata()).toEqual({ purpose: "test" });
    expect(again.loss).toBe("meanSquaredError");
    expect(again.optimizer.getClassName()).toBe("Momentum");
    expect(again.toJSON(null, false)).toEqual(model.toJSON(null, false));
  });

  /** The weights of a training of ten steps, without and with saving and loading in the middle. */
  async function carriedOn(optimizer: string | tf.Optimizer): Promise<[number[], number[]]> {
    const { shelf } = freshShelf();
    const model = trainable(optimizer);
    const steps = async (trained: layers.LayersModel): Promise<void> => {
      for (let step = 0; step < 5; step++) await trained.trainOnBatch(x, y);
    };
    await steps(model);
    await model.save(shelfIO(shelf, "m"), { includeOptimizer: true });
    const again = await layers.loadLayersModel(shelfIO(shelf, "m"));
    await steps(model);
    await steps(again);
    return [weightsOf(model).flat(), weightsOf(again).flat()];
  }

  test.each(["sgd", "momentum", "rmsprop", "adagrad"])(
    "a training that is loaded carries on to the same bits with %s",
    async (name) => {
      const [whole, resumed] = await carriedOn(name === "momentum" ? tf.train.momentum(0.05, 0.9) : name);
      expect(resumed).toEqual(whole);
    },
  );

  test("with adam to the last bits but one: TensorFlow.js computes its bias corrections anew", async () => {
    const [whole, resumed] = await carriedOn("adam");
    for (const [index, weight] of whole.entries()) expect(resumed[index]).toBeCloseTo(weight, 5);
  });

  test("each weight is a tensor of the checkpoint, for others to use without a copy", async () => {
    const { shelf } = freshShelf();
    const model = network();
    await model.save(shelfIO(shelf, "m"));
    const weights = load<any>(shelf, "m", { at: ["weights"] });
    expect([...weights.keys()]).toEqual(["hidden/kernel", "hidden/bias", "output/kernel", "output/bias"]);
    expect(weights.get("hidden/kernel").shape).toEqual([3, 4]);
    expect([...weights.values()].map((each: any) => [...each.array.data])).toEqual(weightsOf(model));
    expect(weights.get("output/bias").array.storage).toBeDefined();
  });

  test("loading takes the stored bytes: TensorFlow.js makes the only copy", async () => {
    const { shelf } = freshShelf();
    await network().save(shelfIO(shelf, "m"));
    const { weightData } = await shelfIO(shelf, "m").load();
    const stored = [...load<any>(shelf, "m", { at: ["weights"] }).values()].map((each: any) => each.array.data.buffer);
    expect(weightData).toEqual(stored);
    for (const [index, buffer] of (weightData as ArrayBuffer[]).entries()) expect(buffer).toBe(stored[index]);
  });

  test("weights that no tensor can hold, and binary topologies, come back as they were", async () => {
    const { shelf } = freshShelf();
    const { data, specs } = await tf.io.encodeWeights({
      words: tf.tensor(["a", "bc"]),
      flags: tf.tensor([true], [1], "bool"),
    });
    const artifacts = {
      modelTopology: Uint8Array.from([1, 2, 3]).buffer,
      weightSpecs: specs,
      weightData: data,
      format: "graph-model",
      convertedBy: null,
    };
    const result = await shelfIO(shelf, "m").save(artifacts);
    expect(result.modelArtifactsInfo).toMatchObject({ modelTopologyType: "GraphDef", modelTopologyBytes: 3 });
    const again = await shelfIO(shelf, "m").load();
    expect(again).toMatchObject({ format: "graph-model", convertedBy: null, weightSpecs: specs });
    expect(new Uint8Array(again.modelTopology as ArrayBuffer)).toEqual(Uint8Array.from([1, 2, 3]));
    const weights = tf.io.decodeWeights(again.weightData!, again.weightSpecs!);
    expect(weights["words"].dataSync()).toEqual(["a", "bc"]);
    // A topology alone has no weights, and none are made up.
    await shelfIO(shelf, "topology").save({ modelTopology: { a: 1 } });
    expect(await shelfIO(shelf, "topology").load()).toEqual({ modelTopology: { a: 1 }, weightSpecs: [] });
  });

  test("flags before floats: weights that do not lie aligned are stored aligned", async () => {
    const { shelf } = freshShelf();
    const given = { flags: tf.tensor([1, 0, 1], [3], "bool"), numbers: tf.tensor([1.5, 2.5]) };
    const { data, specs } = await tf.io.encodeWeights(given);
    await shelfIO(shelf, "m").save({ weightSpecs: specs, weightData: data });
    const { weightData, weightSpecs } = await shelfIO(shelf, "m").load();
    const again = tf.io.decodeWeights(weightData!, weightSpecs!);
    expect([[...again["flags"].dataSync()], [...again["numbers"].dataSync()]]).toEqual([
      [1, 0, 1],
      [1.5, 2.5],
    ]);
  });

  test("weights and specs that do not go together, and names of other things, are refused with nothing changed", async () => {
    const { shelf } = freshShelf();
    const weightSpecs = [{ name: "a", shape: [2], dtype: "float32" as const }];
    for (const length of [0, 4, 12]) {
      const weightData = new ArrayBuffer(length);
      await expect(shelfIO(shelf, "m").save({ weightSpecs, weightData })).rejects.toThrow(
        expect.objectContaining({ code: "ERR_MODEL_MALFORMED" }),
      );
    }
    expect([...shelf.keys()]).toEqual([]);
    await expect(layers.loadLayersModel(shelfIO(shelf, "m"))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_CHECKPOINT_NOT_FOUND" }),
    );
    save(shelf, "run", { epoch: 1 });
    await expect(layers.loadLayersModel(shelfIO(shelf, "run"))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_MODEL_TYPE" }),
    );
  });

  test("versions that are kept can be loaded; of a model that has hardly changed, hardly anything is written", async () => {
    const { shelf } = freshShelf();
    const model = network(4096);
    await model.save(shelfIO(shelf, "m", { keep: 2 }));
    const first = weightsOf(model);
    const weights = model.getWeights();
    const bias = tf.ones([2]);
    model.setWeights([...weights.slice(0, 3), bias]);
    const result: any = await model.save(shelfIO(shelf, "m", { keep: 2, changes: "compare" }));
    expect(result.writtenBytes).toBeLessThan(100);
    expect(listVersions(shelf, "m").map(({ version }) => version)).toEqual([1, 2]);
    expect(weightsOf(await layers.loadLayersModel(shelfIO(shelf, "m", { version: 1 })))).toEqual(first);
    expect(weightsOf(await layers.loadLayersModel(shelfIO(shelf, "m"))).at(-1)).toEqual([1, 1]);
  });
});

describe("shared weights", () => {
  test("the model's weights are the shelf's bytes: what is stored there shows in the next prediction", async () => {
    const { shelf } = freshShelf();
    await network().save(shelfIO(shelf, "m"));
    const model = await layers.loadLayersModel(shelfIO(shelf, "m"));
    shareWeights(tf, model, shelf, "m");
    const weights = [...load<any>(shelf, "m", { at: ["weights"] }).values()];
    for (const [index, each] of model.getWeights().entries()) {
      expect(each.dataSync().buffer).toBe(weights[index].array.data.buffer);
    }
    for (const weight of weights) weight.zero_();
    weights[3].copy_(tensor([5, -5]));
    expect(predictionOf(model)).toEqual(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 5 : -5)));
  });

  test("a model that shares and is trained has weights of its own until it is saved, and shares again then", async () => {
    const { shelf, region } = freshShelf();
    const model = trainable();
    await model.save(shelfIO(shelf, "m"));
    const other = await layers.loadLayersModel(shelfIO(shelf, "m"));
    for (const each of [model, other]) shareWeights(tf, each, shelf, "m");
    const before = predictionOf(other);
    await model.trainOnBatch(x, y);
    expect(predictionOf(other)).toEqual(before);
    for (let turn = 0; turn < 3; turn++) {
      await model.trainOnBatch(x, y);
      await model.save(shelfIO(shelf, "m"), { includeOptimizer: true });
      // Both follow, and nobody computes from memory that has been let go of.
      const stored = [...load<any>(shelf, "m", { at: ["weights"] }).values()];
      for (const each of [model, other]) {
        for (const [index, weight] of each.getWeights().entries()) {
          expect(weight.dataSync().buffer).toBe(stored[index].array.data.buffer);
        }
      }
      expect(predictionOf(other)).toEqual(predictionOf(model));
      expect(predictionOf(model).some(Number.isNaN)).toBe(false);
    }
    const again = await layers.loadLayersModel(shelfIO(afterPowerFailure(region), "m"));
    expect(predictionOf(again)).toEqual(predictionOf(model));
  });

  test("when a model of other shapes is saved under the name, those that shared it keep what they had", async () => {
    const { shelf } = freshShelf();
    const model = network();
    await model.save(shelfIO(shelf, "m"));
    shareWeights(tf, model, shelf, "m");
    const before = predictionOf(model);
    await network(8).save(shelfIO(shelf, "m"));
    expect(predictionOf(model)).toEqual(before);
    await network(8).save(shelfIO(shelf, "m"));
    expect(predictionOf(model)).toEqual(before);
    expect(() => shareWeights(tf, model, shelf, "m")).toThrow(expect.objectContaining({ code: "ERR_MODEL_TYPE" }));
  });

  test("also when that model begins with the same shapes and has more", async () => {
    const { shelf } = freshShelf();
    const model = network();
    await model.save(shelfIO(shelf, "m"));
    shareWeights(tf, model, shelf, "m");
    const before = predictionOf(model);
    const longer = layers.sequential({ layers: [...network().layers, layers.layers.dense({ units: 5 })] });
    await longer.save(shelfIO(shelf, "m"));
    expect(predictionOf(model)).toEqual(before);
  });

  test("another backend is refused", async () => {
    const { shelf } = freshShelf();
    await network().save(shelfIO(shelf, "m"));
    const elsewhere = { tensor: tf.tensor, getBackend: () => "wasm" };
    expect(() => shareWeights(elsewhere, network(), shelf, "m")).toThrow('this is "wasm"');
  });
});

describe("the callback of training", () => {
  test("saves after each epoch and every so many batches, with how far the training was", async () => {
    const { shelf } = freshShelf();
    const seen: [number, number][] = [];
    const model = trainable();
    await model.fit(x, y, {
      epochs: 2,
      batchSize: 2,
      verbose: silent,
      callbacks: checkpointCallback(model, shelf, "run", {
        everyBatches: 2,
        onSaved: ({ epoch, batch }) => {
          seen.push([epoch, batch]);
          expect(progressOf(shelf, "run")).toMatchObject({ epoch, batch, logs: { loss: expect.any(Number) } });
        },
      }),
    });
    expect(seen).toEqual([
      [0, 2],
      [0, 4],
      [1, 0],
      [1, 2],
      [1, 4],
      [2, 0],
    ]);
    const again = await layers.loadLayersModel(shelfIO(shelf, "run"));
    expect(weightsOf(again)).toEqual(weightsOf(model));
  });

  test("a training that is carried on from its initialEpoch ends in the same bits", async () => {
    const whole = trainable();
    const cut = trainable();
    cut.setWeights(whole.getWeights());
    const settings = { batchSize: 2, verbose: silent, shuffle: false } as const;
    await whole.fit(x, y, { ...settings, epochs: 4 });

    const { shelf, region } = freshShelf();
    await cut.fit(x, y, { ...settings, epochs: 2, callbacks: checkpointCallback(cut, shelf, "run") });
    const found = afterPowerFailure(region);
    const resumed = await layers.loadLayersModel(shelfIO(found, "run"));
    const { epoch } = progressOf<{ epoch: number }>(found, "run");
    expect(epoch).toBe(2);
    await resumed.fit(x, y, { ...settings, epochs: 4, initialEpoch: epoch });
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
  });

  test("never, or at times that are none", async () => {
    const { shelf } = freshShelf();
    const model = trainable();
    const callbacks = checkpointCallback(model, shelf, "run", { everyEpochs: 0 });
    await model.fit(x, y, { epochs: 1, verbose: silent, callbacks });
    expect(shelf.has("run")).toBe(false);
    expect(() => checkpointCallback(model, shelf, "run", { everyBatches: 0.5 })).toThrow(RangeError);
    expect(() => checkpointCallback(model, shelf, "run", { everyEpochs: -1 })).toThrow(RangeError);
  });
});
