import type { Codec, Stored } from "./codec.ts";
import { failMeta } from "./meta.ts";

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface TypedArrayConstructor {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): TypedArray;
}

const kinds = new Map<string, TypedArrayConstructor>(
  (
    [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
    ] as unknown as TypedArrayConstructor[]
  ).map((kind) => [kind.name, kind]),
);

/** The constructors of the arrays that plain data may hold; a `Buffer` comes back as a `Uint8Array`. */
export const storableKinds: readonly unknown[] = [...kinds.values(), Buffer];

export function kindNamed(name: unknown): TypedArrayConstructor | undefined {
  return typeof name === "string" ? kinds.get(name) : undefined;
}

/** `Uint8Array` for a `Buffer`, too: what is stored is the bytes. */
export function kindOf(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  const name = (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "";
  return kinds.has(name) ? name : undefined;
}

/**
 * Bytes and typed arrays. `get` gives a typed array over the stored bytes themselves: a view, not a copy, writable in
 * place, detached (length 0) once the variable is erased or replaced or the shelf closed.
 */
export const typedArrayCodec: Codec<TypedArray> = {
  type: "typed-array",
  shareable: true,
  accepts: (value) => kindOf(value) !== undefined,
  plan: (value) => ({ meta: Buffer.from(kindOf(value) ?? ""), byteLength: value.byteLength }),
  write(value, sink) {
    sink.copy(0, value);
  },
  open(stored: Stored) {
    const name = Buffer.from(stored.meta).toString("latin1");
    const kind = kinds.get(name) ?? failMeta(stored, `unknown element type "${name.slice(0, 40)}"`);
    const length = stored.byteLength / kind.BYTES_PER_ELEMENT;
    if (!Number.isInteger(length)) failMeta(stored, `${stored.byteLength} bytes are not whole elements of ${name}`);
    return new kind(stored.storage().buffer, 0, length);
  },
};
