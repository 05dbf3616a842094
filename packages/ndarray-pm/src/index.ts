export { ndarrayCodec } from "./codec.ts";
export {
  arange,
  array,
  asarray,
  copyto,
  type CopyOptions,
  type CreationOptions,
  type DTypeOf,
  full,
  ndarray,
  ones,
  zeros,
} from "./create.ts";
export {
  type DataOf,
  type DType,
  type DTypeArrays,
  dtypeInfo,
  type DTypeInfo,
  type DTypeKind,
  dtypes,
  type ScalarOf,
} from "./dtype.ts";
export type { ElementsInit } from "./element-access.ts";
export { NDArray } from "./ndarray.ts";
export type { Nested } from "./nested.ts";
export type { Casting } from "./ops/assign.ts";
export type { NumericTypedArray, Operand } from "./ops/operand.ts";
export { canCastSameKind, resultType } from "./promotion.ts";
export type { Recipe } from "./recipe.ts";
export type { Scalar } from "./scalar.ts";
export type { Order } from "./shape.ts";
export type { Slice } from "./slice.ts";
export type { Layout, View } from "./view.ts";
