import { type Codec, type Plan, ShelfError, type Sink, type Storage, type Stored } from "@nodemm/shelf";
import { type DataOf, type DType, dtypeByCode, type DTypeInfo, dtypeInfo } from "./dtype.ts";
import { ElementAccess } from "./element-access.ts";
import { makeArray } from "./make-array.ts";
import { NDArray } from "./ndarray.ts";
import { copyElements } from "./ops/convert.ts";
import { contiguousStride, maxRank, type Order } from "./shape.ts";
import { isContiguousC, isContiguousF, type Layout } from "./view.ts";

/**
 * What an array's catalog record remembers, little-endian:
 *
 *     0  u8   version of this layout: 1
 *     1  u8   dtype, by its code
 *     2  u8   order: 0 C, 1 Fortran
 *     3  u8   number of axes, at most 64
 *     4  u32  reserved, 0
 *     8  u64  length of each axis
 *
 * The extent holds the elements one after another, and nothing else.
 */
const metaVersion = 1;
const headerLength = 8;

export interface ArrayMeta {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order: Order;
}

export function encodeMeta({ dtype, shape, order }: ArrayMeta): Uint8Array {
  const meta = new Uint8Array(headerLength + 8 * shape.length);
  const view = new DataView(meta.buffer);
  meta.set([metaVersion, dtypeInfo(dtype).code, order === "C" ? 0 : 1, shape.length]);
  for (const [axis, length] of shape.entries()) view.setBigUint64(headerLength + 8 * axis, BigInt(length), true);
  return meta;
}

/**
 * The facts in a catalog record, checked against the length of the extent.
 * @throws ShelfError `ERR_SHELF_CORRUPT`
 */
export function decodeMeta(meta: Uint8Array, byteLength: number, variable: string): ArrayMeta {
  const corrupt = (found: string): ShelfError =>
    new ShelfError(
      "ERR_SHELF_CORRUPT",
      `Array "${variable}" is damaged: ${found}; restore it from a copy or erase it`,
      {
        structure: "ndarray meta",
        variable,
      },
    );
  if (meta.length < headerLength)
    throw corrupt(`its record has ${meta.length} bytes, expected at least ${headerLength}`);
  if (meta[0] !== metaVersion) throw corrupt(`its record has version ${meta[0]}, expected ${metaVersion}`);
  const info: DTypeInfo | undefined = dtypeByCode(meta[1]);
  if (info === undefined) throw corrupt(`its dtype ${meta[1]} is unknown`);
  if (meta[2] > 1) throw corrupt(`its order is ${meta[2]}, expected 0 or 1`);
  const rank = meta[3];
  if (rank > maxRank || meta.length !== headerLength + 8 * rank) {
    throw corrupt(`its record has ${meta.length} bytes for ${rank} axes`);
  }
  const view = new DataView(meta.buffer, meta.byteOffset, meta.byteLength);
  if (view.getUint32(4, true) !== 0) throw corrupt("reserved bytes are not 0");
  const shape: number[] = [];
  // A damaged length makes a product that is no safe integer, which no extent has.
  let bytes = info.itemsize;
  let isSafe = true;
  for (let at = headerLength; at < meta.length; at += 8) {
    const length = view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
    if (length > Number.MAX_SAFE_INTEGER) isSafe = false;
    shape.push(length);
    bytes *= length;
  }
  if (bytes !== byteLength || !isSafe) {
    throw corrupt(`shape [${shape.join(", ")}] of ${info.name} needs ${bytes} bytes, its extent has ${byteLength}`);
  }
  return { dtype: info.name, shape, order: meta[2] === 0 ? "C" : "F" };
}

/** The order an array is stored in: its own where it is contiguous, C where it is not. */
function storedOrder(array: NDArray): Order {
  return !isContiguousC(array) && isContiguousF(array) ? "F" : "C";
}

/** Catalog facts and bytes that a value needs on the shelf. */
function planArray(array: NDArray): Plan {
  const { dtype, shape } = array;
  return { meta: encodeMeta({ dtype, shape, order: storedOrder(array) }), byteLength: array.nbytes };
}

/** Writes an array's elements into its new extent; a pending array's without a copy in DRAM. */
function writeArray(array: NDArray, sink: Sink): void {
  const recipe = ElementAccess.recipeOf(array);
  const { dtype, shape, size } = array;
  if (recipe?.isEmpty === true) return;
  if (recipe?.byte !== undefined) return sink.fill(0, array.nbytes, recipe.byte);
  if (recipe !== undefined) return recipe.write(dtypeInfo(dtype).over(sink.buffer, 0, size));
  if (array.layout !== "strided") {
    const { words } = dtypeInfo(dtype);
    return sink.copy(0, array.data.subarray(array.offset * words, (array.offset + size) * words));
  }
  const data = dtypeInfo(dtype).over(sink.buffer, 0, size);
  copyElements({ data, dtype, shape, stride: contiguousStride(shape, "C"), offset: 0, storage: undefined }, array);
}

/** A stored array, over the shelf's bytes. */
export function openArray(stored: Stored): NDArray {
  const { layout, dtype } = layoutOf(stored);
  const storage = stored.storage();
  return makeArray({ ...layout, data: mapAll(storage, dtype), dtype, storage });
}

/**
 * What `ndarrayCodec.open` gives, but that the bytes are mapped at the array's first use, not now. For codecs of values
 * that are opened by the hundred: each view of megabytes has V8 look for garbage, for milliseconds.
 * @throws ShelfError `ERR_SHELF_CORRUPT`; what mapping throws comes at the first use
 */
export function openArrayUnmapped(stored: Stored): NDArray {
  const { layout, dtype } = layoutOf(stored);
  const { shape, stride, offset } = layout;
  const storage = stored.storage();
  const map = (): DataOf<DType> => {
    const data = mapAll(storage, dtype);
    stored.onMap?.(storage.buffer);
    return data;
  };
  return makeArray({ data: emptyOf(dtype), dtype, shape, stride, offset, storage, map });
}

/** What arrays that are not mapped yet have for elements: one for all, as making a typed array costs most of opening. */
const empty = new Map<DType, DataOf<DType>>();

function emptyOf(dtype: DType): DataOf<DType> {
  const known = empty.get(dtype);
  if (known !== undefined) return known;
  const made = dtypeInfo(dtype).allocate(0);
  empty.set(dtype, made);
  return made;
}

/** All bytes of a storage as elements. @throws ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED` */
function mapAll(storage: Storage, dtype: DType): DataOf<DType> {
  const { itemsize, over } = dtypeInfo(dtype);
  const { buffer, byteLength } = storage;
  // Names the reason: every method of a dead variable's storage throws.
  if (buffer.byteLength !== byteLength) storage.flush(0, 0);
  return over(buffer, 0, byteLength / itemsize);
}

function layoutOf({ meta, byteLength, name }: Stored): { readonly layout: Layout; readonly dtype: DType } {
  const { dtype, shape, order } = decodeMeta(meta, byteLength, name);
  return { layout: { shape, stride: contiguousStride(shape, order), offset: 0 }, dtype };
}

/**
 * How n-d arrays live on a shelf: `openShelf(path, { types: [ndarrayCodec] })`. Assigning copies the elements (those of
 * `zeros`, `ones`, `full` and `arange` are written in place); `get` gives an NDArray over the shelf's own bytes.
 */
export const ndarrayCodec: Codec<NDArray> = {
  type: "ndarray",
  shareable: true,
  accepts: (value) => NDArray.isNDArray(value),
  plan: planArray,
  write: writeArray,
  open: openArray,
};
