/**
 * How a model of TensorFlow.js lies in a checkpoint. Its weights are leaves of their own, by name, so that others can use
 * them as tensors and a save can leave out those that have not changed.
 */
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../checkpoint/tree.ts";
import { tensorOver } from "../dense.ts";
import { ModelError } from "../errors.ts";
import { elementsIn, tfDTypes } from "./tensor.ts";

/** An entry of `weightSpecs`. */
export interface WeightSpec {
  name: string;
  shape: number[];
  dtype: "float32" | "int32" | "bool" | "string" | "complex64";
  group?: "model" | "optimizer";
  quantization?: { scale?: number; min?: number; dtype: "uint16" | "uint8" | "float16" };
}

/** `ModelArtifacts` of TensorFlow.js: what a model gives to be saved and takes to be loaded. */
export interface ModelArtifacts {
  // oxlint-disable-next-line typescript/no-empty-object-type -- as TensorFlow.js declares it; so below
  modelTopology?: {} | ArrayBuffer;
  trainingConfig?: {
    // oxlint-disable-next-line typescript/no-empty-object-type
    optimizer_config: {};
    loss: string | string[] | { [key: string]: string };
    metrics?: string[] | { [key: string]: string };
    weighted_metrics?: string[];
    sample_weight_mode?: string;
    loss_weights?: number[] | { [key: string]: number };
  };
  weightSpecs?: WeightSpec[];
  weightData?: ArrayBuffer | ArrayBuffer[];
  format?: string;
  generatedBy?: string;
  convertedBy?: string | null;
  // oxlint-disable-next-line typescript/no-empty-object-type
  signature?: {};
  // oxlint-disable-next-line typescript/no-empty-object-type
  userDefinedMetadata?: { [key: string]: {} };
  // oxlint-disable-next-line typescript/no-empty-object-type
  modelInitializer?: {};
  // oxlint-disable-next-line typescript/no-empty-object-type
  initializerSignature?: {};
}

/** The tree that is saved. */
export interface SavedModel {
  readonly format: "tfjs";
  /** Everything but weights and binary topology, as JSON. */
  readonly artifacts: string;
  /** A topology that is no JSON. */
  readonly topology: Uint8Array | null;
  /** By name; a second of the same name has its place behind it. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What the weights are where tensors cannot hold them: strings, quantized and complex numbers. */
  readonly weightData: Uint8Array | null;
  /** What was saved along. */
  readonly progress: Tree;
}

/** @throws ModelError `ERR_MODEL_MALFORMED` if weights and specs do not go together */
export function savedOf(artifacts: ModelArtifacts, progress: Tree): SavedModel {
  const { modelTopology, weightData, weightSpecs = [], ...rest } = artifacts;
  const isBinary = modelTopology instanceof ArrayBuffer;
  const bytes = weightData === undefined ? new Uint8Array(0) : oneBuffer(weightData);
  const isPlain = weightSpecs.every(
    ({ dtype, quantization }) => quantization === undefined && tfDTypes.some((each) => each === dtype),
  );
  const json = { ...rest, ...(isBinary ? {} : { modelTopology }), weightSpecs, hasWeights: weightData !== undefined };
  return {
    format: "tfjs",
    artifacts: JSON.stringify(json),
    topology: isBinary ? new Uint8Array(modelTopology) : null,
    weights: isPlain ? weightsIn(bytes, weightSpecs) : new Map<string, Tensor>(),
    weightData: isPlain ? null : bytes,
    progress,
  };
}

function oneBuffer(data: ArrayBuffer | ArrayBuffer[]): Uint8Array {
  return Array.isArray(data) ? Buffer.concat(data.map((part) => new Uint8Array(part))) : new Uint8Array(data);
}

function weightsIn(bytes: Uint8Array, specs: readonly WeightSpec[]): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  let at = 0;
  for (const [index, { name, shape, dtype }] of specs.entries()) {
    const size = shape.reduce((product, length) => product * length, 1);
    const end = at + size * (dtype === "bool" ? 1 : 4);
    if (end > bytes.length) throw mismatch(bytes.length, specs);
    const key = weights.has(name) ? `${name} (${index})` : name;
    const data = elementsIn(dtype as "float32", bytes.subarray(at, end));
    weights.set(key, tensorOver({ dtype: dtype as "float32", shape, data }));
    at = end;
  }
  if (at !== bytes.length) throw mismatch(bytes.length, specs);
  return weights;
}

function mismatch(found: number, specs: readonly WeightSpec[]): ModelError {
  const message = `weightData has ${found} bytes, which are not those of its ${specs.length} weightSpecs`;
  return new ModelError("ERR_MODEL_MALFORMED", `${message}; save with model.save`);
}

/** The weights of the model itself, without those of its optimiser, in their order; none where tensors cannot hold them. */
export function modelWeightsOf({ artifacts, weights }: SavedModel): Tensor[] {
  const { weightSpecs } = JSON.parse(artifacts) as { readonly weightSpecs: readonly WeightSpec[] };
  return [...weights.values()].filter((_, at) => weightSpecs[at].group !== "optimizer");
}

/** The artifacts that were saved; the weights as the memory that they lie in. */
export function artifactsOf({ artifacts, topology, weights, weightData }: SavedModel): ModelArtifacts {
  const { hasWeights, ...rest } = JSON.parse(artifacts) as ModelArtifacts & { hasWeights: boolean };
  if (topology !== null) rest.modelTopology = topology.slice().buffer;
  if (!hasWeights) return rest;
  const leaves = weightData === null ? [...weights.values()].map(({ array }) => array.data) : [weightData];
  rest.weightData = leaves.filter(({ length }) => length > 0).map((data) => wholeBuffer(data));
  return rest;
}

/** TensorFlow.js takes buffers, not views: the leaf's own where it fills it, as on a shelf. */
function wholeBuffer({ buffer, byteOffset, byteLength }: ArrayBufferView): ArrayBuffer {
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength;
  return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
}
