import { array, asarray, dtypeInfo, NDArray, type NumericTypedArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../tensor.ts";

/** A gradient of a parameter: as many elements, in the same order. The parameter's dtype is the fast one. */
export type Gradient = Tensor | NDArray | NumericTypedArray;

/**
 * A gradient with the parameter's dtype, size and element order; itself where it has them.
 * @throws TypeError if it is no array of real numbers; RangeError if its shape is another
 */
export function denseGradient(name: string, gradient: unknown, parameter: NDArray): NDArray {
  const given = elementsOf(name, gradient);
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

function elementsOf(name: string, gradient: unknown): NDArray {
  const isTyped = ArrayBuffer.isView(gradient) && !(gradient instanceof DataView);
  const elements: unknown = gradient instanceof Tensor ? gradient.array : gradient;
  const given: unknown = isTyped ? asarray(gradient as NumericTypedArray) : elements;
  if (!NDArray.isNDArray(given)) {
    const found = gradient === null ? "null" : Array.isArray(gradient) ? "an array" : typeof gradient;
    throw new TypeError(
      `Expected the gradient of "${name}" to be a Tensor, an NDArray or a typed array, found ${found}; ` +
        `leave out parameters that have none`,
    );
  }
  if (dtypeInfo(given.dtype).kind === "c")
    throw new TypeError(`The gradient of "${name}" is ${given.dtype}: pass its real`);
  return given;
}
