import { describe, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import { ElementAccess, type ElementsInit } from "./element-access.ts";
import { type Nested, toNested } from "./nested.ts";
import { assignTo, fillWith } from "./ops/assign.ts";
import { copyElements } from "./ops/convert.ts";
import { applyInPlace } from "./ops/in-place.ts";
import type { Operand } from "./ops/operand.ts";
import { inspectArray } from "./print.ts";
import { persistElements, persistView } from "./persist.ts";
import { rankClasses } from "./rank-classes.ts";
import { type Scalar, scalarAt } from "./scalar.ts";
import {
  checkAxis,
  checkOrder,
  checkPermutation,
  contiguousStride,
  type Order,
  reshapeStride,
  resolveReshape,
} from "./shape.ts";
import { type Slice, sliceLayout } from "./slice.ts";
import { hiLayout, loLayout, pickLayout, stepLayout } from "./scijs.ts";
import { isContiguousC, isContiguousF, type Layout } from "./view.ts";

/** Arrays of more elements are not turned into JSON: it would take tens of bytes for each. */
const jsonSizeMax = 1_000_000;

/**
 * An n-dimensional array of one dtype, in DRAM or on a shelf. Made by `zeros`, `array` and their like, by views of
 * another, or by `shelf.get`; the constructor trusts its argument.
 *
 * It has the fields and methods of the scijs `ndarray` interface (`data`, `shape`, `stride`, `offset`, `dtype`, `size`,
 * `dimension`, `order`, `get`, `set`, `index`, `lo`, `hi`, `step`, `transpose`, `pick`), so scijs functions take it
 * directly, and NumPy's names beside them. Views share the elements and keep them alive; after the variable is erased
 * or replaced, or the shelf closed, every use throws `ERR_SHELF_ERASED` or `ERR_SHELF_CLOSED`.
 */
export class NDArray<D extends DType = DType> extends ElementAccess<D> {
  static {
    // What console.log calls. Its computed name cannot be declared as a method.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: NDArray): string {
        return inspectArray(this);
      },
    });
  }

  /** Whether `value` is an NDArray of this package. */
  static isNDArray(value: unknown): value is NDArray {
    return ElementAccess.isArray(value);
  }

  // ---- Facts ------------------------------------------------------------------------------------------------------

  /** The number of axes; scijs calls it `dimension`. */
  get ndim(): number {
    return this.shape.length;
  }

  get dimension(): number {
    return this.shape.length;
  }

  /** The axes from the smallest to the largest stride, as scijs functions want them. For C or F, see {@link layout}. */
  get order(): number[] {
    return this.stride.map((_, axis) => axis).sort((a, b) => Math.abs(this.stride[a]) - Math.abs(this.stride[b]));
  }

  /** `C` or `F` if the elements lie one after another in that order (`C` if in both), else `strided`. */
  get layout(): Order | "strided" {
    return isContiguousC(this) ? "C" : isContiguousF(this) ? "F" : "strided";
  }

  /** Bytes an element. */
  get itemsize(): number {
    return dtypeInfo(this.dtype).itemsize;
  }

  /** Bytes of all elements. */
  get nbytes(): number {
    return this.size * this.itemsize;
  }

  /** Distance between neighbours on each axis in bytes, as in NumPy. For elements, see {@link stride}. */
  get strides(): number[] {
    return this.stride.map((step) => step * this.itemsize);
  }

  // ---- Views ------------------------------------------------------------------------------------------------------

  #view(layout: Layout): NDArray<D> {
    const { data, dtype, storage } = this;
    return makeArray({ ...layout, data, dtype, storage });
  }

  /**
   * A view of part of the array, as NumPy's `x[...]`: for each axis an index (the axis goes), null (all of it),
   * `[start, stop, step]` or `"start:stop:step"`. Axes not named stay whole.
   *
   *     x.slice(0)              // x[0]
   *     x.slice(null, [1, 3])   // x[:, 1:3]
   *     x.slice("::-1", -1)     // x[::-1, -1]
   *
   * @throws TypeError or RangeError if a slice is malformed or an index out of range
   */
  slice(...slices: readonly Slice[]): NDArray<D> {
    return this.#view(sliceLayout(this, slices));
  }

  /**
   * The same elements in C order under a new shape; one length may be -1, for what fits. A view where the strides allow
   * it, else (as in NumPy) a copy in DRAM: `y.storage === x.storage` tells.
   * @throws RangeError if the shape holds another number of elements
   */
  reshape(...shape: readonly number[] | readonly [readonly number[]]): NDArray<D> {
    const lengths = shape.length === 1 && Array.isArray(shape[0]) ? (shape[0] as readonly number[]) : shape;
    const target = resolveReshape(lengths as readonly number[], this.size);
    const stride = reshapeStride(this.shape, this.stride, target);
    if (stride !== undefined) return this.#view({ shape: target, stride, offset: this.offset });
    return this.copy().reshape(target);
  }

  /** All elements on one axis, in C order: a view where the strides allow it, else a copy in DRAM. */
  ravel(): NDArray<D> {
    return this.reshape(this.size);
  }

  /**
   * A view with the axes in another order: `x.transpose(1, 0)`. Without arguments, reversed.
   * @throws RangeError if the axes are no permutation
   */
  transpose(...axes: readonly number[] | readonly [readonly number[]]): NDArray<D> {
    const wanted = axes.length === 1 && Array.isArray(axes[0]) ? (axes[0] as readonly number[]) : axes;
    const natural = this.shape.map((_, axis) => this.shape.length - 1 - axis);
    const permutation =
      wanted.length === 0 ? natural : checkPermutation(wanted as readonly number[], this.shape.length);
    const shape = permutation.map((axis) => this.shape[axis]);
    return this.#view({ shape, stride: permutation.map((axis) => this.stride[axis]), offset: this.offset });
  }

  /** A view with the axes reversed. */
  get T(): NDArray<D> {
    return this.transpose();
  }

  /**
   * A view with the elements of some axes in reverse; of all axes without arguments.
   * @throws RangeError if there is no such axis
   */
  flip(...axes: readonly number[]): NDArray<D> {
    const chosen = new Set(
      axes.length === 0 ? this.shape.keys() : axes.map((axis) => checkAxis(axis, this.shape.length)),
    );
    return this.slice(...this.shape.map((_, axis) => (chosen.has(axis) ? [null, null, -1] : null)));
  }

  /** scijs: a view without the first `starts[axis]` elements of each axis; null leaves an axis as it is. */
  lo(...starts: readonly (number | null | undefined)[]): NDArray<D> {
    return this.#view(loLayout(this, starts));
  }

  /** scijs: a view of the first `lengths[axis]` elements of each axis; null leaves an axis as it is. */
  hi(...lengths: readonly (number | null | undefined)[]): NDArray<D> {
    return this.#view(hiLayout(this, lengths));
  }

  /** scijs: a view of every `steps[axis]`-th element of each axis, backwards if negative; null leaves an axis as it is. */
  step(...steps: readonly (number | null | undefined)[]): NDArray<D> {
    return this.#view(stepLayout(this, steps));
  }

  /** scijs: a view at one index of some axes, which go; null and negative numbers keep an axis. */
  pick(...indices: readonly (number | null | undefined)[]): NDArray<D> {
    return this.#view(pickLayout(this, indices));
  }

  // ---- Copies -----------------------------------------------------------------------------------------------------

  /** A contiguous copy in DRAM. */
  copy(order: Order = "C"): NDArray<D> {
    return this.#converted(this.dtype, order);
  }

  /** A contiguous copy in DRAM as another dtype: fractions are cut off for integers, integers wrap around. */
  astype<To extends DType>(dtype: To): NDArray<To> {
    return this.#converted(dtype, "C");
  }

  #converted<To extends DType>(dtype: To, order: Order): NDArray<To> {
    const copy = makeArray({
      data: dtypeInfo(dtype).allocate(this.size),
      dtype,
      shape: this.shape,
      stride: contiguousStride(this.shape, checkOrder(order)),
      offset: 0,
    });
    copyElements(copy, this);
    return copy;
  }

  /** The elements as nested arrays of numbers, bigints or booleans; one value for an array of no axes. */
  toArray(): Nested {
    const { data, dtype } = this;
    return toNested(this, (at) => scalarAt(data, dtype, at)!);
  }

  /** NumPy's name of {@link toArray}. */
  tolist(): Nested {
    return this.toArray();
  }

  /**
   * What `JSON.stringify` writes: nested arrays.
   * @throws RangeError above a million elements; TypeError, from JSON itself, for bigints
   */
  toJSON(): Nested {
    if (this.size > jsonSizeMax) {
      throw new RangeError(
        `JSON of ${this.size} elements was refused (at most ${jsonSizeMax}); write slices, or toArray() if you must`,
      );
    }
    return this.toArray();
  }

  override toString(): string {
    return inspectArray(this);
  }

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

  // ---- Durability -------------------------------------------------------------------------------------------------

  /**
   * Makes elements durable that were stored with {@link set} or through {@link data}: all of them, or `length` elements
   * from `offset` on, counted in C order. Only cache lines that the elements touch are written back; durable on return.
   * Not needed after in-place operations.
   * @throws TypeError if the array is not on a shelf; RangeError if the range is not within the array; ShelfError
   * `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  persist(offset?: number, length?: number): void {
    if (this.storage === undefined) {
      throw new TypeError(
        "persist() needs an array that lives on a shelf; this one is in DRAM: assign it to a shelf first",
      );
    }
    if (offset === undefined && length === undefined) persistView(this);
    else persistElements(this, offset ?? 0, length ?? this.size - (offset ?? 0));
  }
}

const { ofNumbers, general } = rankClasses(NDArray);

/** An NDArray of the class whose element access suits its rank and dtype. */
export function makeArray<D extends DType>(init: ElementsInit<D>): NDArray<D> {
  const forRank = ofNumbers[init.shape.length] ?? general;
  const isBoxed = dtypeInfo(init.dtype).scalar !== "number";
  return isBoxed && forRank !== general ? new NDArray(init) : new forRank(init);
}

/**
 * `value` as an NDArray.
 * @throws TypeError if it is none
 */
export function expectNDArray(value: unknown): NDArray {
  if (NDArray.isNDArray(value)) return value;
  throw new TypeError(`Expected an NDArray, found ${describe(value)}`);
}
