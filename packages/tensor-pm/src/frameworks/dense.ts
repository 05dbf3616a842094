import { type DataOf, type DType, dtypeInfo, NDArray } from "@nodemm/ndarray-pm";
import { Tensor } from "../tensor.ts";

/** Elements one after another, last axis fastest: what every framework takes. */
export interface Dense {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The elements themselves. */
  readonly data: DataOf<DType>;
}

/** What is handed to a framework. */
export type Exchangeable = Tensor | NDArray;

/**
 * The memory of a tensor or an n-d array, without a copy.
 * @throws TypeError for anything else, and for a view with gaps or with the first axis fastest; ShelfError
 * `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
 */
export function denseOf(source: Exchangeable): Dense {
  const elements: unknown = source instanceof Tensor ? source.array : source;
  if (!NDArray.isNDArray(elements)) throw new TypeError("Expected a Tensor or an NDArray to hand over");
  const { dtype, shape, offset, size } = elements;
  if (elements.layout !== "C") {
    throw new TypeError(
      `A framework takes elements one after another, last axis fastest; these are a view with another layout ` +
        `(${elements.layout}): hand over its copy(), which is in DRAM`,
    );
  }
  const { words } = dtypeInfo(dtype);
  const { data } = elements;
  const isWhole = offset === 0 && data.length === size * words;
  return { dtype, shape, data: isWhole ? data : data.subarray(offset * words, (offset + size) * words) };
}

/**
 * A tensor over elements that a framework holds: the same memory. `data` has the typed array of the dtype.
 * @throws RangeError if there are more or fewer elements than the shape says
 */
export function tensorOver({ dtype, shape, data }: Dense): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size * dtypeInfo(dtype).words) {
    throw new RangeError(`Expected ${size} elements for the shape [${shape.join(", ")}], found ${data.length}`);
  }
  const stride: number[] = [];
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis], axis--) stride.unshift(step);
  return new Tensor(new NDArray({ data, dtype, shape, stride, offset: 0 }));
}
