export { ndarrayCodec, openArrayUnmapped } from "./codec.ts";
export {
  arange,
  array,
  asarray,
  copyto,
  type CopyOptions,
  type CreationOptions,
  empty,
  eye,
  type EyeOptions,
  fullLike,
  type LikeOptions,
  linspace,
  type LinspaceOptions,
  onesLike,
  zerosLike,
  type DTypeOf,
  full,
  ndarray,
  ones,
  zeros,
} from "./create.ts";
export {
  type Complex,
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
export { activeKernels } from "./native/load.ts";
export type { Nested } from "./nested.ts";
export type { Casting } from "./ops/assign.ts";
export type { NumericTypedArray, Operand } from "./ops/operand.ts";
export { canCast, canCastSameKind, type CastingRule, resultType } from "./promotion.ts";
export type { Recipe } from "./recipe.ts";
export { complex, type Scalar } from "./scalar.ts";
export type { Order } from "./shape.ts";
export type { Layout, View } from "./view.ts";
export type { Axes } from "./axes.ts";
export { broadcastShapes } from "./axes.ts";
export {
  argsort,
  clip,
  concatenate,
  cumprod,
  cumsum,
  type CumulativeOptions,
  dot,
  matmul,
  nonzero,
  sort,
  stack,
  take,
  takeAlongAxis,
  where,
} from "./functions/arrays.ts";
export {
  type BinaryFunction,
  add,
  subtract,
  multiply,
  divide,
  floorDivide,
  remainder,
  power,
  leftShift,
  rightShift,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  maximum,
  minimum,
  fmax,
  fmin,
  arctan2,
  hypot,
  copysign,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
} from "./functions/binary.ts";
export type { ElementwiseOptions } from "./functions/options.ts";
export {
  type UnaryFunction,
  negative,
  positive,
  absolute,
  sign,
  square,
  reciprocal,
  sqrt,
  cbrt,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tan,
  arcsin,
  arccos,
  arctan,
  sinh,
  cosh,
  tanh,
  arcsinh,
  arccosh,
  arctanh,
  deg2rad,
  rad2deg,
  rint,
  floor,
  ceil,
  trunc,
  isnan,
  isinf,
  isfinite,
  signbit,
  logicalNot,
  invert,
  conjugate,
} from "./functions/unary.ts";
export type {
  MeanOf,
  NormOptions,
  ReduceOptions,
  TotalOf,
  TotalOptions,
  VarianceOptions,
} from "./methods/reductions.ts";
export type { PersistOptions } from "./persist.ts";
export { array2string, arrayRepr, arrayStr, type PrintOptions } from "./print/array2string.ts";
export { defaultRng, RandomGenerator, type RandomOptions } from "./random.ts";
export type { Selector } from "./select.ts";
export { ellipsis, newaxis, type Slice } from "./slice.ts";
export { announceWrite, watchWrites, type WriteWatcher } from "./write-watch.ts";
export { ArrayFileError, type ArrayFileErrorCode } from "./files/file-error.ts";
export { load, loadInto } from "./files/load.ts";
export type { LoadingShelf } from "./files/publish.ts";
export { loadz, loadzInto, type LoadzOptions } from "./files/load-npz.ts";
export { replaceFileAsync } from "./files/replace-file.ts";
export { type FileOptions, type FilePath, save, saveAsync } from "./files/save.ts";
export { savez, savezCompressed } from "./files/save-npz.ts";
export { type Arrow, type ArrowVector, fromArrow, toArrow } from "./interop/arrow.ts";
export { fromNumpyTs, type NumpyTs, type NumpyTsArray, toNumpyTs } from "./interop/numpy-ts.ts";
export { fromStdlib, type StdlibArray, type StdlibConstructor, toStdlib } from "./interop/stdlib.ts";
