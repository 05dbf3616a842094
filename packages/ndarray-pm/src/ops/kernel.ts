/** An inner loop over one row of three arrays of one element type; `out` may be `a` or `b` at the same places. */
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

/** The elementwise operations, by NumPy's names. */
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

/** The two loops of an operation in place on neighbouring elements. */
export interface DenseKernels<Data> {
  /** `out[k] op= b[k]`; `b` is as long as `out`. */
  readonly withArray: (out: Data, b: Data) => void;
  /** `out[k] op= value`. */
  readonly withScalar: (out: Data, value: number) => void;
}

/** The operations that have such loops. */
export type DenseTable = Readonly<Partial<Record<BinaryOperation, DenseKernels<never>>>>;
