import { describe, type DType, dtypeInfo } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import { expectNDArray, type NDArray } from "../ndarray.ts";
import { contiguousStride } from "../shape.ts";
import type { View } from "../view.ts";
import { lend, storageUnder } from "./lent.ts";

/** What is used of the `apache-arrow` package: `import * as arrow from "apache-arrow"`. */
export interface Arrow {
  readonly makeData: (props: never) => unknown;
  readonly Vector: new (data: never) => unknown;
  readonly Field: new (name: string, type: never) => unknown;
  readonly FixedSizeList: new (length: number, child: never) => unknown;
}

/** What is read of an Arrow vector. */
export interface ArrowVector {
  readonly data: readonly ArrowData[];
}

interface ArrowData {
  readonly type: unknown;
  readonly length: number;
  readonly nullCount: number;
  readonly values: unknown;
  readonly children: readonly ArrowData[];
}

/** Arrow's types of the dtypes that it lays out as this package does. */
const typeNames: Partial<Record<DType, string>> = {
  int8: "Int8",
  int16: "Int16",
  int32: "Int32",
  int64: "Int64",
  uint8: "Uint8",
  uint16: "Uint16",
  uint32: "Uint32",
  uint64: "Uint64",
  float16: "Float16",
  float32: "Float32",
  float64: "Float64",
};

/**
 * An Arrow vector over the same elements, without a copy: `toArrow(x, arrow)` after `import * as arrow from
 * "apache-arrow"`. One axis becomes a vector of numbers, more become fixed-size lists of them. For arrays without gaps in C
 * order. Arrow treats vectors as constant, but sees what is written here. It dies with the variable.
 * @throws TypeError for other layouts, bool (bits in Arrow) and complex numbers; ShelfError `ERR_SHELF_ERASED`,
 * `ERR_SHELF_CLOSED`
 */
export function toArrow<Library extends Arrow>(array: NDArray, arrow: Library): InstanceType<Library["Vector"]> {
  const { dtype, shape, layout, offset, size } = expectNDArray(array);
  if (typeof arrow?.makeData !== "function") {
    throw new TypeError(
      `Expected the module after the array: import * as arrow from "apache-arrow"; found ${describe(arrow)}`,
    );
  }
  const name = typeNames[dtype];
  const Type = name === undefined ? undefined : (arrow as unknown as Record<string, new () => unknown>)[name];
  if (Type === undefined) {
    throw new TypeError(
      `Arrow does not lay out ${dtype} as this package; convert it with astype, or take real and imag`,
    );
  }
  if (layout !== "C" || shape.length === 0) {
    throw new TypeError(`Expected an array of one or more axes without gaps, in C order; copy() it first`);
  }
  const elements = lend(array).subarray(offset, offset + size);
  const values = dtype === "float16" ? bitsOf(elements) : elements;
  let type: unknown = new Type();
  let data: unknown = arrow.makeData({ type, length: size, nullCount: 0, data: values } as never);
  let length = size;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    length = shape.slice(0, axis).reduce((product, each) => product * each, 1);
    type = new arrow.FixedSizeList(shape[axis], new arrow.Field("item", type as never) as never);
    data = arrow.makeData({ type, length, nullCount: 0, child: data } as never);
  }
  return new arrow.Vector([data] as never) as InstanceType<Library["Vector"]>;
}

/** Arrow keeps the bits of float16 in a `Uint16Array`. */
function bitsOf({ buffer, byteOffset, length }: View["data"]): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

/**
 * An array over the values of an Arrow vector, without a copy: numbers, or fixed-size lists of them. On the shelf, if they
 * were lent by {@link toArrow}.
 * @throws TypeError for vectors of several chunks, with nulls, or of other types
 */
export function fromArrow(vector: ArrowVector): NDArray {
  if (!Array.isArray(vector?.data)) throw new TypeError(`Expected a vector of Arrow, found ${describe(vector)}`);
  if (vector.data.length !== 1) {
    throw new TypeError(
      `Expected a vector of one chunk, found ${vector.data.length}; make one of them, or take each of .data`,
    );
  }
  // A slice's values and children begin where the slice does.
  let [chunk] = vector.data;
  const shape = [chunk.length];
  for (;;) {
    expectNoNulls(chunk);
    const { listSize } = chunk.type as { readonly listSize?: number };
    if (listSize === undefined) break;
    shape.push(listSize);
    [chunk] = chunk.children;
  }
  const name = (chunk.type as { toString(): string }).toString();
  const found = (Object.keys(typeNames) as DType[]).find((dtype) => typeNames[dtype] === name);
  if (found === undefined || !ArrayBuffer.isView(chunk.values)) {
    throw new TypeError(
      `Expected a vector of numbers or of fixed-size lists of numbers, found ${describe(vector)} of ${name}`,
    );
  }
  const { buffer, byteOffset, byteLength } = chunk.values;
  const info = dtypeInfo(found);
  const data: View["data"] = info.over(buffer as ArrayBuffer, byteOffset, byteLength / info.itemsize);
  const stride = contiguousStride(shape, "C");
  return makeArray({ data, dtype: found, shape, stride, offset: 0, storage: storageUnder(buffer) });
}

function expectNoNulls({ nullCount }: ArrowData): void {
  if (nullCount > 0) throw new TypeError(`Expected a vector without nulls, found ${nullCount}; fill them first`);
}
