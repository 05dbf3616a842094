import type { DType, ScalarOf } from "../dtype.ts";
import { assignTo, fillWith } from "../ops/assign.ts";
import { applyInPlace } from "../ops/in-place.ts";
import { broadcastTo, detangle, type Operand, viewOfOperand } from "../ops/operand.ts";
import { byteswap } from "../ops/byteswap.ts";
import { maskOf, storeWhere } from "../ops/choose.ts";
import { assignSelected, put } from "../ops/put.ts";
import { sortInPlace } from "../ops/sort.ts";
import { elementOf, type Scalar } from "../scalar.ts";
import type { Selector } from "../select.ts";
import { checkAxis } from "../shape.ts";
import { ArrayReductions } from "./reductions.ts";

/** The in-place operations of {@link NDArray}. */
export abstract class ArrayInPlace<D extends DType = DType> extends ArrayReductions<D> {
  // ---- In place ---------------------------------------------------------------------------------------------------
  // Failure-atomic on a shelf: after a throw or a crash all elements have their old values, or all their new ones; the
  // bytes are durable when the outermost transaction commits. Returns the array itself.

  /**
   * Stores one value in every element. Failure-atomic on a shelf, durable on return (outside a transaction).
   * @throws TypeError, RangeError if the value does not fit the dtype; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
   */
  fill(value: ScalarOf<D> | Scalar): this {
    fillWith(this, value);
    return this;
  }

  /**
   * Stores a scalar or an array that broadcasts to this shape, as NumPy's `x[...] = value`: fractions are cut off for
   * integers. Failure-atomic on a shelf, durable on return (outside a transaction).
   * @throws RangeError if the shapes do not broadcast; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
   */
  assign(value: Operand): this {
    assignTo(this, value, "unsafe");
    return this;
  }

  /**
   * `x += operand`, elementwise, by NumPy's rules: integers wrap around, and a result of a wider kind (a fraction for an
   * integer array) is refused. So for every in-place operation below. Failure-atomic on a shelf, durable on return
   * (outside a transaction).
   * @throws TypeError if the dtypes do not go together; RangeError if the shapes do not broadcast or a scalar does not
   * fit; ShelfError `ERR_SHELF_NO_SPACE` with nothing changed
   */
  iadd(operand: Operand): this {
    applyInPlace("add", this, operand);
    return this;
  }

  /** `x -= operand`; see {@link iadd}. Not for bool. */
  isub(operand: Operand): this {
    applyInPlace("subtract", this, operand);
    return this;
  }

  /** `x *= operand`; see {@link iadd}. */
  imul(operand: Operand): this {
    applyInPlace("multiply", this, operand);
    return this;
  }

  /** `x /= operand`; see {@link iadd}. Floating point only. */
  itruediv(operand: Operand): this {
    applyInPlace("divide", this, operand);
    return this;
  }

  /** `x //= operand`: towards minus infinity; integers by 0 give 0. See {@link iadd}. */
  ifloordiv(operand: Operand): this {
    applyInPlace("floorDivide", this, operand);
    return this;
  }

  /** `x %= operand`: the sign is the divisor's, as in Python; integers by 0 give 0. See {@link iadd}. */
  imod(operand: Operand): this {
    applyInPlace("remainder", this, operand);
    return this;
  }

  /** `x **= operand`; see {@link iadd}. Integers to negative powers are a RangeError. */
  ipow(operand: Operand): this {
    applyInPlace("power", this, operand);
    return this;
  }

  /** `x <<= operand`; see {@link iadd}. Integers only; a shift by the width or more gives 0. */
  ilshift(operand: Operand): this {
    applyInPlace("leftShift", this, operand);
    return this;
  }

  /** `x >>= operand`, keeping the sign; see {@link iadd}. Integers only. */
  irshift(operand: Operand): this {
    applyInPlace("rightShift", this, operand);
    return this;
  }

  /** `x &= operand`; see {@link iadd}. Integers and bool. */
  iand(operand: Operand): this {
    applyInPlace("bitwiseAnd", this, operand);
    return this;
  }

  /** `x |= operand`; see {@link iadd}. Integers and bool. */
  ior(operand: Operand): this {
    applyInPlace("bitwiseOr", this, operand);
    return this;
  }

  /** `x ^= operand`; see {@link iadd}. Integers and bool. */
  ixor(operand: Operand): this {
    applyInPlace("bitwiseXor", this, operand);
    return this;
  }

  // Functions with an `out` are in place, too: `sqrt(x, { out: x })`, `cumsum(x, 0, { out: x })`.

  /**
   * Stores `value`, which broadcasts, in the elements that indices and masks select, as NumPy's `x[[2, 0]] = value`; see
   * {@link NDArray.select}. Of indices that repeat, the last value stays. Failure-atomic on a shelf, where exactly the
   * elements selected are recorded; durable on return (outside a transaction).
   *
   *     x.assignSelected([mask], 0)
   *     x.assignSelected([[2, 0], "1:"], y)
   *
   * @throws TypeError or RangeError if an index is out of range or the value does not broadcast; ShelfError
   * `ERR_SHELF_NO_SPACE` with nothing changed
   */
  assignSelected(selectors: readonly Selector[], value: Operand): this {
    assignSelected(this, selectors, value);
    return this;
  }

  /**
   * Stores values, repeated as needed, at places counted in C order, as `np.put`. Failure-atomic on a shelf.
   * @throws RangeError if there is no such place, or no value
   */
  put(indices: Selector, values: Operand): this {
    put(this, indices, values);
    return this;
  }

  /**
   * Stores a scalar or an array that broadcasts where the mask is true, as `np.copyto(x, value, where=mask)` and, for what
   * broadcasts, `np.putmask`. Failure-atomic on a shelf, where exactly those elements are recorded.
   * @throws TypeError if the mask is no bool; RangeError if it, or the value, does not broadcast
   */
  putmask(mask: Operand, value: Operand): this {
    const source = broadcastTo(viewOfOperand(value, this.dtype, elementOf), this.shape);
    storeWhere(this, detangle(this, source), detangle(this, maskOf("putmask", mask, this.shape)));
    return this;
  }

  /**
   * Sorts along an axis, the last by default; NaN comes last. Failure-atomic on a shelf. For an order to apply to other
   * arrays, see `argsort` and `takeAlongAxis`.
   * @throws RangeError if there is no such axis
   */
  sort(axis = -1): this {
    sortInPlace(this, checkAxis(axis, this.shape.length));
    return this;
  }

  /** Reverses the bytes of every element: big-endian data becomes little-endian. Failure-atomic on a shelf. */
  byteswap(): this {
    byteswap(this);
    return this;
  }
}
