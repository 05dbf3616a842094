import { dtypeInfo } from "@nodemm/ndarray-pm";
import { load } from "../../checkpoint/load.ts";
import { save, type SaveResult } from "../../checkpoint/save.ts";
import type { CheckpointShelf } from "../../checkpoint/shelf.ts";
import { checkOptions } from "../../options.ts";
import type { Tensor } from "../../tensor.ts";
import { ModelError } from "../errors.ts";
import { type SplitModel, splitModel, type WeightFilter, withInitializers, withInputs } from "./onnx/model.ts";
import { handedOver, type NamedTensors, type OrtSession, runFed } from "./run.ts";
import { type OrtModule, toOrt } from "./tensor.ts";

/** {@link OrtModule} with what makes sessions: `import * as ort from "onnxruntime-node"` is one. */
export interface OrtRuntime<OrtTensor> extends OrtModule<OrtTensor> {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<OrtSession<OrtTensor>>;
  };
}

export interface SaveModelOptions {
  /** Which constants of the graph are weights; those of floating point with at least one axis by default. */
  readonly isWeight?: WeightFilter;
  /** Files that the model keeps weights in, by the names it has for them. */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
  /** How many versions can be loaded afterwards, this one included; 1 by default. */
  readonly keep?: number;
}

export interface OpenModelOptions {
  /**
   * `"shared"`, the default: each run reads the weights on the shelf, and what changes there shows in the next run.
   * `"copied"`: the session has a copy, made once, which it can rearrange for its kernels and fold constants into.
   */
  readonly weights?: "shared" | "copied";
  /** For `InferenceSession.create`. */
  readonly session?: object;
  /** Which version; the last by default. */
  readonly version?: number;
}

/** What is saved, as a checkpoint's tree. */
interface SavedModel extends SplitModel {
  readonly format: string;
}

const format = "onnx";

/**
 * Keeps an ONNX model under a name: its graph as bytes, its weights as tensors, each of which is a leaf of the checkpoint
 * (`load(shelf, name, { at: ["weights", "fc1.weight"] })`). Durable on return; after a crash at any moment the last model
 * saved whole is there whole.
 *
 *     saveModel(shelf, "classifier", readFileSync("classifier.onnx"));
 *
 * @throws ModelError `ERR_MODEL_MALFORMED` if the bytes are no such model, `ERR_MODEL_UNSUPPORTED` if it needs a file that
 * was not handed in; what {@link save} throws
 */
export function saveModel(
  shelf: CheckpointShelf,
  name: string,
  model: Uint8Array,
  options: SaveModelOptions = {},
): SaveResult {
  if (!(model instanceof Uint8Array)) throw new TypeError("Expected the bytes of an ONNX model, a Uint8Array");
  const {
    isWeight = isFloatingPoint,
    externalData = {},
    keep = 1,
  } = checkOptions("saveModel", options, ["isWeight", "externalData", "keep"]);
  const { graph, weights } = splitModel(model, isWeight, new Map(Object.entries(externalData)));
  const saved: SavedModel = { format, graph, weights };
  return save(shelf, name, saved, { keep });
}

const isFloatingPoint: WeightFilter = ({ shape, dtype }) => shape.length > 0 && dtypeInfo(dtype).kind === "f";

/** A model that runs from a shelf. */
export interface ShelvedModel<OrtTensor> {
  readonly session: OrtSession<OrtTensor>;
  /** The weights on the shelf, by name: change them with in-place operations, which are failure-atomic. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Names of the inputs that are no weights. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** {@link run} of this session. */
  run(feeds: NamedTensors, outputs?: NamedTensors): Promise<Record<string, Tensor>>;
  /** Lets go of the session. The model stays on the shelf. */
  release(): Promise<void>;
}

/**
 * A session of a model on the shelf. The graph is copied into the session; the weights stay on the shelf (`weights:
 * "shared"`): they are inputs of the session, of which ONNX Runtime reads the elements where they lie. Shared weights are
 * gone when the shelf is closed or the model saved anew without `keep`: `run` rejects then.
 *
 *     const model = await openModel(ort, shelf, "classifier");
 *     const { logits } = await model.run({ image });
 *
 * @throws (rejects) ModelError `ERR_MODEL_TYPE` if something else stands under the name; what {@link load} throws; what
 * ONNX Runtime says of the model
 */
export async function openModel<OrtTensor>(
  ort: OrtRuntime<OrtTensor>,
  shelf: CheckpointShelf,
  name: string,
  options: OpenModelOptions = {},
): Promise<ShelvedModel<OrtTensor>> {
  const { weights: mode = "shared", version } = checkOptions("openModel", options, ["weights", "session", "version"]);
  if (mode !== "shared" && mode !== "copied") {
    throw new TypeError(`weights: expected "shared" or "copied", found ${JSON.stringify(mode)}`);
  }
  const saved = load<SavedModel>(shelf, name, version === undefined ? {} : { version });
  if (saved?.format !== format) {
    throw new ModelError("ERR_MODEL_TYPE", `"${name}" is a checkpoint, but no ONNX model: save one with saveModel`);
  }
  const { weights } = saved;
  const isShared = mode === "shared";
  const model = isShared ? withInputs(saved) : withInitializers(saved);
  const session = await ort.InferenceSession.create(model, options.session);
  const inputNames = session.inputNames.filter((input) => !weights.has(input));
  const fed = isShared ? Object.fromEntries([...weights].map(([key, weight]) => [key, toOrt(ort, weight)])) : {};
  return {
    session,
    weights,
    inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs = {}) {
      // Throws the shelf's own error if they are gone.
      if (isShared) for (const weight of weights.values()) void weight.array.data;
      return runFed(ort, session, { ...fed, ...handedOver(ort, feeds, inputNames, "input") }, outputs);
    },
    release: () => session.release(),
  };
}
