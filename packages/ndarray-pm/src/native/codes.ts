/** The numbers by which the addon knows operations and says what happened; `native/core` has the same lists. */
import type { DType } from "../dtype.ts";

/** Binary operations, in the order of `Binary` in kernels.h. */
export const binaryCodes = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "bitwiseAnd",
  "bitwiseOr",
  "bitwiseXor",
  "minimum",
  "maximum",
  "fmin",
  "fmax",
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
] as const;

/** Folds, in the order of `Fold` in kernels.h. */
export const foldCodes = ["sum", "minimum", "maximum", "argmin", "argmax", "any", "all"] as const;

/** What calls answer, in the order of `Status` in layout.h. */
export const statuses = ["ok", "unsupported", "outOfRange", "overlap", "noMemory"] as const;

export type BinaryCodeName = (typeof binaryCodes)[number];
export type FoldCodeName = (typeof foldCodes)[number];

/** The dtypes whose typed arrays hold the elements themselves, one by one. */
const plainDTypes: ReadonlySet<DType> = new Set([
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "float64",
]);

/** Whether the addon can work on elements of a dtype: not on float16, which is encoded, nor on complex pairs. */
export function isPlain(dtype: DType): boolean {
  return plainDTypes.has(dtype);
}
