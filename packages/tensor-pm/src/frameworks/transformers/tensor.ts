import type { Tensor } from "../../tensor.ts";
import type { Exchangeable } from "../dense.ts";
import { fromOrt, type OrtModule, type OrtTensorLike, toOrt } from "../onnxruntime/tensor.ts";

/** What is needed of the module: `import * as transformers from "@huggingface/transformers"` is one. */
export type TransformersModule<TransformersTensor> = OrtModule<TransformersTensor>;

/** What is read of a tensor of transformers. */
export type TransformersTensorLike = OrtTensorLike;

/**
 * A tensor of transformers over the same memory, on the shelf or in DRAM: nothing is copied, and what is done to its
 * elements in place (`normalize_`, `mul_`, ...) is done to the shelf's, durable after `persist()`. What transformers
 * computes out of place is in DRAM. Detached when the shelf is closed or the variable erased.
 *
 *     const similarity = transformers.cos_sim(toTransformers(transformers, a).data, query);
 *
 * @throws TypeError for a dtype that it does not have, or elements with gaps; ShelfError `ERR_SHELF_ERASED`,
 * `ERR_SHELF_CLOSED`
 */
export function toTransformers<TransformersTensor>(
  transformers: TransformersModule<TransformersTensor>,
  source: Exchangeable,
): TransformersTensor {
  return toOrt(transformers, source);
}

/**
 * A tensor over the memory of one of transformers, such as the embeddings that a pipeline returns: nothing is copied.
 * Assign it to a shelf to keep it, which copies once.
 * @throws TypeError for a tensor of strings or of 4-bit numbers, and for one whose elements are not in memory
 */
export function fromTransformers(source: TransformersTensorLike): Tensor {
  return fromOrt(source);
}
