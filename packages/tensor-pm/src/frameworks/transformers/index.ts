export type { Exchangeable } from "../dense.ts";
export { fromTransformers, toTransformers, type TransformersModule, type TransformersTensorLike } from "./tensor.ts";
