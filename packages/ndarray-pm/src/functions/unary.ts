/**
 * NumPy's elementwise functions, by its names. Operands are arrays, typed arrays, nested arrays and scalars, which broadcast
 * and promote as in NumPy 2; the result is new, in DRAM, or `out`: then failure-atomic on a shelf, durable on return
 * (outside a transaction), and only the bytes that `where` lets change are recorded.
 */
import type { DType } from "../dtype.ts";
import type { NDArray } from "../ndarray.ts";
import { applyUnary } from "../ops/apply.ts";
import type { Operand } from "../ops/operand.ts";
import type { UnaryName } from "../ops/unary.ts";
import { checkElementwise, type ElementwiseOptions, resultOf } from "./options.ts";

/**
 * Applies an operation to every element.
 *
 *     sqrt(x)              // a new array
 *     sqrt(x, { out: x })  // in place
 *
 * @throws TypeError if the operation is not defined for the dtype or `out` cannot hold its result; RangeError if shapes do
 * not broadcast; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
 */
export interface UnaryFunction {
  <D extends DType>(x: Operand, options: ElementwiseOptions & { readonly out: NDArray<D> }): NDArray<D>;
  (x: Operand, options?: ElementwiseOptions): NDArray;
}

function unary(name: UnaryName): UnaryFunction {
  const apply = (x: Operand, options: ElementwiseOptions = {}): NDArray<never> => {
    checkElementwise(name, options);
    return resultOf(applyUnary(name, x, options), options) as NDArray<never>;
  };
  return apply;
}

/** The opposite. Not for bool; unsigned integers wrap around. */
export const negative: UnaryFunction = unary("negative");

/** A copy. */
export const positive: UnaryFunction = unary("positive");

/** The absolute value; of complex numbers, real. */
export const absolute: UnaryFunction = unary("absolute");

/** -1, 0 or 1, after the sign. */
export const sign: UnaryFunction = unary("sign");

/** The square. */
export const square: UnaryFunction = unary("square");

/** One divided by it; of integers, whole. */
export const reciprocal: UnaryFunction = unary("reciprocal");

/** The square root. */
export const sqrt: UnaryFunction = unary("sqrt");

/** The cube root. */
export const cbrt: UnaryFunction = unary("cbrt");

/** e to its power. */
export const exp: UnaryFunction = unary("exp");

/** 2 to its power. */
export const exp2: UnaryFunction = unary("exp2");

/** e to its power, less 1, exact near 0. */
export const expm1: UnaryFunction = unary("expm1");

/** The natural logarithm. */
export const log: UnaryFunction = unary("log");

/** The logarithm to base 2. */
export const log2: UnaryFunction = unary("log2");

/** The logarithm to base 10. */
export const log10: UnaryFunction = unary("log10");

/** The natural logarithm of 1 more, exact near 0. */
export const log1p: UnaryFunction = unary("log1p");

/** The sine, of radians. */
export const sin: UnaryFunction = unary("sin");

/** The cosine, of radians. */
export const cos: UnaryFunction = unary("cos");

/** The tangent, of radians. */
export const tan: UnaryFunction = unary("tan");

/** The inverse sine, in radians. */
export const arcsin: UnaryFunction = unary("arcsin");

/** The inverse cosine, in radians. */
export const arccos: UnaryFunction = unary("arccos");

/** The inverse tangent, in radians. */
export const arctan: UnaryFunction = unary("arctan");

/** The hyperbolic sine. */
export const sinh: UnaryFunction = unary("sinh");

/** The hyperbolic cosine. */
export const cosh: UnaryFunction = unary("cosh");

/** The hyperbolic tangent. */
export const tanh: UnaryFunction = unary("tanh");

/** The inverse hyperbolic sine. */
export const arcsinh: UnaryFunction = unary("arcsinh");

/** The inverse hyperbolic cosine. */
export const arccosh: UnaryFunction = unary("arccosh");

/** The inverse hyperbolic tangent. */
export const arctanh: UnaryFunction = unary("arctanh");

/** Degrees as radians. */
export const deg2rad: UnaryFunction = unary("deg2rad");

/** Radians as degrees. */
export const rad2deg: UnaryFunction = unary("rad2deg");

/** Rounded to a whole number, half-way cases to even; floating point. */
export const rint: UnaryFunction = unary("rint");

/** Rounded towards minus infinity; integers stay what they are. */
export const floor: UnaryFunction = unary("floor");

/** Rounded towards infinity; integers stay what they are. */
export const ceil: UnaryFunction = unary("ceil");

/** Rounded towards 0; integers stay what they are. */
export const trunc: UnaryFunction = unary("trunc");

/** Whether it is not a number. */
export const isnan: UnaryFunction = unary("isnan");

/** Whether it is infinite. */
export const isinf: UnaryFunction = unary("isinf");

/** Whether it is neither infinite nor NaN. */
export const isfinite: UnaryFunction = unary("isfinite");

/** Whether it is negative, -0 included. */
export const signbit: UnaryFunction = unary("signbit");

/** Whether it is 0. */
export const logicalNot: UnaryFunction = unary("logicalNot");

/** Every bit turned over, of integers; of bool, not. */
export const invert: UnaryFunction = unary("invert");

/** With the sign of the imaginary part turned. */
export const conjugate: UnaryFunction = unary("conjugate");
