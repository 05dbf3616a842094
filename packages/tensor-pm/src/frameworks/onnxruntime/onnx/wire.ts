/**
 * Protocol buffers as far as a model is taken apart and put together again: fields of a message, with what is inside them
 * untouched. https://protobuf.dev/programming-guides/encoding/
 */
import { ModelError } from "../../errors.ts";

const varint = 0;
const fixed64 = 1;
export const lengthDelimited = 2;
const fixed32 = 5;

export interface Field {
  readonly number: number;
  readonly wireType: number;
  /** The number of a varint; 0 of other types. Exact below 2^53. */
  readonly value: number;
  /** What is inside, as a view; of a varint, its bytes. */
  readonly content: Uint8Array;
  /** The field with its tag and length, as a view. */
  readonly whole: Uint8Array;
}

/**
 * The fields of a message, in their order. Nothing is copied.
 * @throws ModelError `ERR_MODEL_MALFORMED`
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const start = at;
    const tag = readVarint(message, at);
    at = tag.end;
    const number = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (number === 0) throw malformed(`field 0 at byte ${start}`);
    let from = at;
    let value = 0;
    if (wireType === varint) {
      ({ value, end: at } = readVarint(message, at));
    } else if (wireType === lengthDelimited) {
      const length = readVarint(message, at);
      from = length.end;
      at = from + length.value;
    } else if (wireType === fixed64 || wireType === fixed32) {
      at += wireType === fixed64 ? 8 : 4;
    } else {
      throw malformed(`wire type ${wireType} at byte ${start}`);
    }
    if (at > message.length) throw malformed(`a field of ${at - from} bytes at byte ${start} of ${message.length}`);
    yield { number, wireType, value, content: message.subarray(from, at), whole: message.subarray(start, at) };
  }
}

/** The numbers of a repeated varint, packed or not. */
export function varintsOf({ wireType, value, content }: Field): number[] {
  if (wireType === varint) return [value];
  const numbers: number[] = [];
  for (let at = 0; at < content.length;) {
    const next = readVarint(content, at);
    at = next.end;
    numbers.push(next.value);
  }
  return numbers;
}

function readVarint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, scale = 1; at < Math.min(bytes.length, start + 10); at++, scale *= 128) {
    value += (bytes[at] & 0x7f) * scale;
    if (bytes[at] < 0x80) return { value, end: at + 1 };
  }
  throw malformed(`an unfinished number at byte ${start}`);
}

function writeVarint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** A field of a number, as pieces of a message. */
export function numberField(number: number, value: number): Uint8Array[] {
  return [Uint8Array.from([...writeVarint(number * 8 + varint), ...writeVarint(value)])];
}

/** A field of bytes, text or a message, as pieces of a message. */
export function bytesField(number: number, content: string | readonly Uint8Array[]): Uint8Array[] {
  const pieces = typeof content === "string" ? [new TextEncoder().encode(content)] : content;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...writeVarint(number * 8 + lengthDelimited), ...writeVarint(length)]), ...pieces];
}

/** Pieces one after another. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function malformed(found: string): ModelError {
  return new ModelError("ERR_MODEL_MALFORMED", `These bytes are no ONNX model: ${found}; read the whole .onnx file`);
}
