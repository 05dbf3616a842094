import { type Axes, broadcasted, diagonalOf, expanded, moved, permuted, squeezed, swapped } from "../axes.ts";
import { type DType, dtypeInfo } from "../dtype.ts";
import { ElementAccess } from "../element-access.ts";
import { allocateView, makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { type Nested, toNested } from "../nested.ts";
import { copyElements } from "../ops/convert.ts";
import { scalarAt } from "../scalar.ts";
import { hiLayout, loLayout, pickLayout, stepLayout } from "../scijs.ts";
import { gather, selectionOf, type Selector } from "../select.ts";
import { checkAxis, checkOrder, type Order, reshapeStride, resolveReshape } from "../shape.ts";
import { type Slice, sliceLayout } from "../slice.ts";
import { isContiguousC, isContiguousF, type Layout } from "../view.ts";

/** The facts, views and copies of {@link NDArray}. */
export abstract class ArrayViews<D extends DType = DType> extends ElementAccess<D> {
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
    const { data, dtype, storage, isNonatomic } = this;
    const { shape, stride, offset } = layout;
    return makeArray({ shape, stride, offset, data, dtype, storage, isNonatomic });
  }

  /**
   * A view of part of the array, as NumPy's `x[...]`: for each axis an index (the axis goes), null (all of it),
   * `[start, stop, step]` or `"start:stop:step"`. Axes not named stay whole.
   *
   *     x.slice(0)              // x[0]
   *     x.slice(null, [1, 3])   // x[:, 1:3]
   *     x.slice("::-1", -1)     // x[::-1, -1]
   *     x.slice("...", 0)       // x[..., 0]: a column of a matrix, the same of any array
   *     x.slice("newaxis")      // x[np.newaxis]
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
    return this.#view(permuted(this, wanted.length === 0 ? natural : (wanted as readonly number[])));
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

  /**
   * A view without axes of length 1: those named, or all.
   * @throws RangeError if a named axis is longer
   */
  squeeze(axes?: Axes): NDArray<D> {
    return this.#view(squeezed(this, axes));
  }

  /**
   * A view with new axes of length 1 at these places of its shape.
   * @throws RangeError if there is no such place
   */
  expandDims(axes: Axes): NDArray<D> {
    return this.#view(expanded(this, axes));
  }

  /** A view with two axes exchanged. */
  swapaxes(axis1: number, axis2: number): NDArray<D> {
    return this.#view(swapped(this, axis1, axis2));
  }

  /** A view with some axes moved to other places, the rest in their order. */
  moveaxis(source: Axes, destination: Axes): NDArray<D> {
    return this.#view(moved(this, source, destination));
  }

  /**
   * A view of the diagonal of two axes, as a new last axis; `offset` counts columns to the right of the main one.
   * @throws RangeError if the array has fewer than two axes
   */
  diagonal(offset = 0, axis1 = 0, axis2 = 1): NDArray<D> {
    return this.#view(diagonalOf(this, offset, axis1, axis2));
  }

  /**
   * A view under a larger shape that shows elements repeatedly. In-place operations refuse it, as NumPy does.
   * @throws RangeError if the shapes do not broadcast
   */
  broadcastTo(shape: number | readonly number[]): NDArray<D> {
    return this.#view(broadcasted(this, shape));
  }

  /**
   * A view whose in-place operations, and those of its own views, write without the undo log: as fast as memory, but a
   * crash may leave any part of the new elements. Durable after {@link NDArray.persist}.
   */
  get nonatomic(): NDArray<D> {
    const { data, dtype, shape, stride, offset, storage } = this;
    return makeArray({ data, dtype, shape, stride, offset, storage, isNonatomic: true });
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

  /**
   * A copy of the elements that indices and masks select, as NumPy's `x[[2, 0]]` and `x[mask]`: for each axis an index,
   * null, a slice as text, or an array of indices (nested arrays, a typed array, an NDArray of integers); a bool array is
   * a mask over as many axes as it has. Index arrays are broadcast together.
   *
   *     x.select([2, 0])             // x[[2, 0]]
   *     x.select(greater(x, 0))      // x[x > 0]
   *     x.select("1:", [[0], [1]])   // x[1:, [[0], [1]]]
   *
   * To write to such places, see {@link NDArray.assignSelected}.
   * @throws TypeError or RangeError if an index is out of range or a mask has another shape
   */
  select(...selectors: readonly Selector[]): NDArray<D> {
    return makeArray(gather(this, selectionOf(this, selectors))) as NDArray<D>;
  }

  /** A contiguous copy in DRAM. */
  copy(order: Order = "C"): NDArray<D> {
    return this.#converted(this.dtype, order);
  }

  /** A contiguous copy in DRAM as another dtype: fractions are cut off for integers, integers wrap around. */
  astype<To extends DType>(dtype: To): NDArray<To> {
    return this.#converted(dtype, "C");
  }

  #converted<To extends DType>(dtype: To, order: Order): NDArray<To> {
    const copy = makeArray(allocateView(this.shape, dtype, checkOrder(order)));
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
}
