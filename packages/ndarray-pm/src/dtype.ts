/**
 * The element types, as one table: everything that depends on a dtype looks it up here, so a new dtype is a new row.
 * Names and kinds are NumPy's, and of its extension `ml_dtypes` in the case of bfloat16.
 */
import { Float16Data } from "./float16.ts";
import { onLargePages } from "./native/large-pages.ts";

/**
 * The typed array that holds each dtype's elements. `bool` is one byte an element, 0 or 1. `float16` is a `Float16Array`
 * where the engine has that class, else the bits of the numbers in a `Uint16Array`, as `bfloat16` always is. A complex
 * element takes two numbers:
 * real part, imaginary part.
 */
export interface DTypeArrays {
  bool: Uint8Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
  complex64: Float32Array;
  complex128: Float64Array;
}

export type DType = keyof DTypeArrays;

/** The typed array of a dtype. */
export type DataOf<D extends DType> = DTypeArrays[D];

/** A complex number. Plain data, so that those of other libraries serve: `{ re: 1, im: -2 }`. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/**
 * The JavaScript value of one element: boolean for `bool`, bigint for the 64-bit integers, `{ re, im }` for complex
 * numbers, number for the rest.
 */
export type ScalarOf<D extends DType> = D extends "bool"
  ? boolean
  : D extends "int64" | "uint64"
    ? bigint
    : D extends "complex64" | "complex128"
      ? Complex
      : number;

/** NumPy's kinds, in the order of its `same_kind` casting: boolean, unsigned, signed, floating point, complex. */
export type DTypeKind = "b" | "u" | "i" | "f" | "c";

export interface DTypeInfo<D extends DType = DType> {
  readonly name: D;
  /** The dtype's number on media. Never changed, never used again. */
  readonly code: number;
  readonly kind: DTypeKind;
  /** Bytes an element. */
  readonly itemsize: number;
  /** Items of the typed array that an element takes: 2 for complex numbers, else 1. */
  readonly words: 1 | 2;
  /** What `get` returns and the arithmetic is done in. */
  readonly scalar: "boolean" | "number" | "bigint" | "complex";
  /** Smallest and largest integer that fits; infinite for floating point and complex numbers. */
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** A zeroed typed array in DRAM, for `length` elements. */
  readonly allocate: (length: number) => DataOf<D>;
  /** A typed array over the existing bytes of `length` elements; `byteOffset` must be a multiple of the itemsize. */
  readonly over: (buffer: ArrayBuffer, byteOffset: number, length: number) => DataOf<D>;
}

interface TypedArrayConstructor<Data extends ArrayBufferView> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Data;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Data;
}

function row<D extends DType>(
  name: D,
  code: number,
  kind: DTypeKind,
  array: TypedArrayConstructor<DataOf<D>>,
  scalar: DTypeInfo["scalar"],
  min: number | bigint,
  max: number | bigint,
): DTypeInfo<D> {
  const words = kind === "c" ? 2 : 1;
  return Object.freeze({
    name,
    code,
    kind,
    itemsize: array.BYTES_PER_ELEMENT * words,
    words,
    scalar,
    min,
    max,
    allocate: (length: number) => allocate(array, name, length, words),
    over: (buffer: ArrayBuffer, byteOffset: number, length: number) => new array(buffer, byteOffset, length * words),
  });
}

/** A zeroed typed array, or why there can be none. */
function allocate<Data extends ArrayBufferView>(
  array: TypedArrayConstructor<Data>,
  dtype: string,
  length: number,
  words: number,
): Data {
  try {
    return onLargePages(new array(length * words));
  } catch (error) {
    const bytes = length * words * array.BYTES_PER_ELEMENT;
    throw new RangeError(
      `${length} elements of ${dtype} take ${bytes} bytes, which Node ${process.versions.node} does not give in one piece: ` +
        "before Node 22 the limit is 4 GiB, and memory is one; assigned to a shelf, an array needs no DRAM",
      { cause: error },
    );
  }
}

const table: { readonly [D in DType]: DTypeInfo<D> } = Object.freeze({
  bool: row("bool", 1, "b", Uint8Array, "boolean", 0, 1),
  int8: row("int8", 2, "i", Int8Array, "number", -128, 127),
  int16: row("int16", 3, "i", Int16Array, "number", -32768, 32767),
  int32: row("int32", 4, "i", Int32Array, "number", -2147483648, 2147483647),
  int64: row("int64", 5, "i", BigInt64Array, "bigint", -(2n ** 63n), 2n ** 63n - 1n),
  uint8: row("uint8", 6, "u", Uint8Array, "number", 0, 255),
  uint16: row("uint16", 7, "u", Uint16Array, "number", 0, 65535),
  uint32: row("uint32", 8, "u", Uint32Array, "number", 0, 4294967295),
  uint64: row("uint64", 9, "u", BigUint64Array, "bigint", 0n, 2n ** 64n - 1n),
  float16: row("float16", 12, "f", Float16Data, "number", -Infinity, Infinity),
  bfloat16: row("bfloat16", 15, "f", Uint16Array, "number", -Infinity, Infinity),
  float32: row("float32", 10, "f", Float32Array, "number", -Infinity, Infinity),
  float64: row("float64", 11, "f", Float64Array, "number", -Infinity, Infinity),
  complex64: row("complex64", 13, "c", Float32Array, "complex", -Infinity, Infinity),
  complex128: row("complex128", 14, "c", Float64Array, "complex", -Infinity, Infinity),
});

/** Every dtype's name, in the order of the table. */
export const dtypes: readonly DType[] = Object.freeze(Object.keys(table) as DType[]);

const byCode = new Map<number, DTypeInfo>(dtypes.map((name) => [table[name].code, table[name]]));

/**
 * The facts about a dtype.
 * @throws TypeError if there is no such dtype
 */
export function dtypeInfo<D extends DType>(dtype: D): DTypeInfo<D> {
  const info = typeof dtype === "string" && Object.hasOwn(table, dtype) ? table[dtype] : undefined;
  if (info === undefined) {
    throw new TypeError(`Expected a dtype, found ${describe(dtype)}; the dtypes are ${dtypes.join(", ")}`);
  }
  return info;
}

/** The dtype with this number on media, or undefined. */
export function dtypeByCode(code: number): DTypeInfo | undefined {
  return byCode.get(code);
}

/** The dtype of a typed array, or undefined where none matches. A `Uint8Array` is `uint8`, a `Uint16Array` `uint16`. */
export function dtypeOfTypedArray(data: unknown): Exclude<DType, "bool"> | undefined {
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return "uint8";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Float16Data) return "float16";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof BigUint64Array) return "uint64";
  return undefined;
}

/** Whether a dtype is a half-precision one, computed in float32. */
export function isHalf(dtype: DType): boolean {
  return dtype === "float16" || dtype === "bfloat16";
}

/** A value in a few words, for error messages. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    const what = typeof name === "string" && name !== "" ? `an object of class ${name}` : "an object";
    const { dtype, shape } = value as { readonly dtype?: unknown; readonly shape?: unknown };
    return typeof dtype === "string" && Array.isArray(shape)
      ? `${what}, of ${dtype} and shape [${shape.join(", ")}]`
      : what;
  }
  return String(value);
}
