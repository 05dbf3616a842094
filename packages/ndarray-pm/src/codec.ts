import { type Codec, type Plan, ShelfError, type Sink, type Storage, type Stored } from "@nodemm/shelf";
import { type DataOf, type DType, dtypeByCode, type DTypeInfo, dtypeInfo } from "./dtype.ts";
import { ElementAccess } from "./element-access.ts";
import { makeArray } from "./make-array.ts";
import { NDArray } from "./ndarray.ts";
import { copyElements } from "./ops/convert.ts";
import { contiguousStride, maxRank, type Order } from "./shape.ts";
import { isContiguousC, isContiguousF } from "./view.ts";

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
 * The facts in a catalog record, which begins at `start` of `meta`, checked against the length of the extent. Makes nothing
 * else: checkpoints have hundreds.
 * @throws ShelfError `ERR_SHELF_CORRUPT`
 */
export function decodeMeta(meta: Uint8Array, byteLength: number, variable: string, start = 0): ArrayMeta {
  const metaBytes = meta.length - start;
  if (metaBytes < headerLength)
    throw corrupt(variable, `its record has ${metaBytes} bytes, expected at least ${headerLength}`);
  const [version, code, order, rank] = [meta[start], meta[start + 1], meta[start + 2], meta[start + 3]];
  if (version !== metaVersion) throw corrupt(variable, `its record has version ${version}, expected ${metaVersion}`);
  const info: DTypeInfo | undefined = dtypeByCode(code);
  if (info === undefined) throw corrupt(variable, `its dtype ${code} is unknown`);
  if (order > 1) throw corrupt(variable, `its order is ${order}, expected 0 or 1`);
  if (rank > maxRank || metaBytes !== headerLength + 8 * rank) {
    throw corrupt(variable, `its record has ${metaBytes} bytes for ${rank} axes`);
  }
  if (uint32At(meta, start + 4) !== 0) throw corrupt(variable, "reserved bytes are not 0");
  const shape: number[] = [];
  // A damaged length makes a product that is no safe integer, which no extent has.
  let bytes = info.itemsize;
  let isSafe = true;
  for (let at = start + headerLength; at < meta.length; at += 8) {
    const length = uint32At(meta, at) + 2 ** 32 * uint32At(meta, at + 4);
    if (length > Number.MAX_SAFE_INTEGER) isSafe = false;
    shape.push(length);
    bytes *= length;
  }
  if (bytes !== byteLength || !isSafe) {
    const needed = `shape [${shape.join(", ")}] of ${info.name} needs ${bytes} bytes`;
    throw corrupt(variable, `${needed}, its extent has ${byteLength}`);
  }
  return { dtype: info.name, shape, order: order === 0 ? "C" : "F" };
}

function uint32At(meta: Uint8Array, at: number): number {
  return (meta[at] | (meta[at + 1] << 8) | (meta[at + 2] << 16) | (meta[at + 3] << 24)) >>> 0;
}

function corrupt(variable: string, found: string): ShelfError {
  return new ShelfError(
    "ERR_SHELF_CORRUPT",
    `Array "${variable}" is damaged: ${found}; restore it from a copy or erase it`,
    { structure: "ndarray meta", variable },
  );
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
  const { meta, byteLength, name } = stored;
  const { dtype, shape, order } = decodeMeta(meta, byteLength, name);
  const storage = stored.storage();
  const stride = contiguousStride(shape, order);
  return makeArray({ data: mapAll(storage, dtype), dtype, shape, stride, offset: 0, storage });
}

/**
 * What `ndarrayCodec.open` gives, but that the bytes are mapped at the array's first use, not now. For codecs of values
 * that are opened by the hundred: each view of megabytes has V8 look for garbage, for milliseconds. The array's record
 * begins at `metaStart` of the meta.
 * @throws ShelfError `ERR_SHELF_CORRUPT`; what mapping throws comes at the first use
 */
export function openArrayUnmapped(stored: Stored, metaStart = 0): NDArray {
  const { meta, byteLength, name } = stored;
  const { dtype, shape, order } = decodeMeta(meta, byteLength, name, metaStart);
  const storage = stored.storage();
  const map = (): DataOf<DType> => {
    const data = mapAll(storage, dtype);
    stored.onMap?.(storage.buffer);
    return data;
  };
  const stride = contiguousStride(shape, order);
  return makeArray({ data: emptyOf(dtype), dtype, shape, stride, offset: 0, storage, map });
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
