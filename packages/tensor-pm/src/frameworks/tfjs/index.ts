export type { Exchangeable } from "../dense.ts";
export { ModelError, type ModelErrorCode } from "../errors.ts";
export type { ModelArtifacts, WeightSpec } from "./artifacts.ts";
export {
  type CheckpointCallback,
  checkpointCallback,
  type CheckpointCallbackOptions,
  type TrainedModel,
  type TrainingProgress,
} from "./checkpoint-callback.ts";
export { type DisposableTfTensor, shareWeights, type TfModel } from "./share-weights.ts";
export { progressOf, shelfIO, type ShelfIOHandler, type ShelfIOOptions, type ShelfSaveResult } from "./shelf-io.ts";
export { fromTf, type TfModule, type TfTensorLike, toTf } from "./tensor.ts";
