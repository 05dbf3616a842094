/**
 * The header: 8 bytes of length, then JSON with each tensor's dtype, shape and place in what follows. The reference
 * implementation sorts tensors by the width of their dtypes, widest first, then by name, and pads with spaces to 8 bytes.
 */
import { type DType, dtypeInfo } from "@nodemm/ndarray-pm";
import { dtypeOf, formatName, placeOf, type SafetensorsDType } from "./dtypes.ts";
import { SafetensorsError } from "./errors.ts";
import { type HeaderValue, parseHeaderJson } from "./header-json.ts";

/** What a file says of one tensor. */
export interface SafetensorsEntry<D extends DType | undefined = DType | undefined> {
  readonly name: string;
  /** Undefined if this package does not have it: such a tensor cannot be loaded, and its size is not checked. */
  readonly dtype: D;
  /** The dtype as the file calls it: `"F32"`, `"F8_E4M3"`. */
  readonly dtypeName: string;
  readonly shape: readonly number[];
  /** Where its bytes begin and end behind the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader<D extends DType | undefined = DType | undefined> {
  /** In the order of their bytes, which lie one behind another. */
  readonly tensors: readonly SafetensorsEntry<D>[];
  /** What the file says besides; empty where it says nothing. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of all tensors. */
  readonly dataBytes: number;
}

export const lengthBytes = 8;
/** As much as the reference implementation reads. */
const headerBytesMax = 100_000_000;
const metadataKey = "__metadata__";
const alignment = 8;
const rankMax = 64;

/**
 * The length of the header, from the first 8 bytes.
 * @throws SafetensorsError `ERR_SAFETENSORS_LENGTH`
 */
export function headerLength(bytes: Uint8Array): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (length >= 2n && length <= BigInt(headerBytesMax)) return Number(length);
  throw new SafetensorsError(
    "ERR_SAFETENSORS_LENGTH",
    `The header says that it has ${length} bytes, expected 2 to ${headerBytesMax}; is it a safetensors file?`,
  );
}

/**
 * What a header says, checked: every byte of the data belongs to one tensor.
 * @throws SafetensorsError
 */
export function decodeHeader(bytes: Uint8Array): SafetensorsHeader {
  const root = parseHeaderJson(decodeUtf8(bytes));
  if (!(root instanceof Map)) throw malformed("it is no object");
  const metadata = metadataOf(root.get(metadataKey));
  const tensors = [...root].filter(([name]) => name !== metadataKey).map(([name, value]) => entryOf(name, value));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== at) {
      const what = begin < at ? "overlaps the one before" : "leaves a hole before it";
      throw new SafetensorsError(
        "ERR_SAFETENSORS_OFFSETS",
        `Tensor ${JSON.stringify(name)} ${what}: it begins at ${begin}, expected ${at}`,
        { tensor: name },
      );
    }
    at = end;
  }
  return { tensors, metadata, dataBytes: at };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError("ERR_SAFETENSORS_HEADER", "The header is no UTF-8; is it a safetensors file?", {
      cause,
    });
  }
}

function metadataOf(value: HeaderValue | undefined): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!(value instanceof Map)) throw malformed(`${metadataKey} is no object`);
  for (const [key, text] of value) {
    if (typeof text !== "string") throw malformed(`${metadataKey} has ${JSON.stringify(key)}, which is no string`);
  }
  // Makes a key "__proto__" a key, as assignment would not.
  return Object.fromEntries(value) as Readonly<Record<string, string>>;
}

function entryOf(name: string, value: HeaderValue): SafetensorsEntry {
  if (!(value instanceof Map)) throw malformed("it is no object", name);
  for (const key of value.keys()) {
    if (!["dtype", "shape", "data_offsets"].includes(key)) throw malformed(`it has ${JSON.stringify(key)}`, name);
  }
  const [dtypeName, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) => value.get(key));
  if (typeof dtypeName !== "string") throw malformed("its dtype is no string", name);
  if (!isNumbers(shape) || shape.length > rankMax) throw malformed("its shape is no list of lengths", name);
  if (!isNumbers(offsets) || offsets.length !== 2) throw malformed("its data_offsets are no two numbers", name);
  const [begin, end] = offsets;
  const dtype = dtypeOf(dtypeName);
  const needed = bytesOf(dtype, shape);
  if (end < begin || (needed !== undefined && needed !== BigInt(end - begin))) {
    const needs = needed === undefined ? "" : ` needs ${needed} bytes`;
    throw new SafetensorsError(
      "ERR_SAFETENSORS_OFFSETS",
      `Tensor ${JSON.stringify(name)}: shape [${shape.join(", ")}] of ${dtypeName}${needs}, ` +
        `its offsets are ${begin} to ${end}`,
      { tensor: name },
    );
  }
  return { name, dtype, dtypeName, shape, begin, end };
}

/** Undefined where nobody here knows how long an element is. In bigints, so that no length overflows into a plausible product. */
function bytesOf(dtype: DType | undefined, shape: readonly number[]): bigint | undefined {
  if (dtype === undefined) return undefined;
  return shape.reduce((bytes, length) => bytes * BigInt(length), BigInt(dtypeInfo(dtype).itemsize));
}

function isNumbers(value: HeaderValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

function malformed(found: string, tensor?: string): SafetensorsError {
  const what = tensor === undefined ? "The header" : `The header's entry of ${JSON.stringify(tensor)}`;
  return new SafetensorsError(
    "ERR_SAFETENSORS_HEADER",
    `${what} is malformed: ${found}`,
    tensor === undefined ? {} : { tensor },
  );
}

/** What is written of a tensor, before it has a place. */
export interface Unplaced {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Length and JSON, padded, and the tensors in the order in which their bytes follow: that of the reference implementation.
 * @throws TypeError for what the format cannot say; RangeError for a header that is too long
 */
export function encodeHeader<Item extends Unplaced>(
  tensors: readonly Item[],
  metadata: Readonly<Record<string, string>> | undefined,
): { readonly bytes: Uint8Array; readonly ordered: readonly Item[] } {
  const ordered = tensors.toSorted((a, b) => placeOf(b.dtype) - placeOf(a.dtype) || compareUtf8(a.name, b.name));
  let at = 0;
  const rows = ordered.map(({ name, dtype, shape }) => {
    const begin = at;
    at += shape.reduce((bytes, length) => bytes * length, dtypeInfo(dtype).itemsize);
    return [name, { dtype: checkDType(name, dtype), shape, data_offsets: [begin, at] }] as const;
  });
  // Put together by hand: an object would move names such as "0" to the front.
  const entries = rows.map(([name, entry]) => `${JSON.stringify(checkName(name))}:${JSON.stringify(entry)}`);
  if (metadata !== undefined) entries.unshift(`"${metadataKey}":${JSON.stringify(checkMetadata(metadata))}`);
  const json = Buffer.from(`{${entries.join(",")}}`);
  const padded = Math.ceil(json.length / alignment) * alignment;
  if (padded > headerBytesMax) {
    throw new RangeError(
      `The header would take ${padded} bytes, at most ${headerBytesMax} are read; use several files`,
    );
  }
  const bytes = Buffer.alloc(lengthBytes + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded));
  bytes.set(json, lengthBytes);
  return { bytes, ordered };
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function checkDType(name: string, dtype: DType): SafetensorsDType {
  const found = formatName(dtype);
  if (found !== undefined) return found;
  throw new TypeError(`Tensor ${JSON.stringify(name)} is ${dtype}, which safetensors has no name for`);
}

function checkName(name: string): string {
  if (name !== metadataKey && name.isWellFormed()) return name;
  throw new TypeError(`${JSON.stringify(name)} cannot be the name of a tensor in safetensors`);
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw new TypeError(`metadata: expected strings, found ${typeof value} at ${key}`);
    if (!key.isWellFormed() || !value.isWellFormed()) throw new TypeError(`metadata: ${key} is no well-formed Unicode`);
  }
  return metadata;
}
