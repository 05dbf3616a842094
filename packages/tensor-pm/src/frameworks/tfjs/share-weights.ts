import type { CheckpointShelf } from "../../checkpoint/shelf.ts";
import type { Tensor } from "../../tensor.ts";
import { ModelError } from "../errors.ts";
import { modelWeightsOf } from "./artifacts.ts";
import { loadSaved } from "./shelf-io.ts";
import { follow } from "./shared-models.ts";
import { type TfModule, toTf } from "./tensor.ts";

/** What is needed of a `LayersModel`. */
export interface TfModel<TfTensor> {
  getWeights(): TfTensor[];
  setWeights(weights: TfTensor[]): void;
}

/** A tensor of TensorFlow.js that can be copied and let go of. */
export interface DisposableTfTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): unknown;
  dispose(): void;
}

/**
 * Makes the weights of a model on the CPU backend the shelf's own bytes: those that `model.save(shelfIO(shelf, name))`
 * stored under the name. Nothing is copied, and what is changed on the shelf in place shows in the next `predict`.
 *
 *     const model = await tf.loadLayersModel(shelfIO(shelf, "m"));
 *     shareWeights(tf, model, shelf, "m");
 *
 * A model that shares follows the name: after the next save through {@link shelfIO} it has the weights that were saved,
 * whoever saved them. Training gives a model weights in DRAM, until then. Keep the shelf open: TensorFlow.js computes NaN
 * from weights that are gone.
 * @throws ModelError `ERR_MODEL_TYPE` if the weights on the shelf are others than the model's, or no tensors; TypeError on
 * another backend than `cpu`; what `load` throws
 */
export function shareWeights<TfTensor extends DisposableTfTensor>(
  tf: TfModule<TfTensor>,
  model: TfModel<TfTensor>,
  shelf: CheckpointShelf,
  name: string,
): void {
  if (tf.getBackend() !== "cpu") {
    throw new TypeError(`Only the backend "cpu" uses the memory that it is given; this is "${tf.getBackend()}"`);
  }
  const shapes = model.getWeights().map(({ shape }) => shape.join());
  const weak = new WeakRef(model);
  const share = (): void => {
    const sharing = weak.deref();
    if (sharing !== undefined)
      setWeights(
        sharing,
        modelWeights(shelf, name, shapes).map((weight) => toTf(tf, weight)),
      );
  };
  const part = (): void => {
    const parting = weak.deref();
    if (parting === undefined) return;
    const copies = parting.getWeights().map((weight) => {
      const data = (weight.dataSync() as Float32Array).slice();
      return tf.tensor(data as never, weight.shape as never, weight.dtype as never);
    });
    setWeights(parting, copies);
  };
  share();
  follow(shelf, name, model, { shapes, share, part });
}

/** The weights of a model on a shelf. */
function modelWeights(shelf: CheckpointShelf, name: string, shapes: readonly string[]): Tensor[] {
  const found = modelWeightsOf(loadSaved(shelf, name));
  if (found.map(({ shape }) => shape.join()).join("; ") === shapes.join("; ")) return found;
  throw new ModelError(
    "ERR_MODEL_TYPE",
    `"${name}" has ${found.length} weights of shapes ${found.map(({ shape }) => `[${shape.join(", ")}]`).join(", ")}, ` +
      `this model ${shapes.length} of shapes ${shapes.map((shape) => `[${shape}]`).join(", ")}: load it from there`,
  );
}

/** The model's variables take over the memory of the tensors. */
function setWeights<TfTensor extends DisposableTfTensor>(model: TfModel<TfTensor>, tensors: TfTensor[]): void {
  model.setWeights(tensors);
  for (const tensor of tensors) tensor.dispose();
}
