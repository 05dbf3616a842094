export { tensorCodec } from "./codec.ts";
export { type Gradient, type OptimiserShelf, SGD, type SgdOptions } from "./optim/sgd.ts";
export { Tensor, tensor, type TensorOperand, type TensorOptions, type TensorSource } from "./tensor.ts";
