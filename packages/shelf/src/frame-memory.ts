import { encodedType } from "./encoded-text.ts";
import {
  frame,
  hasCreatedBit,
  hasExtentBit,
  operation,
  operationCreatedBytes,
  operationExtentBytes,
  operationHeaderBytes,
  operationKind,
  roundUp,
  wordBytes,
} from "./layout.ts";
import type { OperationArea } from "./operation-area.ts";
import { type Meta, metaLength, type Operation } from "./operation.ts";
import { writeUtf8 } from "./utf8.ts";
import { writeU53 } from "./words.ts";

// At hand, because a look-up in the layout for each would take longer than all the stores.
const extentOffsetWord = operation.extentOffset.offset / 4;
const extentBytesWord = operation.extentBytes.offset / 4;
const metaBytesWord = operation.metaBytes.offset / 4;
const versionWord = operation.version.offset / 4;
const modifiedWord = operation.modified.offset / 4;
const lengthWord = frame.lengthBytes.offset / 4;
const generationWord = frame.generation.offset / 4;
const sequenceWord = frame.sequence.offset / 4;

/**
 * Memory in which frames are made: the catalog's own or, of long ones, some that they are copied from. Places are offsets
 * from the start of the catalog's area in both.
 */
export class FrameMemory {
  #words: Uint32Array;
  #content: Uint8Array;
  #view: DataView;
  /** Where in the area the first byte belongs. */
  #first = 0;
  /** The first word of the frame that was finished last. */
  #finished = 0;

  constructor(buffer: ArrayBuffer) {
    this.#words = new Uint32Array(buffer);
    this.#content = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** Makes it the memory of a frame that begins at `start`. */
  begin(start: number): void {
    this.#first = start;
  }

  /** Makes room for so many bytes of a frame and keeps those that are there. */
  reserve(bytes: number): void {
    const old = this.#content;
    if (bytes <= old.length) return;
    const buffer = new ArrayBuffer(2 ** Math.ceil(Math.log2(bytes)));
    this.#words = new Uint32Array(buffer);
    this.#content = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#content.set(old);
  }

  /** The bytes of a range of the area. */
  bytesOf(place: number, length: number): Uint8Array {
    return this.#content.subarray(place - this.#first, place - this.#first + length);
  }

  /** Writes an operation at a place; returns where it ends. */
  write(place: number, { kind, name, meta, facts }: Operation): number {
    const words = this.#words;
    const start = place - this.#first;
    const at = start / 4;
    const hasExtent = facts.extentBytes > 0;
    let position = start + operationHeaderBytes;
    if (hasExtent) {
      writeU53(words, at + extentOffsetWord, facts.extentOffset);
      writeU53(words, at + extentBytesWord, facts.extentBytes);
      position += operationExtentBytes;
    }
    if (facts.created > 0) {
      words[position / 4] = facts.created;
      position += operationCreatedBytes;
    }
    const nameBytes = writeUtf8(this.#content, position, name);
    position += nameBytes;
    const { bytes: typeName, length: typeNameBytes } = encodedType(facts.type);
    for (let index = 0; index < typeNameBytes; index++) this.#content[position + index] = typeName[index];
    position += typeNameBytes;
    facts.place = place;
    position = this.#writeMeta(position, meta);
    const follows = (hasExtent ? hasExtentBit : 0) | (facts.created > 0 ? hasCreatedBit : 0);
    words[at] = kind | ((typeNameBytes | follows) << 8) | (nameBytes << 16);
    words[at + metaBytesWord] = metaLength(meta);
    words[at + versionWord] = facts.version;
    writeU53(words, at + modifiedWord, facts.modified);
    const end = roundUp(position, wordBytes);
    while (position < end) this.#content[position++] = 0;
    return end + this.#first;
  }

  /** A loop is faster than a call for the few bytes that most metas have. */
  #writeMeta(position: number, meta: Meta): number {
    const length = metaLength(meta);
    if (typeof meta === "number") this.#view.setFloat64(position, meta, true);
    else if (length > 64) this.#content.set(meta, position);
    else for (let index = 0; index < length; index++) this.#content[position + index] = meta[index];
    return position + length;
  }

  /** {@link write} of the operation at a place of an area, of so many bytes. */
  copyOf(from: OperationArea, fromPlace: number, bytes: number, place: number): number {
    from.copyTo(fromPlace, bytes, this.#words, (place - this.#first) / 4);
    return place + bytes;
  }

  /** Makes of the operation that put an item one that inserts it into a list at an index. */
  makeInsertion(place: number, list: number, index: number): void {
    const words = this.#words;
    const at = (place - this.#first) / 4;
    words[at] = (words[at] & ~0xff) | operationKind.itemInsert;
    words[at + versionWord] = list;
    writeU53(words, at + modifiedWord, index);
  }

  /** Makes a frame, but for its CRC, of the operations from behind the header at `start` to `end`. */
  finish(start: number, end: number, frameBytes: number, generation: number, sequence: number): void {
    const words = this.#words;
    const at = (start - this.#first) / 4;
    this.#finished = at;
    for (let word = at + (end - start) / 4; word < at + frameBytes / 4; word++) words[word] = 0;
    words[at + lengthWord] = frameBytes;
    words[at + generationWord] = generation;
    writeU53(words, at + sequenceWord, sequence);
  }

  /** Of the frame that was finished last. */
  set crc(crc: number) {
    this.#words[this.#finished] = crc;
  }
}
