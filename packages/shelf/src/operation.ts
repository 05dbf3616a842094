import { encodedName, encodedType } from "./encoded-text.ts";
import {
  hasCreatedBit,
  hasExtentBit,
  operationCreatedBytes,
  operationExtentBytes,
  operationHeaderBytes,
  nameBytesMax,
  operationKind,
  roundUp,
  typeBytesMax,
  wordBytes,
} from "./layout.ts";
import { doubleBytes } from "./words.ts";

/** Bytes that say what a value is or, where that is a number, the number: its bytes are made where they are written. */
export type Meta = Uint8Array | number;

/** One change of the catalog, as it goes into a frame. */
export interface Operation {
  readonly kind: (typeof operationKind)[keyof typeof operationKind];
  readonly name: string;
  readonly meta: Meta;
  readonly facts: OperationFacts;
  /** What {@link operationBytes} says of it. */
  readonly bytes: number;
}

export interface OperationFacts {
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  /** When the variable was first set, in seconds since 1970, if it has been replaced since; else 0. */
  readonly created: number;
  readonly extentOffset: number;
  readonly extentBytes: number;
  /** Set when the operation is written: where it lies, from the catalog's start. */
  place: number;
}

/** Bytes that an operation takes in a frame. */
export function operationBytes(
  name: string,
  metaBytes: number,
  { type, created, extentBytes }: Pick<OperationFacts, "type" | "created" | "extentBytes">,
): number {
  const extent = extentBytes > 0 ? operationExtentBytes : 0;
  const header = operationHeaderBytes + extent + (created > 0 ? operationCreatedBytes : 0);
  return roundUp(header + encodedName(name).length + encodedType(type).length + metaBytes, wordBytes);
}

/** Bytes of a meta. */
export function metaLength(meta: Meta): number {
  return typeof meta === "number" ? doubleBytes : meta.length;
}

/** Bytes of an operation's fixed part, from its first word. */
export function headerBytes(head: number): number {
  const flags = head >>> 8;
  const extent = flags & hasExtentBit ? operationExtentBytes : 0;
  return operationHeaderBytes + extent + (flags & hasCreatedBit ? operationCreatedBytes : 0);
}

/** Bytes of the variable's name, from the first word; 0 for operations that name none. */
export function nameBytes(head: number): number {
  const bytes = head >>> 16;
  return bytes === 0 && isNaming(head & 0xff) ? nameBytesMax : bytes;
}

function isNaming(kind: number): boolean {
  return kind < operationKind.laneCommit || kind > operationKind.listClear;
}

/** Bytes of the type's name, from the first word. */
export function typeBytes(head: number): number {
  return (head >>> 8) & typeBytesMax;
}
