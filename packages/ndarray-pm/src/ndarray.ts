/**
 * The n-d array. An NDArray never changes its shape, strides or dtype; its elements lie in a typed array that it may
 * share with other views, over DRAM or over a shelf's bytes.
 *
 * Three states:
 * - live: `#data` is as long as the elements need;
 * - pending: no data but a recipe, and an `#arm` that leads to the slow path; the first use allocates DRAM, follows the
 *   recipe and makes it live;
 * - detached: `#data` has length 0, because the variable was erased or replaced, or its shelf closed.
 * So the hot path tests nothing but the index: an element that is not there leads to the slow path, which knows why.
 *
 * Element access is why this file is long: it reads private fields, and V8 must be able to inline it.
 */
import type { Storage } from "@nodemm/shelf";
import { type DataOf, describe, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import { type Nested, toNested } from "./nested.ts";
import { assignTo, fillWith } from "./ops/assign.ts";
import { copyElements } from "./ops/convert.ts";
import { applyInPlace } from "./ops/in-place.ts";
import type { Operand } from "./ops/operand.ts";
import { inspectArray } from "./print.ts";
import type { Recipe } from "./recipe.ts";
import { persistElements, persistView } from "./persist.ts";
import { elementOf, type Scalar, scalarAt } from "./scalar.ts";
import {
  checkAxis,
  checkOrder,
  checkPermutation,
  contiguousStride,
  type Order,
  reshapeStride,
  resolveReshape,
  sizeOf,
} from "./shape.ts";
import { checkIndex, type Slice, sliceLayout } from "./slice.ts";
import { hiLayout, loLayout, pickLayout, stepLayout } from "./scijs.ts";
import { isContiguousC, isContiguousF, type Layout, type View } from "./view.ts";

/** What an NDArray is made of; see {@link View}. */
export interface NDArrayInit<D extends DType> extends Layout {
  readonly data: DataOf<D>;
  readonly dtype: D;
  readonly storage?: Storage | undefined;
  /** With an empty `data`: what to fill it with at its first use. */
  readonly recipe?: Recipe<D> | undefined;
}

/** The dtypes that `get` and `set` handle without a call, by the number of their arm. */
const arms: readonly DType[] = ["float64", "float32", "int32", "uint8", "uint32", "int16", "uint16", "int8"];

/** Arrays of more elements are not turned into JSON: it would take tens of bytes for each. */
const jsonSizeMax = 1_000_000;

/** What the NDArray being constructed is made of; see {@link Stash}. */
let current: NDArrayInit<DType>;
const nothing: NDArrayInit<DType> = { data: new Uint8Array(0), dtype: "bool", shape: [], stride: [], offset: 0 };

/**
 * Hands the constructor's argument to NDArray's field initialisers, which run when this constructor has returned. A field
 * that is written once, by its initialiser, is known to V8 as constant and by its type; one that the constructor's body
 * writes has been undefined before, and every element access would load and check it again.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- its constructor runs before NDArray's initialisers
class Stash {
  constructor(init: NDArrayInit<DType>) {
    current = init;
  }
}

/**
 * An n-dimensional array of one dtype, in DRAM or on a shelf. Made by `zeros`, `array` and their like, by views of
 * another, or by `shelf.get`; the constructor trusts its argument.
 *
 * It has the fields and methods of the scijs `ndarray` interface (`data`, `shape`, `stride`, `offset`, `dtype`, `size`,
 * `dimension`, `order`, `get`, `set`, `index`, `lo`, `hi`, `step`, `transpose`, `pick`), so scijs functions take it
 * directly, and NumPy's names beside them. Views share the elements and keep them alive; after the variable is erased
 * or replaced, or the shelf closed, every use throws `ERR_SHELF_ERASED` or `ERR_SHELF_CLOSED`.
 */
export class NDArray<D extends DType = DType> extends Stash implements View<D> {
  readonly dtype: D = current.dtype as D;
  /** Lengths of the axes. */
  readonly shape: readonly number[] = Object.freeze([...current.shape]);
  /** Distance between neighbours on each axis, in elements. For bytes, see {@link strides}. */
  readonly stride: readonly number[] = Object.freeze([...current.stride]);
  /** Index into `data` of the first element. */
  readonly offset: number = current.offset;
  /** The number of elements. */
  readonly size: number = sizeOf(current.shape);
  /** The shelf's bytes under the elements, for those who snapshot and flush by hand; undefined in DRAM. */
  readonly storage: Storage | undefined = current.storage;

  #data: DataOf<D> = current.data as DataOf<D>;
  #recipe: Recipe<D> | undefined = current.recipe;
  readonly #rank: number = current.shape.length;
  /** The dtype as a small integer: the arm of `get` and of `set` that handles it. */
  #arm: number = current.recipe === undefined ? arms.indexOf(current.dtype) : -1;
  // Lengths and strides of the first four axes, for element access.
  readonly #n0: number = current.shape[0] ?? 1;
  readonly #n1: number = current.shape[1] ?? 1;
  readonly #n2: number = current.shape[2] ?? 1;
  readonly #n3: number = current.shape[3] ?? 1;
  readonly #t0: number = current.stride[0] ?? 0;
  readonly #t1: number = current.stride[1] ?? 0;
  readonly #t2: number = current.stride[2] ?? 0;
  readonly #t3: number = current.stride[3] ?? 0;

  constructor(init: NDArrayInit<D>) {
    super(init);
    // Or the latest array's memory would stay alive.
    current = nothing;
  }

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
    return typeof value === "object" && value !== null && #recipe in value;
  }

  /** How to make the elements, while they are not made yet. */
  static recipeOf<D extends DType>(array: NDArray<D>): Recipe<D> | undefined {
    return array.#recipe;
  }

  /**
   * The typed array that holds the elements, and perhaps others': element `[i, j]` is
   * `data[offset + i * stride[0] + j * stride[1]]`. Zero-copy; what is stored through it on a shelf is durable after
   * {@link persist}.
   * @throws ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  get data(): DataOf<D> {
    if (this.#data.length === 0 && this.size > 0) this.#revive();
    return this.#data;
  }

  /** Makes the elements of a pending array; throws for a detached one. */
  #revive(): void {
    if (this.#recipe !== undefined) {
      const data = dtypeInfo(this.dtype).allocate(this.size);
      if (this.#recipe.byte !== 0) this.#recipe.write(data);
      this.#data = data;
      this.#arm = arms.indexOf(this.dtype);
      this.#recipe = undefined;
      return;
    }
    // Names the reason: every method of a dead variable's storage throws.
    this.storage?.flush(0, 0);
    throw new TypeError("The memory of this array was transferred or detached; create the array anew");
  }

  // ---- Facts ------------------------------------------------------------------------------------------------------

  /** The number of axes; scijs calls it `dimension`. */
  get ndim(): number {
    return this.#rank;
  }

  get dimension(): number {
    return this.#rank;
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

  // ---- Elements ---------------------------------------------------------------------------------------------------

  /**
   * Where the element at these indices lies in {@link data}. Negative indices count from the end.
   * @throws RangeError if an index is out of range or there are too few or too many
   */
  index(i?: number, j?: number, k?: number, l?: number, ...more: number[]): number;
  index(i: number, j: number, k: number, l: number): number {
    switch (this.#rank) {
      case 1:
        return this.#index1(i, j);
      case 2:
        return this.#index2(i, j, k);
      case 3:
        return this.#index3(i, j, k, l);
      case 4:
        return this.#index4(i, j, k, l);
      default:
        return this.#locate([i, j, k, l]);
    }
  }

  #index1(i: number, extra: unknown): number {
    if ((i | 0) === i && i >= 0 && i < this.#n0 && extra === undefined) return this.offset + i * this.#t0;
    return this.#locate([i, extra]);
  }

  #index2(i: number, j: number, extra: unknown): number {
    if ((i | 0) === i && i >= 0 && i < this.#n0 && (j | 0) === j && j >= 0 && j < this.#n1 && extra === undefined) {
      return this.offset + i * this.#t0 + j * this.#t1;
    }
    return this.#locate([i, j, extra]);
  }

  #index3(i: number, j: number, k: number, extra: unknown): number {
    if (
      (i | 0) === i &&
      i >= 0 &&
      i < this.#n0 &&
      (j | 0) === j &&
      j >= 0 &&
      j < this.#n1 &&
      (k | 0) === k &&
      k >= 0 &&
      k < this.#n2 &&
      extra === undefined
    ) {
      return this.offset + i * this.#t0 + j * this.#t1 + k * this.#t2;
    }
    return this.#locate([i, j, k, extra]);
  }

  #index4(i: number, j: number, k: number, l: number): number {
    if (
      (i | 0) === i &&
      i >= 0 &&
      i < this.#n0 &&
      (j | 0) === j &&
      j >= 0 &&
      j < this.#n1 &&
      (k | 0) === k &&
      k >= 0 &&
      k < this.#n2 &&
      (l | 0) === l &&
      l >= 0 &&
      l < this.#n3
    ) {
      return this.offset + i * this.#t0 + j * this.#t1 + k * this.#t2 + l * this.#t3;
    }
    return this.#locate([i, j, k, l]);
  }

  /** What the fast path gives up on: negative indices, axes of 2^31 and more, mistakes. */
  #locate(indices: readonly unknown[]): number {
    let count = indices.length;
    while (count > this.#rank && indices[count - 1] === undefined) count--;
    if (count !== this.#rank || indices.slice(0, count).includes(undefined)) {
      const found = indices.filter((index) => index !== undefined).length;
      throw new RangeError(`Expected ${this.#rank} indices for an array of ${this.#rank} axes, found ${found}`);
    }
    let at = this.offset;
    for (let axis = 0; axis < count; axis++) {
      at += checkIndex(indices[axis] as number, this.shape[axis], axis) * this.stride[axis];
    }
    return at;
  }

  /**
   * The element at these indices: one for each axis, negative ones counted from the end.
   * @throws RangeError as {@link index}; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  get(i?: number, j?: number, k?: number, l?: number, ...more: number[]): ScalarOf<D>;
  get(i: number, j: number, k: number, l: number): Scalar {
    const at = this.index(i, j, k, l);
    let value: number | undefined;
    // One place in the code for each element type, so that V8 sees one type at each.
    switch (this.#arm) {
      case 0: // float64
        value = (this.#data as Float64Array)[at];
        break;
      case 1: // float32
        value = (this.#data as Float32Array)[at];
        break;
      case 2: // int32
        value = (this.#data as Int32Array)[at];
        break;
      case 3: // uint8
        value = (this.#data as Uint8Array)[at];
        break;
      case 4: // uint32
        value = (this.#data as Uint32Array)[at];
        break;
      case 5: // int16
        value = (this.#data as Int16Array)[at];
        break;
      case 6: // uint16
        value = (this.#data as Uint16Array)[at];
        break;
      case 7: // int8
        value = (this.#data as Int8Array)[at];
        break;
      default:
        return +this.#read(at);
    }
    // The plus tells V8 that both are numbers: the element stays unboxed, whatever path has been taken before.
    return value === undefined ? +this.#read(at) : value;
  }

  #read(at: number): number | boolean {
    const value = scalarAt(this.data, this.dtype, at);
    if (value !== undefined) return value as number | boolean;
    throw new RangeError(`Element ${at} lies beyond the ${this.data.length} of this array's data`);
  }

  /**
   * Stores one element: `set(i, j, value)`. Not failure-atomic, and durable on a shelf after {@link persist}. A fraction
   * is cut off for an integer dtype.
   * @throws RangeError as {@link index}, or if the value does not fit the dtype; TypeError if it is no number, bigint or
   * boolean; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  set(value: ScalarOf<D>): void;
  set(i: number, value: ScalarOf<D>): void;
  set(i: number, j: number, value: ScalarOf<D>): void;
  set(i: number, j: number, k: number, value: ScalarOf<D>): void;
  set(i: number, j: number, k: number, l: number, value: ScalarOf<D>): void;
  set(i: number, j: number, k: number, l: number, m: number, ...moreAndValue: (number | ScalarOf<D>)[]): void;
  set(a: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown): void {
    switch (this.#rank) {
      case 1:
        return this.#write(this.#index1(a as number, c), b);
      case 2:
        return this.#write(this.#index2(a as number, b as number, d), c);
      case 3:
        return this.#write(this.#index3(a as number, b as number, c as number, e), d);
      case 4:
        return this.#write(this.#index4(a as number, b as number, c as number, d as number), e);
      default:
        return this.#write(this.#locate([b, c, d, e]), a);
    }
  }

  #write(at: number, value: unknown): void {
    if (typeof value === "number") {
      // Each arm: one element type, and the values that it holds unchanged. Beyond the end, stores would be dropped.
      switch (this.#arm) {
        case 0: {
          // float64
          const data = this.#data as Float64Array;
          if (at >= data.length) break;
          data[at] = value;
          return;
        }
        case 1: {
          // float32
          const data = this.#data as Float32Array;
          if (at >= data.length) break;
          data[at] = value;
          return;
        }
        case 2: {
          // int32
          const data = this.#data as Int32Array;
          if (at >= data.length || (value | 0) !== value) break;
          data[at] = value;
          return;
        }
        case 3: {
          // uint8
          const data = this.#data as Uint8Array;
          if (at >= data.length || (value & 255) !== value) break;
          data[at] = value;
          return;
        }
        case 4: {
          // uint32
          const data = this.#data as Uint32Array;
          if (at >= data.length || value >>> 0 !== value) break;
          data[at] = value;
          return;
        }
        case 5: {
          // int16
          const data = this.#data as Int16Array;
          if (at >= data.length || (value << 16) >> 16 !== value) break;
          data[at] = value;
          return;
        }
        case 6: {
          // uint16
          const data = this.#data as Uint16Array;
          if (at >= data.length || (value & 65535) !== value) break;
          data[at] = value;
          return;
        }
        case 7: {
          // int8
          const data = this.#data as Int8Array;
          if (at >= data.length || (value << 24) >> 24 !== value) break;
          data[at] = value;
          return;
        }
      }
    }
    this.#store(at, value);
  }

  #store(at: number, value: unknown): void {
    if (value === undefined)
      throw new TypeError(`Expected ${this.#rank} indices and a value, found fewer or undefined`);
    const element = elementOf(value, this.dtype);
    const { data } = this;
    if (at >= data.length) throw new RangeError(`Element ${at} lies beyond the ${data.length} of this array's data`);
    data[at] = element;
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
    const natural = this.shape.map((_, axis) => this.#rank - 1 - axis);
    const permutation = wanted.length === 0 ? natural : checkPermutation(wanted as readonly number[], this.#rank);
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
    const chosen = new Set(axes.length === 0 ? this.shape.keys() : axes.map((axis) => checkAxis(axis, this.#rank)));
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

/** Elements that are no numbers: their values keep `get` of number arrays from returning unboxed doubles. */
class BoxedArray<D extends DType> extends NDArray<D> {
  override get(i: number, j: number, k: number, l: number): ScalarOf<D> {
    return scalarOf(this, this.index(i, j, k, l));
  }
}

/** Arrays of no axes, or of more than four. */
class GeneralArray<D extends DType> extends NDArray<D> {
  override index(...indices: number[]): number {
    if (indices.length !== this.ndim) {
      throw new RangeError(`Expected ${this.ndim} indices for an array of ${this.ndim} axes, found ${indices.length}`);
    }
    return indices.reduce(
      (at, index, axis) => at + checkIndex(index, this.shape[axis], axis) * this.stride[axis],
      this.offset,
    );
  }

  override get(...indices: number[]): ScalarOf<D> {
    return scalarOf(this, this.index(...indices));
  }

  override set(...indicesAndValue: unknown[]): void {
    const at = this.index(...(indicesAndValue.slice(0, -1) as number[]));
    const element = elementOf(indicesAndValue.at(-1), this.dtype);
    this.data[at] = element;
  }
}

function scalarOf<D extends DType>(array: NDArray<D>, at: number): ScalarOf<D> {
  return scalarAt(array.data, array.dtype, at) as ScalarOf<D>;
}

/** An NDArray of the class whose element access suits its rank and dtype. */
export function makeArray<D extends DType>(init: NDArrayInit<D>): NDArray<D> {
  const rank = init.shape.length;
  if (rank === 0 || rank > 4) return new GeneralArray(init);
  return dtypeInfo(init.dtype).scalar === "number" ? new NDArray(init) : new BoxedArray(init);
}

/**
 * `value` as an NDArray.
 * @throws TypeError if it is none
 */
export function expectNDArray(value: unknown): NDArray {
  if (NDArray.isNDArray(value)) return value;
  throw new TypeError(`Expected an NDArray, found ${describe(value)}`);
}
