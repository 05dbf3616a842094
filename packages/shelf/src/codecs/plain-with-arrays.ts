import { TypeEncoderMap } from "cbor2";
import { roundUp, unitBytes } from "../layout.ts";
import { cborEncoder } from "./cbor.ts";
import type { Codec, Stored } from "./codec.ts";
import { failMeta } from "./meta.ts";
import { checkPlain, childrenOf, decodePlain, depthMax, isContainer, plainTags, registerPlain } from "./plain.ts";
import { kindNamed, kindOf, storableKinds } from "./typed-array.ts";

/** Tag of a typed array whose elements lie behind the CBOR: `[kind, offset from where the data begin, length]`. */
const arrayTag = 0x4e4d414d;

const metaBytes = 8;

/** Notes an array of the value that is being encoded; returns what stands for it in the CBOR. */
type Place = (array: ArrayBufferView) => [tag: number, contents: unknown];

let place: Place;
const types: TypeEncoderMap = new TypeEncoderMap();
registerPlain(types);
for (const kind of storableKinds) types.registerEncoder(kind as typeof Uint8Array, (array) => place(array));
const encode = cborEncoder(types);

interface Encoded {
  readonly cbor: Uint8Array;
  /** Where the data begin, from the extent's start; each array at a multiple of 64 from there. */
  readonly dataStart: number;
  readonly arrays: readonly { readonly offset: number; readonly array: ArrayBufferView }[];
  readonly byteLength: number;
}

/**
 * Plain nested data with typed arrays in it: CBOR for the structure, and behind it the elements of each array as they are,
 * aligned. What `get` gives is a new copy of the structure each time, but its arrays are views of the stored bytes
 * themselves: nothing of them is read or copied.
 */
export const plainWithArraysCodec: Codec = {
  type: "plain-with-arrays",
  shareable: false,
  accepts: (value) => isContainer(value) && holdsArray(value, []),
  plan(value) {
    const { cbor, byteLength } = encodeWithArrays(value);
    const meta = Buffer.alloc(metaBytes);
    meta.writeUInt32LE(cbor.length);
    return { meta, byteLength };
  },
  write(value, sink) {
    const { cbor, dataStart, arrays, byteLength } = encodeWithArrays(value);
    if (byteLength !== sink.byteLength) throw new TypeError("the value changed while it was being stored");
    sink.copy(0, cbor);
    for (const { offset, array } of arrays) sink.copy(dataStart + offset, array);
  },
  open(stored) {
    const { meta, byteLength } = stored;
    if (meta.length !== metaBytes) failMeta(stored, `its meta takes ${metaBytes} bytes, found ${meta.length}`);
    const cborBytes = new DataView(meta.buffer, meta.byteOffset, metaBytes).getUint32(0, true);
    if (cborBytes > byteLength) failMeta(stored, "its CBOR does not fit its bytes");
    const { buffer } = stored.storage();
    const dataStart = roundUp(cborBytes, unitBytes);
    const tags = new Map(plainTags).set(arrayTag, ({ contents }) => arrayAt(stored, buffer, dataStart, contents));
    try {
      return decodePlain(new Uint8Array(buffer, 0, cborBytes).slice(), tags);
    } catch (cause) {
      return failMeta(stored, "its CBOR cannot be decoded", cause);
    }
  },
};

function arrayAt(stored: Stored, buffer: ArrayBuffer, dataStart: number, contents: unknown): unknown {
  const [name, offset, length] = contents as [name: unknown, offset: number, length: number];
  const kind = kindNamed(name) ?? failMeta(stored, `unknown element type "${String(name).slice(0, 40)}"`);
  if (length === 0) return new kind(new ArrayBuffer(0), 0, 0);
  // An offset or length that makes no sense is refused by the constructor.
  return new kind(buffer, dataStart + offset, length);
}

function encodeWithArrays(value: unknown): Encoded {
  checkPlain(value, []);
  const arrays: { offset: number; array: ArrayBufferView }[] = [];
  let end = 0;
  // A getter of the value may have another value encoded, on another shelf.
  const outer = place;
  place = (array) => {
    const offset = end;
    arrays.push({ offset, array });
    end = roundUp(end + array.byteLength, unitBytes);
    return [arrayTag, [kindOf(array), offset, (array as Uint8Array).length]];
  };
  let cbor: Uint8Array;
  try {
    cbor = encode(value);
  } finally {
    place = outer;
  }
  const last = arrays.at(-1);
  const dataStart = roundUp(cbor.length, unitBytes);
  const byteLength = last === undefined ? cbor.length : dataStart + last.offset + last.array.byteLength;
  return { cbor, dataStart, arrays, byteLength };
}

/** Whether a typed array with elements is somewhere inside. */
function holdsArray(value: unknown, parents: object[]): boolean {
  if (typeof value !== "object" || value === null || parents.includes(value)) return false;
  if (ArrayBuffer.isView(value)) return kindOf(value) !== undefined && value.byteLength > 0;
  // What is deeper is refused, by whichever codec gets it.
  if (!isContainer(value) || value instanceof Date || parents.length > depthMax) return false;
  parents.push(value);
  for (const child of childrenOf(value)) if (holdsArray(child, parents)) return true;
  parents.pop();
  return false;
}
