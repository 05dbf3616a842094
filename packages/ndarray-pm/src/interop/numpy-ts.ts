import { describe, type DType, dtypeInfo, dtypes } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { hasFloat16Array } from "../float16.ts";
import type { View } from "../view.ts";
import { lend, storageUnder } from "./lent.ts";

interface StorageClass {
  fromDataShared(
    data: View["data"],
    shape: number[],
    dtype: DType,
    strides: number[],
    offset: number,
    region: null,
  ): unknown;
}

/** What is used of the `numpy-ts` package: `import * as np from "numpy-ts"`. */
export interface NumpyTs {
  readonly NDArray: { fromStorage(storage: never): unknown };
  readonly zeros: (shape: number[]) => unknown;
}

/** What is read of an array of numpy-ts. */
export interface NumpyTsArray {
  readonly data: unknown;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly storage: { readonly strides: readonly number[]; readonly offset: number };
}

/**
 * An array of `numpy-ts` over the same elements, without a copy, of any strides: `toNumpyTs(x, np)` after
 * `import * as np from "numpy-ts"`. What either side writes, the other sees; on a shelf it is durable after `x.persist()`.
 * It dies with the variable. Matrix products of numpy-ts 1.4 mistake reversed views, also its own: copy those. Functions of numpy-ts return arrays of its own memory: {@link fromNumpyTs}.
 * @throws TypeError for bfloat16, float16 in engines without `Float16Array`, or another version of numpy-ts, whose internals these
 * are; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
 */
export function toNumpyTs<Library extends NumpyTs>(
  array: NDArray,
  np: Library,
): ReturnType<Library["NDArray"]["fromStorage"]> {
  const { dtype, shape, stride, offset } = expectNDArray(array);
  if (dtype === "float16" && !hasFloat16Array) {
    throw new TypeError(
      'float16 is exchanged from Node 24 on, which has Float16Array; convert it with astype("float32")',
    );
  }
  if (dtype === "bfloat16") throw new TypeError('numpy-ts has no bfloat16; convert it with astype("float32")');
  if (typeof np?.zeros !== "function") {
    throw new TypeError(`Expected the module after the array: import * as np from "numpy-ts"; found ${describe(np)}`);
  }
  const { storage } = np.zeros([1]) as { storage?: object };
  const storageClass = storage?.constructor as Partial<StorageClass> | undefined;
  if (typeof storageClass?.fromDataShared !== "function" || typeof np.NDArray?.fromStorage !== "function") {
    throw new TypeError("Expected numpy-ts 1.4, whose arrays can share memory; this one has no fromDataShared");
  }
  const result: unknown = np.NDArray.fromStorage(
    storageClass.fromDataShared(lend(array), [...shape], dtype, [...stride], offset, null) as never,
  );
  return result as ReturnType<Library["NDArray"]["fromStorage"]>;
}

/**
 * An array over the elements of an array of `numpy-ts`, without a copy; on the shelf, if they were lent by
 * {@link toNumpyTs}. Memory of numpy-ts's own moves when it grows: assign the array to a shelf, or `copy()` it, before the
 * next call.
 * @throws TypeError if it is none, or its dtype is none of this package's
 */
export function fromNumpyTs(source: NumpyTsArray): NDArray {
  const { dtype, shape, storage } = source;
  if (!dtypes.includes(dtype as DType) || typeof storage !== "object" || !ArrayBuffer.isView(source.data)) {
    throw new TypeError(`Expected an array of numpy-ts of a dtype of this package, found ${describe(source)}`);
  }
  const { buffer, byteOffset, byteLength } = source.data;
  const info = dtypeInfo(dtype as DType);
  const data: View["data"] = info.over(buffer as ArrayBuffer, byteOffset, byteLength / info.itemsize);
  const { strides, offset } = storage;
  return makeArray({ data, dtype: info.name, shape, stride: strides, offset, storage: storageUnder(buffer) });
}
