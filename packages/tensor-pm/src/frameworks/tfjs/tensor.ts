import { type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import type { Tensor } from "../../tensor.ts";
import { denseOf, type Exchangeable, tensorOver } from "../dense.ts";

/**
 * What is needed of the module: `import * as tf from "@tensorflow/tfjs-core"` is one, or from `@tensorflow/tfjs`. Handed
 * in by the caller, so that nothing here is tied to a version of it, or has to find it.
 */
export interface TfModule<TfTensor> {
  tensor(values: never, shape: never, dtype: never): TfTensor;
  getBackend(): string;
}

/** What is read of a tensor of TensorFlow.js. */
export interface TfTensorLike {
  readonly dtype: string;
  readonly shape: readonly number[];
  dataSync(): unknown;
}

/** The dtypes of TensorFlow.js that have elements of their own; it calls them by the same names. */
export const tfDTypes: readonly DType[] = ["float32", "int32", "bool"];

/**
 * A tensor of TensorFlow.js over the same memory, on the shelf or in DRAM. The CPU backend keeps what it is given, so
 * nothing is copied, and what is stored through either shows in both; other backends copy when they first use it. It is
 * good for as long as the tensor is: when the shelf is closed or the variable erased it is detached, and TensorFlow.js,
 * which does not look, computes NaN from it.
 *
 *     const probabilities = model.predict(toTf(tf, shelf.vars.images));
 *
 * @throws TypeError for a dtype that TensorFlow.js does not have, or elements with gaps; ShelfError `ERR_SHELF_ERASED`,
 * `ERR_SHELF_CLOSED`
 */
export function toTf<TfTensor>(tf: TfModule<TfTensor>, source: Exchangeable): TfTensor {
  const { dtype, shape, data } = denseOf(source);
  if (!tfDTypes.includes(dtype)) {
    throw new TypeError(
      `TensorFlow.js has no dtype ${dtype}; it has ${tfDTypes.join(", ")}: convert a copy with array.astype("float32")`,
    );
  }
  return tf.tensor(data as never, [...shape] as never, dtype as never);
}

/**
 * A tensor over the memory of a tensor of TensorFlow.js on the CPU backend: float32 and int32 are not copied, bool is.
 * Other backends copy out of their memory. Assign it to a shelf to keep it, which copies once.
 * @throws TypeError for a tensor of strings or complex numbers
 */
export function fromTf(source: TfTensorLike): Tensor {
  const dtype = tfDTypes.find((each) => each === source.dtype);
  if (dtype === undefined) {
    throw new TypeError(`Expected a tensor of ${tfDTypes.join(", ")}, found one of ${source.dtype}`);
  }
  const data = source.dataSync() as Float32Array;
  return tensorOver({ dtype, shape: source.shape, data });
}

/** A typed array of a dtype over some bytes of a buffer: in place where they are aligned, else a copy. */
export function elementsIn(dtype: DType, bytes: Uint8Array): Float32Array {
  const { itemsize, over } = dtypeInfo(dtype);
  const aligned = bytes.byteOffset % itemsize === 0 ? bytes : bytes.slice();
  return over(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / itemsize) as Float32Array;
}
