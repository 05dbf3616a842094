export type { Exchangeable } from "../dense.ts";
export { ModelError, type ModelErrorCode } from "../errors.ts";
export {
  openModel,
  type OpenModelOptions,
  type OrtRuntime,
  saveModel,
  type SaveModelOptions,
  type ShelvedModel,
} from "./model.ts";
export type { WeightFilter } from "./onnx/model.ts";
export { type NamedTensors, type OrtSession, run } from "./run.ts";
export { fromOrt, type OrtModule, type OrtTensorLike, toOrt } from "./tensor.ts";
