/**
 * Deltas: changed blocks, one behind the other, that belong over the data variables of the last version. `docs/format.md` has
 * the layout.
 */
import { crc32 } from "node:zlib";
import { type NamedCopy, ShelfError, type Storage } from "@nodemm/shelf";
import type { LeafPatch } from "./plan.ts";
import { CheckpointRecord, type DataVariable } from "./record.ts";
import type { CheckpointShelf } from "./shelf.ts";

/** Of a delta, where a leaf's data variable has the leaf's. */
export const deltaPath = "delta";

/** `NMmDelta`: its blocks are needed. */
const neededWord = 0x61746c65446d4d4en;
/** They are where they belong. */
const foldedWord = 0n;
const tableStart = 16;
const checkedStart = 12;
const entryBytes = 24;
const blockAlignment = 64;
const bytesAlignment = 4096;

/** How many bytes a delta with these patches has. */
export function deltaBytes(patches: readonly LeafPatch[]): number {
  let blocks = 0;
  let bytes = 0;
  for (const { ranges } of patches) {
    blocks += ranges.length / 2;
    for (let at = 0; at < ranges.length; at += 2) bytes += aligned(ranges[at + 1] - ranges[at], blockAlignment);
  }
  return bytesStart(blocks) + bytes;
}

/** The bytes of a delta, and the copies that fold it: from these bytes to where they belong. */
export interface Delta {
  readonly bytes: Uint8Array;
  readonly copies: readonly NamedCopy[];
}

/** The delta of some patches, with a copy of what they change, in `memory` if it is large enough. */
export function makeDelta(record: CheckpointRecord, patches: readonly LeafPatch[], memory?: ArrayBuffer): Delta {
  const needed = deltaBytes(patches);
  const hasRoom = memory !== undefined && memory.byteLength >= needed;
  const bytes = new Uint8Array(hasRoom ? memory : Buffer.allocUnsafeSlow(needed).buffer, 0, needed);
  const words = new Uint32Array(bytes.buffer, 0, needed / 4);
  const blocks = patches.reduce((sum, { ranges }) => sum + ranges.length / 2, 0);
  const start = bytesStart(blocks);
  bytes.fill(0, 0, start);
  const copies: NamedCopy[] = [];
  let entry = tableStart;
  let at = start;
  for (const { number, source, ranges } of patches) {
    const name = record.dataName(number);
    for (let range = 0; range < ranges.length; range += 2, entry += entryBytes) {
      const byteOffset = ranges[range];
      const length = ranges[range + 1] - byteOffset;
      bytes.set(source.subarray(byteOffset, byteOffset + length), at);
      writeInteger(words, entry, number);
      writeInteger(words, entry + 8, byteOffset);
      writeInteger(words, entry + 16, length);
      copies.push({ name, byteOffset, source: bytes.subarray(at, at + length) });
      const next = at + aligned(length, blockAlignment);
      bytes.fill(0, at + length, next);
      at = next;
    }
  }
  new BigUint64Array(bytes.buffer, 0, 1)[0] = neededWord;
  words[checkedStart / 4] = blocks;
  words[checkedStart / 4 - 1] = crc32(bytes.subarray(checkedStart, entry));
  return { bytes, copies };
}

/**
 * The copies that fold a stored delta, from its own bytes; none if that has been done.
 * @throws ShelfError `ERR_SHELF_CORRUPT` if it makes no sense
 */
export function readDelta(shelf: CheckpointShelf, name: string, record: CheckpointRecord, delta: number): NamedCopy[] {
  const bytes = Buffer.from(storageOf(shelf, name, record.dataName(delta)).buffer);
  if (bytes.length < bytesStart(0)) throw damaged(name, `its delta has ${bytes.length} bytes`);
  const word = bytes.readBigUInt64LE(0);
  if (word === foldedWord) return [];
  if (word !== neededWord) throw damaged(name, `its delta begins with ${word.toString(16)}`);
  const blocks = bytes.readUInt32LE(checkedStart);
  const start = bytesStart(blocks);
  if (start > bytes.length) throw damaged(name, `its delta has ${bytes.length} bytes and says ${blocks} blocks`);
  const table = bytes.subarray(checkedStart, tableStart + blocks * entryBytes);
  if (bytes.readUInt32LE(8) !== crc32(table)) throw damaged(name, "the checksum of its delta is wrong");
  const baseBytes = baseBytesOf(shelf, name, record);
  let at = start;
  return Array.from({ length: blocks }, (_, block): NamedCopy => {
    const entry = tableStart + block * entryBytes;
    const [number, byteOffset, length] = [0, 8, 16].map((field) => Number(bytes.readBigUInt64LE(entry + field)));
    const isWithin = byteOffset + length <= baseBytes(number) && at + length <= bytes.length;
    if (!isWithin) throw damaged(name, `its delta has ${length} bytes for ${byteOffset} of data variable ${number}`);
    const source = bytes.subarray(at, at + length);
    at += aligned(length, blockAlignment);
    return { name: record.dataName(number), byteOffset, source };
  });
}

/** Of a data variable that a delta may change, how many bytes it has: of one that the last version names, and no other. */
function baseBytesOf(shelf: CheckpointShelf, name: string, record: CheckpointRecord): (number: number) => number {
  const { versions, delta } = record;
  const last = CheckpointRecord.usedBy(versions.slice(-1));
  const kept = CheckpointRecord.usedBy(versions.slice(0, -1));
  const known = new Map<number, number>();
  return (number) => {
    if (!last.has(number) || kept.has(number) || number === delta) return 0;
    const bytes = known.get(number) ?? storageOf(shelf, name, record.dataName(number)).byteLength;
    known.set(number, bytes);
    return bytes;
  };
}

/**
 * A data variable that is needed for a fold.
 * @throws ShelfError `ERR_SHELF_CORRUPT` if it is not there
 */
export function storageOf(shelf: CheckpointShelf, name: string, dataName: string): Storage {
  if (shelf.info(dataName) === undefined) throw damaged(name, `its data variable "${dataName}" is not there`);
  return shelf.storage(dataName);
}

/** Says in a delta that its blocks are where they belong; durable by a persist of its first 8 bytes. */
export function sayFolded(shelf: CheckpointShelf, dataName: string): void {
  // One store of a whole word, which a crash leaves or does not.
  new BigUint64Array(shelf.storage(dataName).buffer, 0, 1)[0] = foldedWord;
}

/** A spare data variable that takes a delta of so many bytes; undefined if there is none. */
export function spareDelta({ data, delta }: CheckpointRecord, byteLength: number): DataVariable | undefined {
  return data.find((each) => each.path === deltaPath && each.number !== delta && each.byteLength >= byteLength);
}

function bytesStart(blocks: number): number {
  return aligned(tableStart + blocks * entryBytes, bytesAlignment);
}

function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function writeInteger(words: Uint32Array, at: number, value: number): void {
  // The lower half is what is stored of it.
  words[at / 4] = value;
  words[at / 4 + 1] = value / 2 ** 32;
}

function damaged(variable: string, found: string): ShelfError {
  const advice = "erase it with eraseCheckpoint, or restore the shelf";
  return new ShelfError("ERR_SHELF_CORRUPT", `Checkpoint "${variable}" is damaged: ${found}; ${advice}`, {
    structure: "checkpoint delta",
    variable,
  });
}
