export { ChangeSet, type Changeable } from "./checkpoint/change-set.ts";
export { CheckpointError, type CheckpointErrorCode } from "./checkpoint/errors.ts";
export { load, type LoadOptions } from "./checkpoint/load.ts";
export type { Changes } from "./checkpoint/plan.ts";
export { save, saveAsync, type SaveAsyncOptions, type SaveOptions, type SaveResult } from "./checkpoint/save.ts";
export type { CheckpointShelf } from "./checkpoint/shelf.ts";
export type { Tree } from "./checkpoint/tree.ts";
export { type CheckpointInfo, eraseCheckpoint, listVersions, pruneVersions } from "./checkpoint/versions.ts";
export { tensorCodec } from "./codec.ts";
export { Adam, type AdamOptions, AdamW } from "./optim/adam.ts";
export type { Gradient } from "./optim/gradient.ts";
export { type Group, Optimiser, type OptimiserOptions } from "./optim/optimiser.ts";
export { RMSprop, type RmspropOptions } from "./optim/rmsprop.ts";
export { SGD, type SgdOptions } from "./optim/sgd.ts";
export type { OptimiserStateDict, ParamGroup } from "./optim/state-dict.ts";
export type { OptimiserShelf } from "./optim/state.ts";
export { Tensor, tensor, type TensorSource } from "./tensor.ts";
export type { TensorOptions } from "./tensor/facts.ts";
export type { RandomInPlaceOptions } from "./tensor/in-place.ts";
export type { TensorOperand } from "./tensor/operand.ts";
export type { AlphaOptions, CloseOptions, DivOptions, ValueOptions } from "./tensor/out-of-place.ts";
export { promoteTypes } from "./tensor/promotion.ts";
export { manualSeed } from "./tensor/random.ts";
export { tensorTypes } from "./types.ts";
export { SafetensorsError, type SafetensorsErrorCode } from "./safetensors/errors.ts";
export type { SafetensorsEntry, SafetensorsHeader } from "./safetensors/header.ts";
export {
  loadSafetensors,
  type LoadSafetensorsOptions,
  readSafetensorsHeader,
  type SafetensorsOptions,
  type SafetensorsShelf,
} from "./safetensors/load.ts";
export {
  safetensorsPieces,
  type SafetensorsTensors,
  saveSafetensors,
  type SaveSafetensorsOptions,
} from "./safetensors/save.ts";
export type { SafetensorsSource } from "./safetensors/source.ts";
export { SeriesError, type SeriesErrorCode } from "./series/errors.ts";
export { eraseSeries, openSeries, type Series, type SeriesOptions, type SeriesShelf } from "./series/series.ts";
