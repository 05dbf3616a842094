/**
 * The elements of an n-d array: where they are, and how one of them is read and written. An array never changes its shape,
 * strides or dtype; its elements lie in a typed array that it may share with other views, over DRAM or a shelf's bytes.
 *
 * Three states:
 * - live: `#data` is as long as the elements need;
 * - pending: a recipe, and an `#arm` that leads to the slow path; the first use allocates DRAM, follows the recipe and
 *   makes it live. Where that costs next to nothing, `#data` has been made before (see create.ts), and float64 is read in
 *   place: code in which V8 has seen the slow path once keeps room for it in every loop, and takes twice as long;
 * - detached: `#data` has length 0, because the variable was erased or replaced, or its shelf closed.
 * So the hot path tests nothing but the index: an element that is not there leads to the slow path, which knows why.
 */
import type { Storage } from "@nodemm/shelf";
import { type DataOf, type DType, dtypeInfo, type ScalarOf } from "./dtype.ts";
import type { Recipe } from "./recipe.ts";
import { elementOf, putElement, type Scalar, scalarAt } from "./scalar.ts";
import { sizeOf } from "./shape.ts";
import { checkIndex } from "./slice.ts";
import type { Layout, View } from "./view.ts";

/** What an array is made of; see {@link View}. */
export interface ElementsInit<D extends DType> extends Layout {
  readonly data: DataOf<D>;
  readonly dtype: D;
  readonly storage?: Storage | undefined;
  readonly isNonatomic?: boolean | undefined;
  /** With an empty `data`: what to fill it with at its first use. With a full one: how it has been filled. */
  readonly recipe?: Recipe<D> | undefined;
}

/** The dtypes that `get` and `set` handle without a call, by the number of their arm. */
const arms: readonly DType[] = ["float64", "float32", "int32", "uint8", "uint32", "int16", "uint16", "int8"];

/** What the array being constructed is made of; see {@link Stash}. */
let current: ElementsInit<DType>;
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
  readonly #rank: number = current.shape.length;
  /** The dtype as a small integer: the arm of `get` and of `set` that handles it. */
  #arm: number = current.recipe === undefined ? arms.indexOf(current.dtype) : -1;
  /** The values that an integer array holds unchanged. */
  readonly #min: number = Number(dtypeInfo(current.dtype).min);
  readonly #max: number = Number(dtypeInfo(current.dtype).max);
  // Lengths and strides of the first four axes, for element access.
  readonly #n0: number = current.shape[0] ?? 1;
  readonly #n1: number = current.shape[1] ?? 1;
  readonly #n2: number = current.shape[2] ?? 1;
  readonly #n3: number = current.shape[3] ?? 1;
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

  /** Makes the elements of a pending array; throws for a detached one. */
  #revive(): void {
    if (this.#recipe !== undefined) {
      if (this.#data.length === 0) {
        const data = dtypeInfo(this.dtype).allocate(this.size);
        if (this.#recipe.byte !== 0) this.#recipe.write(data);
        this.#data = data;
      }
      this.#arm = arms.indexOf(this.dtype);
      this.#recipe = undefined;
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
    switch (this.#rank) {
      case 1:
        return this.index1(i, j);
      case 2:
        return this.index2(i, j, k);
      case 3:
        return this.index3(i, j, k, l);
      case 4:
        return this.index4(i, j, k, l);
      default:
        return this.#locate([i, j, k, l]);
    }
  }

  protected index1(i: number, extra: unknown): number {
    if ((i | 0) === i && i >= 0 && i < this.#n0 && extra === undefined) return this.offset + i * this.#t0;
    return this.#locate([i, extra]);
  }

  protected index2(i: number, j: number, extra: unknown): number {
    if ((i | 0) === i && i >= 0 && i < this.#n0 && (j | 0) === j && j >= 0 && j < this.#n1 && extra === undefined) {
      return this.offset + i * this.#t0 + j * this.#t1;
    }
    return this.#locate([i, j, extra]);
  }

  protected index3(i: number, j: number, k: number, extra: unknown): number {
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

  protected index4(i: number, j: number, k: number, l: number): number {
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
    return scalarAt(this.data, this.dtype, this.index(i, j, k, l))!;
  }

  /** The number at an index of the data. */
  protected numberAt(at: number): number {
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

  /** As {@link numberAt}, of an array of float64: nothing of other dtypes gets into code that only reads these. */
  protected float64At(at: number): number {
    const value: number | undefined = (this.#data as Float64Array)[at];
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
  set(...indicesAndValue: unknown[]): void {
    const value = indicesAndValue.pop();
    this.#store(this.#locate(indicesAndValue), value);
  }

  /** Stores a number, or what may become one, at an index of the data. */
  protected store(at: number, value: unknown): void {
    if (typeof value !== "number") return this.#store(at, value);
    // Each arm: one element type. Beyond the end, stores would be dropped.
    switch (this.#arm) {
      case 0: {
        // float64
        const data = this.#data as Float64Array;
        if (at < data.length) data[at] = value;
        else this.#store(at, value);
        return;
      }
      case 1: {
        // float32
        const data = this.#data as Float32Array;
        if (at < data.length) data[at] = value;
        else this.#store(at, value);
        return;
      }
      default:
        this.#storeInteger(at, value);
    }
  }

  #storeInteger(at: number, value: number): void {
    if (value < this.#min || value > this.#max || Math.floor(value) !== value) return this.#store(at, value);
    switch (this.#arm) {
      case 2: {
        // int32
        const data = this.#data as Int32Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
      case 3: {
        // uint8
        const data = this.#data as Uint8Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
      case 4: {
        // uint32
        const data = this.#data as Uint32Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
      case 5: {
        // int16
        const data = this.#data as Int16Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
      case 6: {
        // uint16
        const data = this.#data as Uint16Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
      case 7: {
        // int8
        const data = this.#data as Int8Array;
        if (at >= data.length) break;
        data[at] = value;
        return;
      }
    }
    this.#store(at, value);
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
