import { array, asarray, type NDArray, type NumericTypedArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../tensor.ts";

/** A gradient of a parameter: as many elements, in the same order. The parameter's dtype is the fast one. */
export type Gradient = Tensor | NDArray | NumericTypedArray;

/** A gradient with the parameter's dtype, size and element order; itself where it has them. */
export function denseGradient(name: string, gradient: Gradient, parameter: NDArray): NDArray {
  const given: NDArray = gradient instanceof Tensor ? gradient.array : isArray(gradient) ? gradient : asarray(gradient);
  if (given.size !== parameter.size || (given.ndim !== 1 && given.shape.join() !== parameter.shape.join())) {
    throw new RangeError(
      `The gradient of "${name}" has shape [${given.shape.join(", ")}], its parameter [${parameter.shape.join(", ")}]`,
    );
  }
  const flat = given.ndim === 1 && parameter.ndim !== 1;
  const dense = given.layout === (flat ? "C" : parameter.layout);
  const sameOrder = !flat || parameter.layout === "C";
  if (given.dtype === parameter.dtype && dense && sameOrder) return given;
  const shaped = given.reshape(parameter.shape);
  return parameter.layout === "F" ? shaped.astype(parameter.dtype).copy("F") : array(shaped, parameter.dtype);
}

function isArray(gradient: NDArray | NumericTypedArray): gradient is NDArray {
  return !ArrayBuffer.isView(gradient);
}
