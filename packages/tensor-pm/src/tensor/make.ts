/** Makes tensors for the classes that {@link Tensor} is built on, which cannot import it. */
import type { DType, NDArray } from "@nodemm/ndarray-pm";
import type { Tensor } from "../tensor.ts";
import type { TensorOptions } from "./facts.ts";

type Maker = <D extends DType>(elements: NDArray<D>, options?: TensorOptions) => Tensor<D>;

let maker: Maker | undefined;

export function setTensorMaker(make: Maker): void {
  maker = make;
}

export function makeTensor<D extends DType>(elements: NDArray<D>, options?: TensorOptions): Tensor<D> {
  return maker!(elements, options);
}
