import { decode, type Tag, TypeEncoderMap } from "cbor2";
import { cborEncoder } from "./cbor.ts";
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
const encode = cborEncoder(types);

/** How the tags of plain data are read. */
export const plainTags: ReadonlyMap<number, (tag: Pick<Tag, "contents">) => unknown> = new Map([
  [objectTag, readTaggedObject],
]);

/** How deep in CBOR a value may lie: each level takes a few calls on the stack, to encode and to decode it. */
export const depthMax = 1022;

/** The decoder counts an array twice, and a value without children has up to two levels of its own. */
const decodedDepthMax = 2 * (depthMax + 2);

export function decodePlain(cbor: Uint8Array, tags: typeof plainTags): unknown {
  return decode(cbor, { tags: new Map(tags), maxDepth: decodedDepthMax });
}

/** Teaches an encoder what plain data consists of beyond CBOR's own. */
export function registerPlain(encoders: TypeEncoderMap): void {
  encoders.registerEncoder(Map, (map: Map<unknown, unknown>) => [objectTag, ["Map", [...map]]]);
  encoders.registerEncoder(Date, (date: Date) => [objectTag, ["Date", date.getTime()]]);
  // Its class has a toJSON, which would be stored instead. NaN stands for no tag.
  encoders.registerEncoder(Buffer, (bytes: Buffer) => [Number.NaN, new Uint8Array(bytes)]);
}

function readTaggedObject(tag: Pick<Tag, "contents">): Map<unknown, unknown> | Date {
  const [name, content] = tag.contents as [unknown, unknown];
  if (name === "Date" && typeof content === "number") return new Date(content);
  if (name === "Map" && Array.isArray(content)) return new Map(content as [unknown, unknown][]);
  throw new TypeError("tag 27 holds something other than a Map or a Date");
}

/**
 * Plain nested data, as CBOR (RFC 8949): null, booleans, numbers, bigints, strings, Dates, arrays, plain objects, Maps and
 * Sets, of exactly these classes and not deeper than {@link depthMax}. What holds typed arrays is stored by the codec `plain-with-arrays`, but for empty ones. A data-only format: reading it runs nothing. Each `get` gives a new copy.
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
      return decodePlain(valueBytes(stored), plainTags);
    } catch (cause) {
      return failMeta(stored, "its CBOR cannot be decoded", cause);
    }
  },
};

function encodePlain(value: unknown): Uint8Array {
  checkPlain(value, []);
  return encode(value);
}

/** Classes that the encoder looks up by `constructor`, so that what is derived from them would be stored as something else. */
const containerClasses: readonly { readonly prototype: object }[] = [Array, Map, Set, Date];

export function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  const found = containerClasses.find((each) => each.prototype === prototype);
  return found !== undefined && value.constructor === found && Array.isArray(value) === (found === Array);
}

/** Levels of CBOR from a container to what it holds: a Map is a tag, its array, that of the entries, and each of them. */
function levelsOf(value: object): number {
  if (value instanceof Map) return 4;
  return value instanceof Set ? 2 : 1;
}

/** Refuses what CBOR would silently turn into something else, or could not give back. */
export function checkPlain(value: unknown, parents: object[], depth = 0): void {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`a ${typeof value} cannot be stored${placeOf(parents, value)}; only plain data can`);
  }
  if (depth > depthMax) {
    throw new TypeError(
      `the value has more than ${depthMax} levels, of which a Map counts as 4 and a Set as 2, and could not be read ` +
        `back; store its parts under names of their own`,
    );
  }
  if (typeof value === "string") checkText(value, "string", parents, value);
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value) && storableKinds.includes(value.constructor)) return;
  if (!isContainer(value)) {
    throw new TypeError(
      `an instance of ${classNameOf(value)} cannot be stored inside plain data${placeOf(parents, value)}; ` +
        `make it a plain object, an array, a Map, a Set or a Date of this realm`,
    );
  }
  if (value instanceof Date) return;
  if (parents.includes(value)) throw new TypeError("a value that contains itself cannot be stored as plain data");
  if (!Array.isArray(value) && !(value instanceof Map) && !(value instanceof Set)) checkKeys(value, parents);
  parents.push(value);
  for (const child of childrenOf(value)) checkPlain(child, parents, depth + levelsOf(value));
  parents.pop();
}

function checkKeys(value: object, parents: readonly object[]): void {
  for (const method of ["toJSON", "toCBOR"]) {
    if (typeof (value as Record<string, unknown>)[method] !== "function") continue;
    throw new TypeError(
      `an object with a method ${method} cannot be stored${placeOf(parents, value)}; store what the method returns`,
    );
  }
  for (const key of Object.keys(value)) checkText(key, "key", parents, value);
}

function checkText(text: string, what: string, parents: readonly object[], value: unknown): void {
  if (text.isWellFormed()) return;
  throw new TypeError(
    `a ${what}${placeOf(parents, value)} has half of a surrogate pair and would not come back the same; use toWellFormed()`,
  );
}

/** Steps from the outermost value that a message names. */
const stepsMax = 10;

/** Where in the outermost value something lies, for messages. */
function placeOf(parents: readonly object[], value: unknown): string {
  if (parents.length === 0) return "";
  const steps = parents.slice(0, stepsMax).map((parent, depth) => stepTo(parent, parents[depth + 1] ?? value));
  return ` (at value${steps.join("")}${parents.length > stepsMax ? "..." : ""})`;
}

function stepTo(parent: object, child: unknown): string {
  if (parent instanceof Map || parent instanceof Set) return `<an entry of a ${classNameOf(parent)}>`;
  const [key = "?"] = Object.entries(parent).find(([, each]) => each === child) ?? [];
  return Array.isArray(parent) ? `[${key}]` : `[${JSON.stringify(key)}]`;
}

export function childrenOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.entries()].flat();
  return Object.values(value);
}
