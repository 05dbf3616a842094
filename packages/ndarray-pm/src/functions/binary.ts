/**
 * NumPy's elementwise functions, by its names. Operands are arrays, typed arrays, nested arrays and scalars, which broadcast
 * and promote as in NumPy 2; the result is new, in DRAM, or `out`: then failure-atomic on a shelf, durable on return
 * (outside a transaction), and only the bytes that `where` lets change are recorded.
 */
import type { DType } from "../dtype.ts";
import type { NDArray } from "../ndarray.ts";
import { applyBinary } from "../ops/apply.ts";
import type { BinaryName } from "../ops/binary.ts";
import type { Operand } from "../ops/operand.ts";
import { checkElementwise, type ElementwiseOptions, resultOf } from "./options.ts";

/**
 * Applies an operation to the elements of two operands.
 *
 *     add(x, 1)                               // a new array
 *     add(x, y, { out: x })                   // in place
 *     multiply(x, 2, { out: x, where: mask }) // in place, where the mask is true
 *
 * @throws TypeError if the operation is not defined for the dtypes or `out` cannot hold its result; RangeError if shapes do
 * not broadcast or a scalar does not fit; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
 */
export interface BinaryFunction {
  <D extends DType>(a: Operand, b: Operand, options: ElementwiseOptions & { readonly out: NDArray<D> }): NDArray<D>;
  (a: Operand, b: Operand, options?: ElementwiseOptions): NDArray;
}

function binary(name: BinaryName): BinaryFunction {
  const apply = (a: Operand, b: Operand, options: ElementwiseOptions = {}): NDArray<never> => {
    checkElementwise(name, options);
    return resultOf(applyBinary(name, a, b, options), options) as NDArray<never>;
  };
  return apply;
}

/** The sum. For bool, or. */
export const add: BinaryFunction = binary("add");

/** The difference. Not for bool. */
export const subtract: BinaryFunction = binary("subtract");

/** The product. For bool, and. */
export const multiply: BinaryFunction = binary("multiply");

/** The quotient, as floating point: integers give float64. */
export const divide: BinaryFunction = binary("divide");

/** The quotient rounded towards minus infinity; integers by 0 give 0. */
export const floorDivide: BinaryFunction = binary("floorDivide");

/** Python's remainder: the sign is the divisor's; integers by 0 give 0. */
export const remainder: BinaryFunction = binary("remainder");

/** The power. Integers to negative powers are a RangeError. */
export const power: BinaryFunction = binary("power");

/** Integers shifted to the left; by the width or more they are 0. */
export const leftShift: BinaryFunction = binary("leftShift");

/** Integers shifted to the right, keeping the sign. */
export const rightShift: BinaryFunction = binary("rightShift");

/** Bitwise and, of integers and bool. */
export const bitwiseAnd: BinaryFunction = binary("bitwiseAnd");

/** Bitwise or, of integers and bool. */
export const bitwiseOr: BinaryFunction = binary("bitwiseOr");

/** Bitwise exclusive or, of integers and bool. */
export const bitwiseXor: BinaryFunction = binary("bitwiseXor");

/** The larger; NaN if one is. */
export const maximum: BinaryFunction = binary("maximum");

/** The smaller; NaN if one is. */
export const minimum: BinaryFunction = binary("minimum");

/** The larger; the other if one is NaN. */
export const fmax: BinaryFunction = binary("fmax");

/** The smaller; the other if one is NaN. */
export const fmin: BinaryFunction = binary("fmin");

/** The angle of the point (b, a), in radians: `arctan2(y, x)`. */
export const arctan2: BinaryFunction = binary("arctan2");

/** The length of the hypotenuse, without overflow on the way. */
export const hypot: BinaryFunction = binary("hypot");

/** The size of `a` with the sign of `b`. */
export const copysign: BinaryFunction = binary("copysign");

/** Whether both are equal. */
export const equal: BinaryFunction = binary("equal");

/** Whether both differ; NaN differs from all. */
export const notEqual: BinaryFunction = binary("notEqual");

/** Whether `a` is smaller. Not for complex numbers. */
export const less: BinaryFunction = binary("less");

/** Whether `a` is smaller or equal. Not for complex numbers. */
export const lessEqual: BinaryFunction = binary("lessEqual");

/** Whether `a` is larger. Not for complex numbers. */
export const greater: BinaryFunction = binary("greater");

/** Whether `a` is larger or equal. Not for complex numbers. */
export const greaterEqual: BinaryFunction = binary("greaterEqual");

/** Whether both are other than 0. */
export const logicalAnd: BinaryFunction = binary("logicalAnd");

/** Whether one is other than 0. */
export const logicalOr: BinaryFunction = binary("logicalOr");

/** Whether just one is other than 0. */
export const logicalXor: BinaryFunction = binary("logicalXor");
