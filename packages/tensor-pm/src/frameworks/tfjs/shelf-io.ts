import { load } from "../../checkpoint/load.ts";
import type { Changes } from "../../checkpoint/plan.ts";
import { save } from "../../checkpoint/save.ts";
import type { CheckpointShelf } from "../../checkpoint/shelf.ts";
import type { Tree } from "../../checkpoint/tree.ts";
import { checkOptions } from "../../options.ts";
import { ModelError } from "../errors.ts";
import { artifactsOf, type ModelArtifacts, type SavedModel, savedOf } from "./artifacts.ts";
import { beforeSave } from "./shared-models.ts";

export interface ShelfIOOptions {
  /** How many versions can be loaded afterwards, the new one included; 1 by default. */
  readonly keep?: number;
  /** What to write, as for `save`: `"all"`, the default, or `"compare"`. */
  readonly changes?: Extract<Changes, string>;
  /** Which version `load` gives; the last by default. */
  readonly version?: number;
  /** A tree to save with the model, together or not at all; {@link progressOf} has it back. Called at each save. */
  readonly progress?: () => Tree;
}

/** An `IOHandler` of TensorFlow.js. */
export interface ShelfIOHandler {
  save(artifacts: ModelArtifacts): Promise<ShelfSaveResult>;
  load(): Promise<ModelArtifacts>;
}

/** What `model.save` gives. */
export interface ShelfSaveResult {
  readonly modelArtifactsInfo: {
    readonly dateSaved: Date;
    readonly modelTopologyType: "JSON" | "GraphDef";
    readonly modelTopologyBytes: number;
    readonly weightSpecsBytes: number;
    readonly weightDataBytes: number;
  };
  /** Of the version that was saved. */
  readonly version: number;
  /** Bytes that had to be written for it. */
  readonly writtenBytes: number;
}

/**
 * Where TensorFlow.js saves models and loads them from, by its own convention:
 *
 *     await model.save(shelfIO(shelf, "m"), { includeOptimizer: true });
 *     const again = await tf.loadLayersModel(shelfIO(shelf, "m"));
 *
 * Topology, weights, training configuration, optimiser state and user-defined metadata are one checkpoint: durable when
 * the save is fulfilled, and after a crash at any moment the last model saved whole loads whole. Saving copies the weights
 * twice, into a buffer (TensorFlow.js) and to the shelf; loading copies them once, from the shelf (TensorFlow.js). See
 * {@link shareWeights} for a model that copies nothing. Each weight is a tensor for others too:
 * `load(shelf, "m", { at: ["weights", "dense/kernel"] })`.
 * @throws (both reject) ModelError `ERR_MODEL_MALFORMED`, `ERR_MODEL_TYPE`; what `save` and `load` throw
 */
export function shelfIO(shelf: CheckpointShelf, name: string, options: ShelfIOOptions = {}): ShelfIOHandler {
  const known = ["keep", "changes", "progress", "version"] as const;
  const { keep = 1, changes = "all", progress = () => null, version } = checkOptions("shelfIO", options, known);
  return {
    async save(artifacts) {
      const saved = savedOf(artifacts, progress());
      const shareAgain = beforeSave(shelf, name, saved);
      const result = save(shelf, name, saved, { keep, changes });
      shareAgain();
      const { modelTopology, weightSpecs } = artifacts;
      const jsonBytes = (value: unknown): number =>
        value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
      const { topology, weights, weightData } = saved;
      return {
        modelArtifactsInfo: {
          dateSaved: new Date(),
          modelTopologyType: topology === null ? "JSON" : "GraphDef",
          modelTopologyBytes: topology?.length ?? jsonBytes(modelTopology),
          weightSpecsBytes: jsonBytes(weightSpecs),
          weightDataBytes:
            weightData?.length ?? [...weights.values()].reduce((sum, { array }) => sum + array.nbytes, 0),
        },
        version: result.version,
        writtenBytes: result.writtenBytes,
      };
    },
    async load() {
      return artifactsOf(loadSaved(shelf, name, version));
    },
  };
}

/**
 * What was saved along with a model: what the callback of training notes, or {@link ShelfIOOptions.progress} gave.
 * @throws ModelError `ERR_MODEL_TYPE`; what `load` throws
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what was saved
export function progressOf<Progress = Tree>(shelf: CheckpointShelf, name: string): Progress {
  return loadSaved(shelf, name).progress as Progress;
}

/** @throws ModelError `ERR_MODEL_TYPE`; what `load` throws */
export function loadSaved(shelf: CheckpointShelf, name: string, version?: number): SavedModel {
  const saved = load<SavedModel>(shelf, name, version === undefined ? {} : { version });
  if (saved?.format === "tfjs") return saved;
  throw new ModelError(
    "ERR_MODEL_TYPE",
    `"${name}" is a checkpoint, but no model of TensorFlow.js: save one with model.save(shelfIO(shelf, "${name}"))`,
  );
}
