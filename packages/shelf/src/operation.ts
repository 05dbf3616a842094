import { hasExtentBit, operationExtentBytes, operationHeaderBytes, type operationKind, roundUp } from "./layout.ts";
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
  /** Set when the operation is written: where it lies, from the catalog's start. */
  place: number;
}

/** Bytes that an operation takes in a frame. */
export function operationBytes(
  name: string,
  metaBytes: number,
  { type, extentBytes }: Pick<OperationFacts, "type" | "extentBytes">,
): number {
  const header = operationHeaderBytes + (extentBytes > 0 ? operationExtentBytes : 0);
  return roundUp(header + utf8Length(name) + utf8Length(type) + metaBytes, 4);
}

/** Bytes of an operation's fixed part, from its first word. */
export function headerBytes(head: number): number {
  return operationHeaderBytes + ((head >>> 8) & hasExtentBit ? operationExtentBytes : 0);
}

/** Bytes of the type's name, from the first word. */
export function typeBytes(head: number): number {
  return (head >>> 8) & 0x7f;
}
