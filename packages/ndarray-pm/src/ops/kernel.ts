/** Inner loops: what they take, and the loops that apply a function of one or two elements. */
import type { BinaryCodeName } from "../native/codes.ts";
import type { View } from "../view.ts";

/** An inner loop over one row of three arrays; `out` may be `a` or `b` at the same places. */
export type BinaryKernel<Data> = (
  out: Data,
  o: number,
  oStep: number,
  a: Data,
  i: number,
  iStep: number,
  b: Data,
  j: number,
  jStep: number,
  count: number,
) => void;

/** An inner loop over one row of two arrays; `out` may be `a` at the same places. */
export type UnaryKernel<Data> = (
  out: Data,
  o: number,
  oStep: number,
  a: Data,
  i: number,
  iStep: number,
  count: number,
) => void;

/** The elementwise operations of arithmetic, by NumPy's names. */
export type BinaryOperation =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "floorDivide"
  | "remainder"
  | "power"
  | "leftShift"
  | "rightShift"
  | "bitwiseAnd"
  | "bitwiseOr"
  | "bitwiseXor";

/** The operations that a dtype has, as loops over its typed arrays. */
export type KernelTable = Readonly<Partial<Record<BinaryOperation, BinaryKernel<never>>>>;

/** Loops over neighbouring elements, where three indices would cost more than the arithmetic. */
export interface DenseKernels {
  /** `out[k] = a[k] op b[k]`; all are as long as `out`. */
  readonly arrays: (out: View["data"], a: View["data"], b: View["data"]) => void;
  /** `out[k] = a[k] op value`. */
  readonly scalarRight: (out: View["data"], a: View["data"], value: number) => void;
  /** `out[k] = value op b[k]`. */
  readonly scalarLeft: (out: View["data"], value: number, b: View["data"]) => void;
}

/** What a binary operation needs for one pair of dtypes. */
export interface BinaryLoop {
  readonly strided: BinaryKernel<View["data"]>;
  readonly dense: DenseKernels | undefined;
  /** What the addon calls the operation on these dtypes, if it has it. */
  readonly native?: BinaryCodeName | undefined;
}

/** What a unary operation needs for one dtype. */
export interface UnaryLoop {
  readonly strided: UnaryKernel<View["data"]>;
  readonly dense: ((out: View["data"], a: View["data"]) => void) | undefined;
}
