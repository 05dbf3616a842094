import {
  frameHeaderBytes,
  hasExtentBit,
  operationExtentBytes,
  operationHeaderBytes,
  type operationKind,
  roundUp,
  unitBytes,
} from "./layout.ts";
import { utf8Length } from "./utf8.ts";

/** One change of the catalog, as it goes into a frame. */
export interface Operation {
  readonly kind: (typeof operationKind)[keyof typeof operationKind];
  readonly name: string;
  readonly meta: Uint8Array;
  readonly facts: OperationFacts;
  /** What {@link operationBytes} says of it. */
  readonly bytes: number;
}

export interface OperationFacts {
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  readonly extentOffset: number;
  readonly extentBytes: number;
  /** Set when the operation is written: where the meta lies, from the start of the shelf. */
  metaOffset: number;
}

/** Bytes that an operation takes in a frame. */
export function operationBytes(name: string, meta: Uint8Array, { type, extentBytes }: OperationFacts): number {
  const header = operationHeaderBytes + (extentBytes > 0 ? operationExtentBytes : 0);
  return roundUp(header + utf8Length(name) + utf8Length(type) + meta.length, 4);
}

/** Bytes that an operation takes in a compacted catalog: a frame of its own. */
export function recordBytes(bytes: number): number {
  return roundUp(frameHeaderBytes + bytes, unitBytes);
}

/** Bytes of an operation's fixed part, from its first word. */
export function headerBytes(head: number): number {
  return operationHeaderBytes + ((head >>> 8) & hasExtentBit ? operationExtentBytes : 0);
}

/** Bytes of the type's name, from the first word. */
export function typeBytes(head: number): number {
  return (head >>> 8) & 0x7f;
}
