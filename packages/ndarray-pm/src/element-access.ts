/**
 * The elements of an n-d array: where they are, and how one of them is read and written. An array never changes its shape,
 * strides or dtype; its elements lie in a typed array that it may share with other views, over DRAM or a shelf's bytes.
 *
 * Four states:
 * - live: `#data` is as long as the elements need;
 * - pending: a recipe, and an `#arm` that leads to the slow path; the first use allocates DRAM, follows the recipe and
 *   makes it live. Where that costs next to nothing, `#data` has been made before (see create.ts), and float64 is read in
 *   place: code in which V8 has seen the slow path once keeps room for it in every loop, and takes twice as long;
 * - unmapped: `#data` has length 0 until the first use maps the bytes, since views cost V8 more than arrays;
 * - detached: `#data` has length 0, because the variable was erased or replaced, or its shelf closed.
 * So the hot path tests nothing but the index: an element that is not there leads to the slow path, which knows why.
 */
import type { Storage } from "@nodemm/shelf";
import { type DataOf, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import { follow, type Recipe } from "./recipe.ts";
import { elementOf, putElement, type Scalar, scalarAt } from "./scalar.ts";
import { sizeOf } from "./shape.ts";
import { checkIndex } from "./slice.ts";
import { type Layout, reach, type View } from "./view.ts";

/** What an array is made of; see {@link View}. */
export interface ElementsInit<D extends DType> extends Layout {
  readonly data: DataOf<D>;
  readonly dtype: D;
  readonly storage?: Storage | undefined;
  /** With an empty `data`, of a stored array: gives it at the first use. */
  readonly map?: (() => DataOf<D>) | undefined;
  readonly isNonatomic?: boolean | undefined;
  /** With an empty `data`: what to fill it with at its first use. With a full one: how it has been filled. */
  readonly recipe?: Recipe<D> | undefined;
}

/** The dtypes that `get` and `set` handle without a call, by the number of their arm. */
const arms: readonly DType[] = ["float64", "float32", "int32", "uint8", "uint32", "int16", "uint16", "int8"];

/** What the array being constructed is made of; see {@link Stash}. */
let current: ElementsInit<DType>;
/** Its first lengths, as element access tests them. */
let lengths: readonly (number | undefined)[];
const noElements = new Float64Array(0);
const nothing: ElementsInit<DType> = { data: new Uint8Array(0), dtype: "bool", shape: [], stride: [], offset: 0 };

/**
 * Hands the constructor's argument to the field initialisers, which run when this constructor has returned. A field
 * that is written once, by its initialiser, is known to V8 as constant and by its type; one that the constructor's body
 * writes has been undefined before, and every element access would load and check it again.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- its constructor runs before the field initialisers
class Stash {
  constructor(init: ElementsInit<DType>) {
    current = init;
    lengths = (reach(init)?.highest ?? 0) < 2 ** 31 ? init.shape : [0, 0, 0, 0];
  }
}

/** Fields and element access of {@link NDArray}, for arrays of numbers of one to four axes. */
export abstract class ElementAccess<D extends DType = DType> extends Stash implements View<D> {
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
  /** Whether in-place operations skip the undo log: see {@link NDArray.nonatomic}. */
  readonly isNonatomic: boolean = current.isNonatomic ?? false;

  #data: DataOf<D> = current.data as DataOf<D>;
  #recipe: Recipe<D> | undefined = current.recipe;
  #map: (() => DataOf<D>) | undefined = current.map as (() => DataOf<D>) | undefined;
  /** Where float64 is stored: `#data`, but nowhere while the array is pending. The slow path makes it live. */
  #live: Float64Array =
    current.dtype === "float64" && current.recipe === undefined ? (current.data as Float64Array) : noElements;
  readonly #rank: number = current.shape.length;
  /** The dtype as a small integer: the arm of `get` and of `set` that handles it. */
  #arm: number = current.recipe === undefined ? arms.indexOf(current.dtype) : -1;
  /** The values that an integer array holds unchanged. */
  readonly #min: number = Number(dtypeInfo(current.dtype).min);
  readonly #max: number = Number(dtypeInfo(current.dtype).max);
  // Lengths and strides of the first four axes, for element access: 0 where places of elements take more than the 32 bits
  // that it computes with, so that the slow path finds them.
  readonly #n0: number = lengths[0] ?? 1;
  readonly #n1: number = lengths[1] ?? 1;
  readonly #n2: number = lengths[2] ?? 1;
  readonly #n3: number = lengths[3] ?? 1;
  readonly #t0: number = current.stride[0] ?? 0;
  readonly #t1: number = current.stride[1] ?? 0;
  readonly #t2: number = current.stride[2] ?? 0;
  readonly #t3: number = current.stride[3] ?? 0;

  constructor(init: ElementsInit<D>) {
    super(init);
    // Or the latest array's memory would stay alive.
    current = nothing;
  }

  /** Whether `value` is an array of this package. */
  static isArray(value: unknown): boolean {
    return typeof value === "object" && value !== null && #recipe in value;
  }

  /** How to make the elements, while they are not made yet, or nothing but {@link get} has seen them. */
  static recipeOf<D extends DType>(array: ElementAccess<D>): Recipe<D> | undefined {
    return array.#recipe;
  }

  /**
   * The typed array that holds the elements, and perhaps others': element `[i, j]` is
   * `data[offset + i * stride[0] + j * stride[1]]`. Zero-copy; what is stored through it on a shelf is durable after
   * {@link persist}.
   * @throws ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  get data(): DataOf<D> {
    if (this.#recipe !== undefined || (this.#data.length === 0 && this.size > 0)) this.#revive();
    return this.#data;
  }

  /** Makes the elements of a pending array, maps those of an unmapped one; throws for a detached one. */
  #revive(): void {
    if (this.#recipe !== undefined || this.#map !== undefined) {
      if (this.#data.length === 0) this.#data = this.#map?.() ?? follow(this.#recipe!, this.dtype, this.size);
      this.#arm = arms.indexOf(this.dtype);
      if (this.dtype === "float64") this.#live = this.#data as Float64Array;
      this.#recipe = this.#map = undefined;
      return;
    }
    // Names the reason: every method of a dead variable's storage throws.
    this.storage?.flush(0, 0);
    throw new TypeError("The memory of this array was transferred or detached; create the array anew");
  }

  /**
   * Where the element at these indices lies in {@link data}. Negative indices count from the end.
   * @throws RangeError if an index is out of range or there are too few or too many
   */
  index(i?: number, j?: number, k?: number, l?: number, ...more: number[]): number;
  index(i: number, j: number, k: number, l: number): number {
    const rank = this.#rank;
    let at = -1;
    if (rank === 1) at = this.index1(i, j);
    else if (rank === 2) at = this.index2(i, j, k);
    else if (rank === 3) at = this.index3(i, j, k, l);
    else if (rank === 4) at = this.index4(i, j, k, l);
    return at < 0 ? this.#locate([i, j, k, l]) : at;
  }

  // Where an element lies, or -1: the slow path knows why. In a loop, V8 takes all that does not change out of these, on
  // two conditions: every field is read whatever the indices are, and there is no call that has never been made, for that
  // would be a way out of the loop. 32 bits hold every place, so that no sum needs a test of its own; see #n0.
  protected index1(i: number, extra: unknown): number {
    const n0 = this.#n0;
    const t0 = this.#t0;
    const { offset } = this;
    return (i | 0) === i && i >= 0 && i < n0 && extra === undefined ? (offset + Math.imul(i, t0)) | 0 : -1;
  }

  protected index2(i: number, j: number, extra: unknown): number {
    const n0 = this.#n0;
    const n1 = this.#n1;
    const t0 = this.#t0;
    const t1 = this.#t1;
    const { offset } = this;
    return (i | 0) === i && i >= 0 && i < n0 && (j | 0) === j && j >= 0 && j < n1 && extra === undefined
      ? (offset + Math.imul(i, t0) + Math.imul(j, t1)) | 0
      : -1;
  }

  protected index3(i: number, j: number, k: number, extra: unknown): number {
    const n0 = this.#n0;
    const n1 = this.#n1;
    const n2 = this.#n2;
    const t0 = this.#t0;
    const t1 = this.#t1;
    const t2 = this.#t2;
    const { offset } = this;
    return (i | 0) === i &&
      i >= 0 &&
      i < n0 &&
      (j | 0) === j &&
      j >= 0 &&
      j < n1 &&
      (k | 0) === k &&
      k >= 0 &&
      k < n2 &&
      extra === undefined
      ? (offset + Math.imul(i, t0) + Math.imul(j, t1) + Math.imul(k, t2)) | 0
      : -1;
  }

  protected index4(i: number, j: number, k: number, l: number): number {
    const n0 = this.#n0;
    const n1 = this.#n1;
    const n2 = this.#n2;
    const n3 = this.#n3;
    const t0 = this.#t0;
    const t1 = this.#t1;
    const t2 = this.#t2;
    const t3 = this.#t3;
    const { offset } = this;
    return (i | 0) === i &&
      i >= 0 &&
      i < n0 &&
      (j | 0) === j &&
      j >= 0 &&
      j < n1 &&
      (k | 0) === k &&
      k >= 0 &&
      k < n2 &&
      (l | 0) === l &&
      l >= 0 &&
      l < n3
      ? (offset + Math.imul(i, t0) + Math.imul(j, t1) + Math.imul(k, t2) + Math.imul(l, t3)) | 0
      : -1;
  }

  /** What the fast path gives up on: negative indices, places beyond 2^31, mistakes. */
  #locate(indices: readonly unknown[]): number {
    let count = indices.length;
    while (count > this.#rank && indices[count - 1] === undefined) count--;
    if (count !== this.#rank) throw this.#wrongCount(indices);
    let at = this.offset;
    for (let axis = 0; axis < count; axis++) {
      const index = indices[axis];
      if (index === undefined) throw this.#wrongCount(indices);
      at += checkIndex(index as number, this.shape[axis], axis) * this.stride[axis];
    }
    return at;
  }

  #wrongCount(indices: readonly unknown[]): RangeError {
    const found = indices.filter((index) => index !== undefined).length;
    return new RangeError(`Expected ${this.#rank} indices for an array of ${this.#rank} axes, found ${found}`);
  }

  /**
   * The element at these indices: one for each axis, negative ones counted from the end.
   * @throws RangeError as {@link index}; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  get(i?: number, j?: number, k?: number, l?: number, ...more: number[]): ScalarOf<D>;
  get(i: number, j: number, k: number, l: number): Scalar {
    return scalarAt(this.data, this.dtype, this.index(i, j, k, l))!;
  }

  /** The number at an index of the data; undefined where there is none, or {@link elsewhere} reads it. */
  protected numberAt(at: number): number | undefined {
    // One place in the code for each element type, so that V8 sees one type at each.
    switch (this.#arm) {
      case 0: // float64
        return (this.#data as Float64Array)[at];
      case 1: // float32
        return (this.#data as Float32Array)[at];
      case 2: // int32
        return (this.#data as Int32Array)[at];
      case 3: // uint8
        return (this.#data as Uint8Array)[at];
      case 4: // uint32
        return (this.#data as Uint32Array)[at];
      case 5: // int16
        return (this.#data as Int16Array)[at];
      case 6: // uint16
        return (this.#data as Uint16Array)[at];
      case 7: // int8
        return (this.#data as Int8Array)[at];
      default:
        return undefined;
    }
  }

  /** As {@link numberAt}, of an array of float64: nothing of other dtypes gets into code that only reads these. */
  protected float64At(at: number): number | undefined {
    return (this.#data as Float64Array)[at];
  }

  /**
   * What the fast path has not read: an element of an array that is not made yet, of a dtype without an arm, or at a
   * negative index. At `at`, or where that is -1 at the indices.
   * @throws as {@link get}
   */
  protected elsewhere(at: number, i: unknown, j?: unknown, k?: unknown, l?: unknown): number {
    return +this.#read(at < 0 ? this.#locate([i, j, k, l]) : at);
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
  set(...indicesAndValue: unknown[]): void {
    const value = indicesAndValue.pop();
    this.#store(this.#locate(indicesAndValue), value);
  }

  /** Stores a number at an index of the data. False where {@link storeElsewhere} does it: stores beyond the end are lost. */
  protected store(at: number, value: unknown): boolean {
    if (typeof value !== "number") return false;
    // Each arm: one element type.
    switch (this.#arm) {
      case 0:
        return this.storeFloat64(at, value);
      case 1: {
        const data = this.#data as Float32Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      default:
        return this.#storeInteger(at, value);
    }
  }

  /** As {@link store}, of an array of float64. */
  protected storeFloat64(at: number, value: unknown): boolean {
    const data = this.#live;
    if (typeof value !== "number" || data[at] === undefined) return false;
    data[at] = value;
    return true;
  }

  #storeInteger(at: number, value: number): boolean {
    if (value < this.#min || value > this.#max || Math.floor(value) !== value) return false;
    switch (this.#arm) {
      case 2: {
        const data = this.#data as Int32Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      case 3: {
        const data = this.#data as Uint8Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      case 4: {
        const data = this.#data as Uint32Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      case 5: {
        const data = this.#data as Int16Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      case 6: {
        const data = this.#data as Uint16Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      case 7: {
        const data = this.#data as Int8Array;
        if (data[at] === undefined) return false;
        data[at] = value;
        return true;
      }
      default:
        return false;
    }
  }

  /**
   * What the fast path has not stored; see {@link elsewhere}.
   * @throws as {@link set}
   */
  protected storeElsewhere(at: number, value: unknown, i: unknown, j?: unknown, k?: unknown, l?: unknown): void {
    this.#store(at < 0 ? this.#locate([i, j, k, l]) : at, value);
  }

  #store(at: number, value: unknown): void {
    if (value === undefined)
      throw new TypeError(`Expected ${this.#rank} indices and a value, found fewer or undefined`);
    const element = elementOf(value, this.dtype);
    const { data } = this;
    if (at * dtypeInfo(this.dtype).words >= data.length) {
      throw new RangeError(`Element ${at} lies beyond the ${data.length} of this array's data`);
    }
    putElement(data, this.dtype, at, element);
  }
}
