import { type DataOf, type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import type { Tensor } from "../../tensor.ts";
import { denseOf, type Exchangeable, tensorOver } from "../dense.ts";

/**
 * What is needed of the module: `import * as ort from "onnxruntime-node"` is one. Handed in by the caller, so that nothing
 * here is tied to a version of it, or has to find it.
 */
export interface OrtModule<OrtTensor> {
  readonly Tensor: new (type: never, data: never, dims: never) => OrtTensor;
}

/** What is read of a tensor of ONNX Runtime, or of Hugging Face's transformers, whose tensors have the same fields. */
export interface OrtTensorLike {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** The dtypes that ONNX Runtime's JavaScript API has; it calls them by the same names. */
const ortDTypes: readonly DType[] = [
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
];

/**
 * A tensor of ONNX Runtime over the same memory, on the shelf or in DRAM: nothing is copied, now or when a session reads
 * it. It is good for as long as the tensor is: when the shelf is closed or the variable erased it is detached, and `run`
 * rejects with "not enough space".
 *
 *     const { logits } = await session.run({ image: toOrt(ort, shelf.vars.image) });
 *
 * @throws TypeError for a dtype that ONNX Runtime does not have, or elements with gaps; ShelfError `ERR_SHELF_ERASED`,
 * `ERR_SHELF_CLOSED`
 */
export function toOrt<OrtTensor>(ort: OrtModule<OrtTensor>, source: Exchangeable): OrtTensor {
  const { dtype, shape, data } = denseOf(source);
  if (!ortDTypes.includes(dtype)) {
    throw new TypeError(`ONNX Runtime has no dtype ${dtype}; it has ${ortDTypes.join(", ")}`);
  }
  return new ort.Tensor(dtype as never, data as never, [...shape] as never);
}

/**
 * A tensor over the memory of a tensor of ONNX Runtime: nothing is copied. Assign it to a shelf to keep it, which copies
 * once.
 * @throws TypeError for a tensor of strings, and for one whose elements are not in memory
 */
export function fromOrt(source: OrtTensorLike): Tensor {
  const dtype = ortDTypes.find((each) => each === source.type);
  const { data } = source;
  if (dtype === undefined) {
    throw new TypeError(`Expected a tensor of ${ortDTypes.join(", ")}, found one of ${source.type}`);
  }
  if (!ArrayBuffer.isView(data)) throw new TypeError("Expected a tensor whose elements are a typed array in memory");
  return tensorOver({ dtype, shape: source.dims, data: elementsOf(dtype, data) });
}

/** float16 comes as bits or as numbers; here it is what the engine has, over the same memory. */
function elementsOf(dtype: DType, data: ArrayBufferView): DataOf<DType> {
  if (dtype !== "float16") return data as DataOf<DType>;
  return dtypeInfo(dtype).over(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2);
}
