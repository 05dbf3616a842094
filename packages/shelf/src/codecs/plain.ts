import { decode, encode, type Tag, TypeEncoderMap } from "cbor2";
import { classNameOf } from "./class-name.ts";
import type { Codec } from "./codec.ts";
import { storableKinds } from "./typed-array.ts";
import { failMeta, inlineBytesMax, noMeta, valueBytes } from "./meta.ts";

/**
 * A CBOR map with string keys is read as an object, so a Map is written as tag 27, the registered form for a
 * language-independent object: its class name and its entries. So is a Date: CBOR's own form counts seconds in floating
 * point, and would lose a millisecond now and then.
 */
const objectTag = 27;
const types: TypeEncoderMap = new TypeEncoderMap();
registerPlain(types);

/** How the tags of plain data are read. */
export const plainTags: ReadonlyMap<number, (tag: Pick<Tag, "contents">) => unknown> = new Map([
  [objectTag, readTaggedObject],
]);

/** Teaches an encoder what plain data consists of beyond CBOR's own. */
export function registerPlain(encoders: TypeEncoderMap): void {
  encoders.registerEncoder(Map, (map: Map<unknown, unknown>) => [objectTag, ["Map", [...map]]]);
  encoders.registerEncoder(Date, (date: Date) => [objectTag, ["Date", date.getTime()]]);
}

function readTaggedObject(tag: Pick<Tag, "contents">): Map<unknown, unknown> | Date {
  const [name, content] = tag.contents as [unknown, unknown];
  if (name === "Date" && typeof content === "number") return new Date(content);
  if (name === "Map" && Array.isArray(content)) return new Map(content as [unknown, unknown][]);
  throw new TypeError("tag 27 holds something other than a Map or a Date");
}

/**
 * Plain nested data, as CBOR (RFC 8949): null, booleans, numbers, bigints, strings, Dates, arrays, plain objects, Maps and
 * Sets. What holds typed arrays is stored by the codec `plain-with-arrays`, but for empty ones. A data-only format: reading it runs nothing. Each `get` gives a new copy.
 */
export const plainCodec: Codec = {
  type: "plain",
  shareable: false,
  accepts: (value) => value === null || ["boolean", "bigint"].includes(typeof value) || isContainer(value),
  plan(value) {
    const bytes = encodePlain(value);
    return bytes.length <= inlineBytesMax ? { meta: bytes, byteLength: 0 } : { meta: noMeta, byteLength: bytes.length };
  },
  write(value, sink) {
    const bytes = encodePlain(value);
    if (bytes.length !== sink.byteLength) throw new TypeError("the value changed while it was being stored");
    sink.copy(0, bytes);
  },
  open(stored) {
    try {
      return decode(valueBytes(stored), { tags: new Map(plainTags) });
    } catch (cause) {
      return failMeta(stored, "its CBOR cannot be decoded", cause);
    }
  },
};

function encodePlain(value: unknown): Uint8Array {
  checkPlain(value, []);
  return encode(value, { collapseBigInts: false, types });
}

export function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set || value instanceof Date) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Refuses what CBOR would silently turn into something else: class instances, functions, cycles. */
export function checkPlain(value: unknown, parents: object[]): void {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`a ${typeof value} cannot be stored; only plain data can`);
  }
  if (typeof value === "string" && !value.isWellFormed()) {
    throw new TypeError("a string inside has half of a surrogate pair and would not come back the same");
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return;
  if (storableKinds.includes(value.constructor)) return;
  if (!isContainer(value)) {
    throw new TypeError(`an instance of ${classNameOf(value)} cannot be stored inside plain data`);
  }
  if (parents.includes(value)) throw new TypeError("a value that contains itself cannot be stored as plain data");
  parents.push(value);
  for (const child of childrenOf(value)) checkPlain(child, parents);
  parents.pop();
}

export function childrenOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.entries()].flat();
  return Object.values(value);
}
