import { describe, type DType, dtypeInfo, dtypeOfTypedArray } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { isContiguousF, type View } from "../view.ts";
import { lend, storageUnder } from "./lent.ts";

/** What `@stdlib/ndarray` exports as `ndarray` (`@stdlib/ndarray/ctor`): this package needs none of its 400 MB itself. */
export type StdlibConstructor<Result> = new (
  dtype: never,
  buffer: never,
  shape: never,
  strides: never,
  offset: number,
  order: never,
) => Result;

/** What is read of an ndarray of stdlib. */
export interface StdlibArray {
  readonly data: unknown;
  readonly dtype: unknown;
  readonly shape: ArrayLike<number>;
  readonly strides: ArrayLike<number>;
  readonly offset: number;
}

/**
 * An ndarray of stdlib over the same elements, without a copy, of any strides: `toStdlib(x, ndarray)`, where `ndarray` is
 * the constructor of `@stdlib/ndarray/ctor`. What either side writes, the other sees; on a shelf it is durable after
 * `x.persist()`. It dies with the variable: its length is then 0. bool becomes `uint8`, 64-bit integers `generic`.
 * @throws TypeError for complex numbers (take `x.real` and `x.imag`) and 16-bit floats; ShelfError `ERR_SHELF_ERASED`,
 * `ERR_SHELF_CLOSED`
 */
export function toStdlib<Result>(array: NDArray, constructor: StdlibConstructor<Result>): Result {
  const { dtype, shape, stride, offset } = expectNDArray(array);
  if (typeof constructor !== "function") {
    throw new TypeError(
      `Expected the constructor of @stdlib/ndarray/ctor after the array, found ${describe(constructor)}`,
    );
  }
  const { kind } = dtypeInfo(dtype);
  if (kind === "c") throw new TypeError(`stdlib has no view of pairs as ${dtype}; exchange x.real and x.imag`);
  if (dtype === "float16" || dtype === "bfloat16") {
    throw new TypeError(`stdlib has no ${dtype}; convert it with astype("float32")`);
  }
  const name = dtype === "bool" ? "uint8" : dtypeInfo(dtype).scalar === "bigint" ? "generic" : dtype;
  const order = isContiguousF(array) && array.layout === "F" ? "column-major" : "row-major";
  // Arrays of no axes have one stride there.
  return new constructor(
    name as never,
    lend(array) as never,
    [...shape] as never,
    (stride.length === 0 ? [0] : [...stride]) as never,
    offset,
    order as never,
  );
}

/**
 * An array over the elements of an ndarray of stdlib, without a copy; on the shelf, if they were lent by {@link toStdlib}.
 * @throws TypeError if its elements are no typed array of a dtype
 */
export function fromStdlib(source: StdlibArray): NDArray {
  if (typeof source !== "object" || source === null) {
    throw new TypeError(`Expected an ndarray of stdlib, found ${describe(source)}`);
  }
  const { data, dtype } = elementsOf(source);
  const shape = Array.from(source.shape);
  const stride = Array.from(source.strides).slice(0, shape.length);
  return makeArray({ data, dtype, shape, stride, offset: source.offset, storage: storageUnder(data.buffer) });
}

function elementsOf({ data, dtype }: StdlibArray): { readonly data: View["data"]; readonly dtype: DType } {
  const natural = dtypeOfTypedArray(data);
  if (natural !== undefined) return { data: data as View["data"], dtype: natural };
  // The classes of stdlib's own, over bytes as NumPy lays them out.
  const own: DType | undefined = ({ bool: "bool", complex64: "complex64", complex128: "complex128" } as const)[
    String(dtype)
  ];
  const { buffer, byteOffset, length } = data as Uint8Array;
  if (own === undefined || !(buffer instanceof ArrayBuffer)) {
    throw new TypeError(
      `Expected an ndarray of stdlib over a typed array, found ${describe(data)} of dtype ${String(dtype)}`,
    );
  }
  return { data: dtypeInfo(own).over(buffer, byteOffset, length), dtype: own };
}
