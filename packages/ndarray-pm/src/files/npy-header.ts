/**
 * The header of an `.npy` file, as NumPy's `numpy.lib.format` documents it:
 *
 *     0  6 bytes  \x93NUMPY
 *     6  u8, u8   version: 1.0, 2.0 or 3.0
 *     8  u16      length of what follows; u32 from version 2.0 on
 *    10  text     a Python dictionary with descr, fortran_order and shape, padded with spaces, ended by a newline
 *
 * The elements follow, without gaps. Lengths are little-endian; version 3.0 has its text in UTF-8, the others in Latin-1.
 */
import { type DType, dtypeInfo, dtypes } from "../dtype.ts";
import { maxRank, type Order } from "../shape.ts";
import { ArrayFileError } from "./file-error.ts";
import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";

const magic: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** Longer headers are refused unread: those of arrays of numbers have a few hundred bytes. */
const headerBytesMax = 64 * 1024;

/** What begins every file: as much as tells how long its header is. */
export const npyPrefixBytes = 12;

/** NumPy leaves room for the first axis to grow to this many digits. */
const growthDigits = 21;

export interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order: Order;
  /** Whether the bytes of each number are reversed. */
  readonly bigEndian: boolean;
  /** Where the elements begin, and how many bytes they are. */
  readonly dataOffset: number;
  readonly nbytes: number;
}

/** NumPy has no bfloat16. */
const fileDTypes = dtypes.filter((dtype) => dtype !== "bfloat16");

const dtypeCodes = new Map<string, DType>(
  fileDTypes.map((dtype) => [dtypeInfo(dtype).kind + String(dtypeInfo(dtype).itemsize), dtype]),
);

/**
 * How many bytes header and prefix have together, told by the first {@link npyPrefixBytes} of a file; fewer will do for
 * version 1.0, whose files may be shorter.
 * @throws ArrayFileError `ERR_ARRAY_FILE_FORMAT`, `ERR_ARRAY_FILE_TRUNCATED`
 */
export function npyHeaderBytes(prefix: Uint8Array, source: string): number {
  const format = (found: string): ArrayFileError => new ArrayFileError("ERR_ARRAY_FILE_FORMAT", source, found);
  if (magic.some((byte, at) => at < prefix.length && prefix[at] !== byte)) {
    throw format("expected an .npy file, which begins with \\x93NUMPY; for an .npz file, see loadz");
  }
  const truncated = new ArrayFileError("ERR_ARRAY_FILE_TRUNCATED", source, "the file ends within its header");
  if (prefix.length < 10) throw truncated;
  const version = prefix[6];
  if (version < 1 || version > 3 || prefix[7] !== 0) {
    throw format(`expected version 1.0, 2.0 or 3.0 of the format, found ${version}.${prefix[7]}`);
  }
  if (version > 1 && prefix.length < npyPrefixBytes) throw truncated;
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > headerBytesMax) throw format(`its header claims ${length} bytes, expected at most ${headerBytesMax}`);
  return (version === 1 ? 10 : 12) + length;
}

/**
 * The facts of a header.
 * @throws ArrayFileError `ERR_ARRAY_FILE_FORMAT`, `ERR_ARRAY_FILE_UNSUPPORTED`
 */
export function parseNpyHeader(bytes: Uint8Array, source: string): NpyHeader {
  const version = bytes[6];
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(version === 1 ? 10 : 12));
  const format = (found: string, cause?: unknown): ArrayFileError =>
    new ArrayFileError("ERR_ARRAY_FILE_FORMAT", source, found, { cause });
  let fields: PythonLiteral;
  try {
    fields = parsePythonLiteral(text);
  } catch (error) {
    throw format(`its header is no dictionary: ${(error as Error).message}`, error);
  }
  if (!(fields instanceof Map) || fields.size !== 3)
    throw format("expected descr, fortran_order and shape in its header");
  const order: unknown = fields.get("fortran_order");
  if (typeof order !== "boolean") throw format("expected True or False as fortran_order");
  const { dtype, bigEndian } = parseDescr(fields.get("descr") as PythonLiteral | undefined, source);
  const shape = checkShapeOf(fields.get("shape") as PythonLiteral | undefined, format);
  const nbytes = bytesOf(shape, dtypeInfo(dtype).itemsize, format);
  return { dtype, shape, order: order ? "F" : "C", bigEndian, dataOffset: bytes.length, nbytes };
}

function parseDescr(descr: PythonLiteral | undefined, source: string): { dtype: DType; bigEndian: boolean } {
  const unsupported = (what: string): ArrayFileError =>
    new ArrayFileError("ERR_ARRAY_FILE_UNSUPPORTED", source, `${what}; expected one of ${fileDTypes.join(", ")}`);
  if (Array.isArray(descr)) throw unsupported("it holds records (a structured dtype): save its fields one by one");
  const parts =
    typeof descr === "string" ? /^(?<byteorder>[<>|=]?)(?<code>[a-zA-Z]\d*)/u.exec(descr)?.groups : undefined;
  if (parts === undefined || typeof descr !== "string") {
    throw new ArrayFileError("ERR_ARRAY_FILE_FORMAT", source, "expected a dtype such as '<f8' as descr");
  }
  if (parts["code"].startsWith("O"))
    throw unsupported("it holds Python objects, which only Python's pickle could read");
  const dtype = dtypeCodes.get(parts["code"]);
  if (dtype === undefined || descr.length !== parts["byteorder"].length + parts["code"].length) {
    throw unsupported(`its dtype ${JSON.stringify(descr.slice(0, 40))} is none of this package's`);
  }
  return { dtype, bigEndian: parts["byteorder"] === ">" };
}

function checkShapeOf(shape: PythonLiteral | undefined, format: (found: string) => ArrayFileError): number[] {
  if (!Array.isArray(shape) || shape.length > maxRank)
    throw format(`expected a tuple of at most ${maxRank} lengths as shape`);
  for (const length of shape as unknown[]) {
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
      throw format(`expected lengths of 0 or more in its shape, found ${String(length)}`);
    }
  }
  return [...(shape as number[])];
}

/** Bytes of all elements, multiplied in bigints so that nothing overflows into a plausible product. */
function bytesOf(shape: readonly number[], itemsize: number, format: (found: string) => ArrayFileError): number {
  // Also where a length of 0 leaves nothing of it.
  const bytes = shape.reduce((product, length) => product * BigInt(length || 1), BigInt(itemsize));
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER)) throw format(`its shape [${shape.join(", ")}] is larger than any file`);
  return shape.includes(0) ? 0 : Number(bytes);
}

/**
 * The header that NumPy writes for such an array: version 1.0, elements little-endian, their beginning aligned to 64.
 * @throws TypeError for bfloat16
 */
export function npyHeader(dtype: DType, shape: readonly number[], order: Order): Uint8Array {
  if (dtype === "bfloat16") {
    throw new TypeError('.npy files have no bfloat16, as NumPy has none; convert the array with astype("float32")');
  }
  const { kind, itemsize } = dtypeInfo(dtype);
  const descr = `${itemsize === 1 ? "|" : "<"}${kind}${itemsize}`;
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${order === "F" ? "True" : "False"}, 'shape': ${tuple}, }`;
  const growing = shape.length === 0 ? undefined : shape[order === "F" ? shape.length - 1 : 0];
  const spare = growing === undefined ? "" : " ".repeat(Math.max(0, growthDigits - String(growing).length));
  const length = text.length + spare.length + 1;
  const padding = " ".repeat((64 - ((10 + length) % 64)) % 64);
  const bytes = new Uint8Array(10 + length + padding.length);
  bytes.set(magic);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, length + padding.length, true);
  bytes.set(new TextEncoder().encode(`${text}${spare}${padding}\n`), 10);
  return bytes;
}
