import { array, type DType, NDArray, type Nested, type NumericTypedArray, zeros } from "@nodemm/ndarray-pm";
import { checkOptions } from "./options.ts";
import type { TensorOptions } from "./tensor/facts.ts";
import { TensorInPlace } from "./tensor/in-place.ts";
import { setTensorMaker } from "./tensor/make.ts";

/**
 * An n-d array with PyTorch's manners, in DRAM or on a shelf: its names, its type promotion, its print. A thin wrapper:
 * {@link array} has the elements, and NumPy's views and functions of them. In-place operations (`add_`) are failure-atomic
 * on a shelf, durable on return (outside a transaction), and return the tensor; the others give new tensors in DRAM.
 */
export class Tensor<D extends DType = DType> extends TensorInPlace<D> {
  /**
   * A new tensor with a copy of the elements of nested arrays, a typed array, an NDArray or a tensor; see {@link tensor}.
   * @throws TypeError, RangeError if the source or dtype makes no sense
   */
  static from<To extends DType = "float32">(source: TensorSource, dtype?: To, options: TensorOptions = {}): Tensor<To> {
    return tensor(source, dtype, options);
  }
}

setTensorMaker((elements, options) => new Tensor(elements, options));

/** What a tensor can be made from: elements (copied), or a shape to fill with zeros. */
export type TensorSource = Nested | NumericTypedArray | NDArray | Tensor | { readonly shape: readonly number[] };

/**
 * A new tensor with a copy of the elements of nested arrays, a typed array, an NDArray or a tensor; or, from
 * `{ shape: [2, 3] }`, of zeros, which take no memory until they are used: assigned to a shelf they are made in place.
 * Without `dtype`, numbers become float32 as in PyTorch, booleans bool and bigints int64; arrays keep theirs.
 *
 *     shelf.vars.weights = tensor({ shape: [784, 128] }, "float32", { requiresGrad: true });
 *     const target = tensor([[1, 2], [3, 4]]);
 *
 * @throws TypeError, RangeError if the source, shape or dtype makes no sense
 */
export function tensor<D extends DType = "float32">(
  source: TensorSource,
  dtype?: D,
  options: TensorOptions = {},
): Tensor<D> {
  checkOptions("tensor", options, ["requiresGrad"]);
  return new Tensor(elementsOf(source, dtype) as NDArray<D>, options);
}

function elementsOf(source: TensorSource, dtype: DType | undefined): NDArray {
  if (source instanceof Tensor) return elementsOf(source.array, dtype);
  const isShape = typeof source === "object" && !Array.isArray(source) && !NDArray.isNDArray(source);
  if (isShape && !ArrayBuffer.isView(source) && source !== null && "shape" in source) {
    return zeros(source.shape, dtype ?? "float32");
  }
  if (dtype !== undefined) return array(source as Nested, dtype);
  const elements = array(source as Nested);
  const isNested = Array.isArray(source) || typeof source === "number";
  return isNested && elements.dtype === "float64" ? elements.astype("float32") : elements;
}
