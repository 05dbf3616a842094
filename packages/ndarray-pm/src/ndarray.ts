import { refuseBrackets } from "./brackets.ts";
import { describe, type DType, dtypeInfo } from "./dtype.ts";
import { ElementAccess, type ElementsInit } from "./element-access.ts";
import { setArrayMaker } from "./make-array.ts";
import { ArrayInPlace } from "./methods/in-place.ts";
import type { Nested } from "./nested.ts";
import { checkOptions } from "./options.ts";
import { persistAsync, persistElements, type PersistOptions, persistView } from "./persist.ts";
import { inspectArray, stringOf } from "./print/inspect.ts";
import { rankClasses } from "./rank-classes.ts";

/** Arrays of more elements are not turned into JSON: it would take tens of bytes for each. */
const jsonSizeMax = 1_000_000;

/**
 * An n-dimensional array of one dtype, in DRAM or on a shelf. Made by `zeros`, `array` and their like, by views of
 * another, or by `shelf.get`; the constructor trusts its argument.
 *
 * It has the fields and methods of the scijs `ndarray` interface (`data`, `shape`, `stride`, `offset`, `dtype`, `size`,
 * `dimension`, `order`, `get`, `set`, `index`, `lo`, `hi`, `step`, `transpose`, `pick`), so scijs functions take it
 * directly, and NumPy's names beside them. Brackets do not reach elements: `x[0]` throws. Views share the elements and keep them alive; after the variable is erased
 * or replaced, or the shelf closed, every use throws `ERR_SHELF_ERASED` or `ERR_SHELF_CLOSED`.
 */
export class NDArray<D extends DType = DType> extends ArrayInPlace<D> {
  static {
    // What console.log calls. Its computed name cannot be declared as a method.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: NDArray, depth: number): string {
        return inspectArray(this, depth);
      },
    });
    refuseBrackets(this.prototype);
  }

  /** Whether `value` is an NDArray of this package. */
  static isNDArray(value: unknown): value is NDArray {
    return ElementAccess.isArray(value);
  }

  /**
   * What `JSON.stringify` writes: nested arrays.
   * @throws RangeError above a million elements; TypeError, from JSON itself, for bigints
   */
  toJSON(): Nested {
    if (this.size > jsonSizeMax) {
      throw new RangeError(
        `JSON of ${this.size} elements was refused (at most ${jsonSizeMax}): it would take tens of bytes for each; ` +
          "save() writes them to a file as they are, slices can be written one by one, toArray() gives them all",
      );
    }
    return this.toArray();
  }

  /**
   * The elements as NumPy's `str` writes them; see {@link array2string} for other precisions and widths. Above 1000
   * elements only the ends are read and written. What `console.log` prints is NumPy's `repr`.
   */
  override toString(): string {
    return stringOf(this);
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
    this.#expectShelf("persist");
    if (offset === undefined && length === undefined) persistView(this);
    else persistElements(this, offset ?? 0, length ?? this.size - (offset ?? 0));
  }

  /**
   * {@link persist} away from the event loop, for large arrays: durable when the promise is fulfilled. Elements that are
   * stored meanwhile may or may not be.
   * @throws as {@link persist}, as a rejection; if the signal aborts, what the shelf rejects with: `ERR_PMEM_ABORTED`
   */
  async persistAsync(offset?: number, length?: number, options: PersistOptions = {}): Promise<void> {
    this.#expectShelf("persistAsync");
    checkOptions("persistAsync", options, ["signal"]);
    await persistAsync(this, offset ?? 0, length ?? this.size - (offset ?? 0), options);
  }

  #expectShelf(method: string): void {
    if (this.storage !== undefined) return;
    throw new TypeError(
      `${method}() needs an array that lives on a shelf; this one is in DRAM: assign it to a shelf first`,
    );
  }
}

const { ofNumbers, ofFloat64, general } = rankClasses(NDArray);

function makeRanked<D extends DType>(init: ElementsInit<D>): NDArray<D> {
  const { length: rank } = init.shape;
  const forRank = (init.dtype === "float64" ? ofFloat64[rank] : undefined) ?? ofNumbers[rank] ?? general;
  const isBoxed = dtypeInfo(init.dtype).scalar !== "number";
  return isBoxed && forRank !== general ? new NDArray(init) : new forRank(init);
}

setArrayMaker(makeRanked);

/**
 * `value` as an NDArray.
 * @throws TypeError if it is none
 */
export function expectNDArray(value: unknown): NDArray {
  if (NDArray.isNDArray(value)) return value;
  throw new TypeError(`Expected an NDArray, found ${describe(value)}`);
}
