import type { DType } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { applyBinary, applyUnary } from "../ops/apply.ts";
import { partOf } from "../ops/complex-parts.ts";
import { matmul } from "../ops/matmul.ts";
import type { Operand } from "../ops/operand.ts";
import { dtypeInfo } from "../dtype.ts";
import { ArrayViews } from "./views.ts";

/**
 * What Python writes as operators, each a new array in DRAM: NumPy's promotion and broadcasting. The functions of the
 * same names take scalars on the left, too, and `out` and `where`.
 */
export abstract class ArrayArithmetic<D extends DType = DType> extends ArrayViews<D> {
  /** NumPy's `x + y`, as a new array. */
  add(operand: Operand): NDArray {
    return makeArray(applyBinary("add", this, operand));
  }

  /** NumPy's `x - y`, as a new array. */
  subtract(operand: Operand): NDArray {
    return makeArray(applyBinary("subtract", this, operand));
  }

  /** NumPy's `x * y`, as a new array. */
  multiply(operand: Operand): NDArray {
    return makeArray(applyBinary("multiply", this, operand));
  }

  /** NumPy's `x / y`, as a new array. */
  divide(operand: Operand): NDArray {
    return makeArray(applyBinary("divide", this, operand));
  }

  /** NumPy's `x // y`, as a new array. */
  floorDivide(operand: Operand): NDArray {
    return makeArray(applyBinary("floorDivide", this, operand));
  }

  /** NumPy's `x % y`, as a new array. */
  remainder(operand: Operand): NDArray {
    return makeArray(applyBinary("remainder", this, operand));
  }

  /** NumPy's `x ** y`, as a new array. */
  power(operand: Operand): NDArray {
    return makeArray(applyBinary("power", this, operand));
  }

  /** NumPy's `x == y`, as a new array. */
  equal(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("equal", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `x != y`, as a new array. */
  notEqual(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("notEqual", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `x < y`, as a new array. */
  less(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("less", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `x <= y`, as a new array. */
  lessEqual(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("lessEqual", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `x > y`, as a new array. */
  greater(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("greater", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `x >= y`, as a new array. */
  greaterEqual(operand: Operand): NDArray<"bool"> {
    return makeArray(applyBinary("greaterEqual", this, operand)) as NDArray<"bool">;
  }

  /** NumPy's `-x`, as a new array. */
  negative(): NDArray<D> {
    return makeArray(applyUnary("negative", this)) as NDArray<D>;
  }

  /** NumPy's `abs(x)`, as a new array; of complex numbers, real. */
  abs(): NDArray {
    return makeArray(applyUnary("absolute", this));
  }

  /**
   * NumPy's `x @ y`: the matrix product, over stacks of matrices that broadcast. An array of one axis is a row on the left
   * and a column on the right, and that axis goes.
   * @throws RangeError if the inner lengths differ or the stacks do not broadcast
   */
  matmul(operand: Operand): NDArray {
    return makeArray(matmul(this, operand));
  }

  /**
   * The real parts: a view of the same memory for complex numbers, the array itself for others.
   */
  get real(): NDArray {
    return dtypeInfo(this.dtype).kind === "c" ? makeArray(partOf(this, "real")) : makeArray(this as never);
  }

  /** The imaginary parts: a view of the same memory for complex numbers, zeros for others. */
  get imag(): NDArray {
    if (dtypeInfo(this.dtype).kind === "c") return makeArray(partOf(this, "imag"));
    return makeArray(applyBinary("multiply", this, 0));
  }
}
