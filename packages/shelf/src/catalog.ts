/**
 * The catalog: an append-only log of commit groups, from which the index of names is rebuilt at open.
 *
 * Invariants: frames lie one behind the other from the header line to `#tail`; no frame of this generation lies behind
 * `#tail`, whatever else may; a frame is written only after the one before is durable; `acknowledged` never runs ahead of
 * what is durable.
 */
import type { Region } from "@nodemm/pmem-native";
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { ShelfError } from "./errors.ts";
import {
  catalogHeader,
  catalogHeaderBytes,
  frame,
  frameHeaderBytes,
  hasExtentBit,
  operation,
  operationExtentBytes,
  operationHeaderBytes,
  operationKind,
  roundUp,
  typeBytesMax,
  unitBytes,
} from "./layout.ts";
import { headerBytes, type Operation, recordBytes, typeBytes } from "./operation.ts";
import { readUtf8, writeUtf8 } from "./utf8.ts";
import { readU53, sealHigh, unseal, writeU53 } from "./words.ts";

/** Where a catalog lies, and which frames are its own. */
export interface CatalogPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly generation: number;
  readonly firstSequence: number;
  /** What every CRC of this shelf continues from. */
  readonly seed: number;
  /** Where it begins in the shelf, for messages, if that is not where it begins in this region. */
  readonly originOffset?: number;
}

/** How far {@link Catalog.scan} reads, and where the frames cannot end before. */
export interface ScanOptions {
  readonly acknowledged: number;
  readonly framesMax: number;
}

/** A put as it stands in the catalog, but for the name. Offsets are from the start of the shelf. */
export interface StoredPut {
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  readonly extentOffset: number;
  readonly extentBytes: number;
  readonly metaOffset: number;
  readonly metaBytes: number;
  readonly recordBytes: number;
}

const noExtent = { extentOffset: 0, extentBytes: 0 };
const maxFrameBytes = 2 ** 32 - unitBytes;

export class Catalog {
  readonly offset: number;
  readonly bytes: number;
  readonly generation: number;
  readonly firstSequence: number;
  readonly #seed: number;
  readonly #originOffset: number;
  readonly #region: Region;
  readonly #buffer: ArrayBuffer;
  readonly #words: Uint32Array;
  readonly #content: Uint8Array;
  /** From the catalog's start. */
  #tail = catalogHeaderBytes;
  #nextSequence: number;

  constructor(region: Region, place: CatalogPlace) {
    this.#seed = place.seed;
    this.offset = place.offset;
    this.#originOffset = place.originOffset ?? place.offset;
    this.bytes = place.bytes;
    this.generation = place.generation;
    this.firstSequence = place.firstSequence;
    this.#nextSequence = place.firstSequence;
    this.#region = region;
    this.#buffer = region.view(place.offset, place.bytes);
    this.#words = new Uint32Array(this.#buffer);
    this.#content = new Uint8Array(this.#buffer);
  }

  /** Makes an empty catalog of whatever lies there. Durable after the next drain. */
  static format(region: Region, offset: number): void {
    for (let at = 0; at < catalogHeaderBytes; at += 8) region.publish(offset + at, 0, 0);
    region.publish(offset + catalogHeader.acknowledged.offset, 1, sealHigh(1, 0));
    region.flush(offset, catalogHeaderBytes);
  }

  /** Bytes that frames can still take. */
  get room(): number {
    return this.bytes - this.#tail;
  }

  get nextSequence(): number {
    return this.#nextSequence;
  }

  /** Bytes that one frame with these operations takes. */
  static frameBytes(operations: readonly Operation[]): number {
    let bytes = frameHeaderBytes;
    for (const each of operations) bytes += each.bytes;
    return roundUp(bytes, unitBytes);
  }

  /** Commits: writes one frame and makes it durable. The caller has seen to it that it fits. */
  append(operations: readonly Operation[]): void {
    const start = this.write(operations) - frameHeaderBytes;
    this.#region.persist(this.offset + start, this.#tail - start);
    this.acknowledge();
  }

  /** Writes one frame without making it durable, for building a new catalog; returns its first operation's place. */
  write(operations: readonly Operation[]): number {
    const bytes = Catalog.frameBytes(operations);
    if (bytes > this.room || bytes > maxFrameBytes) throw new RangeError(`a frame of ${bytes} bytes does not fit`);
    const start = this.#tail;
    const at = start / 4;
    let position = start + frameHeaderBytes;
    for (const each of operations) position = this.#encode(position, each);
    const words = this.#words;
    for (let word = position / 4; word < (start + bytes) / 4; word++) words[word] = 0;
    words[at + frame.lengthBytes.offset / 4] = bytes;
    words[at + frame.generation.offset / 4] = this.generation;
    writeU53(words, at + frame.sequence.offset / 4, this.#nextSequence);
    words[at] = this.#region.crc32c(this.offset + start + 4, bytes - 4, this.#seed);
    this.#tail = start + bytes;
    this.#nextSequence++;
    return start + frameHeaderBytes;
  }

  /** Makes a new catalog of the header and all frames that {@link write} wrote, whatever the area held; durable on return. */
  publish(): void {
    this.#words.fill(0, 0, catalogHeaderBytes / 4);
    this.acknowledge();
    this.#region.persist(this.offset, this.#tail);
  }

  /** Reads the frames that {@link scan} found, and those written since, once more. */
  replay(visitor: CatalogVisitor): void {
    for (let start = catalogHeaderBytes; start < this.#tail;) {
      const end = start + this.#words[start / 4 + frame.lengthBytes.offset / 4];
      this.#visit(start, end, visitor);
      start = end;
    }
  }

  /** What the put at a place that {@link scan} gave says, but for the name. */
  readPut(place: number): StoredPut {
    const words = this.#words;
    const head = words[place / 4];
    const typeAt = place + headerBytes(head) + (head >>> 16);
    const { extentOffset, extentBytes } = this.extentAt(place);
    return {
      type: this.#text(typeAt, typeBytes(head), place),
      version: words[place / 4 + operation.version.offset / 4],
      modified: this.#modified(place),
      extentOffset,
      extentBytes,
      metaOffset: this.offset + typeAt + typeBytes(head),
      metaBytes: words[place / 4 + operation.metaBytes.offset / 4],
      recordBytes: this.recordBytesAt(place),
    };
  }

  /** The extent of the put at a place; zeros where it has none. */
  extentAt(place: number): { readonly extentOffset: number; readonly extentBytes: number } {
    const at = place / 4;
    if (((this.#words[at] >>> 8) & hasExtentBit) === 0) return noExtent;
    return {
      extentOffset: readU53(this.#words, at + operation.extentOffset.offset / 4),
      extentBytes: readU53(this.#words, at + operation.extentBytes.offset / 4),
    };
  }

  /** Whether the put at a place says that its type is this one, of characters of one byte each. */
  isOfType(place: number, type: string): boolean {
    const head = this.#words[place / 4];
    const at = place + headerBytes(head) + (head >>> 16);
    return typeBytes(head) === type.length && Buffer.from(this.#buffer, at, type.length).toString("latin1") === type;
  }

  /** Bytes that the put at a place takes in a compacted catalog: a frame of its own. */
  recordBytesAt(place: number): number {
    return recordBytes(this.#operationEnd(place) - place);
  }

  /** Called at a clean close: from now on the end is exactly known. */
  seal(): void {
    this.#region.persist(this.offset, catalogHeaderBytes);
  }

  /** The bytes of a meta, copied. `metaOffset` counts from the start of the shelf. */
  readMeta(metaOffset: number, metaBytes: number): Uint8Array {
    const at = metaOffset - this.offset;
    return this.#content.slice(at, at + metaBytes);
  }

  /**
   * Reads all frames in order and finds the end; or, of a check, no more than some frames at once, going on from where it
   * stopped: true at the end. Writes nothing.
   * @throws ShelfError `ERR_SHELF_CORRUPT`
   */
  scan(
    visitor: CatalogVisitor,
    { acknowledged, framesMax }: ScanOptions = { acknowledged: this.readAcknowledged(), framesMax: Infinity },
  ): boolean {
    for (let frames = 0; frames < framesMax; frames++) {
      const bytes = this.#frameAt(this.#tail, this.#nextSequence);
      if (bytes === 0) {
        if (this.#tail < acknowledged || this.#nextWhole() > 0) this.#corrupt("frame", this.#tail, "is damaged");
        return true;
      }
      this.#visit(this.#tail, this.#tail + bytes, visitor);
      this.#tail += bytes;
      this.#nextSequence++;
    }
    return false;
  }

  /** Of a check: goes on behind damage that {@link scan} met, at the next whole frame. False if there is none. */
  skipDamage(): boolean {
    const start = this.#nextWhole();
    if (start === 0) return false;
    this.#tail = start;
    this.#nextSequence = readU53(this.#words, (start + frame.sequence.offset) / 4);
    return true;
  }

  /** Whether behind the end lies the beginning of what would have been the next frame. */
  get endsTorn(): boolean {
    if (this.room < unitBytes) return false;
    const at = this.#tail / 4;
    return (
      this.#words[at + frame.generation.offset / 4] === this.generation &&
      readU53(this.#words, at + frame.sequence.offset / 4) === this.#nextSequence
    );
  }

  /**
   * Makes sure that nothing behind the end can become the next frame. A torn frame must lose its CRC before another is
   * written over it: else a crash in that write could complete the torn one, with the words that both have in common.
   */
  clearTornTail(): void {
    if (this.room === 0 || (this.#words[this.#tail / 4] === 0 && this.#words[this.#tail / 4 + 1] === 0)) return;
    this.#region.publish(this.offset + this.#tail, 0, 0);
    this.#region.persist(this.offset + this.#tail, 8);
  }

  /** Detaches the view. */
  release(): void {
    this.#region.releaseView(this.#buffer);
  }

  /** A plain store, on purpose without a flush: see `docs/format.md`, "Where the frames end". */
  acknowledge(): void {
    const units = this.#tail / unitBytes;
    const low = units >>> 0;
    this.#region.publish(this.offset + catalogHeader.acknowledged.offset, low, sealHigh(low, units / 2 ** 32));
  }

  /** Where the last acknowledged frame ends. @throws ShelfError `ERR_SHELF_CORRUPT` */
  readAcknowledged(): number {
    const index = catalogHeader.acknowledged.offset / 4;
    const units = unseal(this.#words[index], this.#words[index + 1]);
    if (units < 0 || units * unitBytes > this.bytes) this.#corrupt("header", 0, "fails its check");
    return units * unitBytes;
  }

  /** Length of the frame with this sequence number at `start`, or 0 if there is none. */
  #frameAt(start: number, sequence: number): number {
    if (start + unitBytes > this.bytes) return 0;
    const words = this.#words;
    const at = start / 4;
    const bytes = words[at + frame.lengthBytes.offset / 4];
    if (bytes === 0 || bytes % unitBytes !== 0 || bytes > this.bytes - start) return 0;
    if (words[at + frame.generation.offset / 4] !== this.generation) return 0;
    if (readU53(words, at + frame.sequence.offset / 4) !== sequence) return 0;
    return this.#region.crc32c(this.offset + start + 4, bytes - 4, this.#seed) === words[at] ? bytes : 0;
  }

  /** Where the next whole frame of a later commit begins, or 0. */
  #nextWhole(): number {
    const words = this.#words;
    for (let start = this.#tail + unitBytes; start < this.bytes; start += unitBytes) {
      const at = start / 4;
      if (words[at + frame.generation.offset / 4] !== this.generation) continue;
      const sequence = readU53(words, at + frame.sequence.offset / 4);
      if (sequence > this.#nextSequence && this.#frameAt(start, sequence) > 0) return start;
    }
    return 0;
  }

  #encode(start: number, { kind, name, meta, facts }: Operation): number {
    const words = this.#words;
    const at = start / 4;
    const hasExtent = facts.extentBytes > 0;
    let position = start + operationHeaderBytes;
    if (hasExtent) {
      writeU53(words, at + operation.extentOffset.offset / 4, facts.extentOffset);
      writeU53(words, at + operation.extentBytes.offset / 4, facts.extentBytes);
      position += operationExtentBytes;
    }
    const nameBytes = writeUtf8(this.#content, position, name);
    position += nameBytes;
    const typeNameBytes = writeUtf8(this.#content, position, facts.type);
    position += typeNameBytes;
    facts.metaOffset = this.offset + position;
    position = this.#writeMeta(position, meta);
    words[at] = kind | ((typeNameBytes | (hasExtent ? hasExtentBit : 0)) << 8) | (nameBytes << 16);
    words[at + operation.metaBytes.offset / 4] = meta.length;
    words[at + operation.version.offset / 4] = facts.version;
    writeU53(words, at + operation.modified.offset / 4, facts.modified);
    const end = roundUp(position, 4);
    while (position < end) this.#content[position++] = 0;
    return end;
  }

  /** A loop is faster than a call for the few bytes that most metas have. */
  #writeMeta(position: number, meta: Uint8Array): number {
    const { length } = meta;
    if (length > 64) this.#content.set(meta, position);
    else for (let index = 0; index < length; index++) this.#content[position + index] = meta[index];
    return position + length;
  }

  #visit(start: number, end: number, visitor: CatalogVisitor): void {
    const words = this.#words;
    let place = start + frameHeaderBytes;
    while (place + operationHeaderBytes <= end && words[place / 4] !== 0) {
      const head = words[place / 4];
      const kind = head & 0xff;
      const next = this.#operationEnd(place);
      if (next > end || typeBytes(head) > typeBytesMax) this.#corrupt("operation", place, "is malformed");
      const number = words[place / 4 + operation.version.offset / 4];
      if (kind === operationKind.laneCommit) visitor.laneCommit(number, this.#modified(place));
      else if (kind === operationKind.listClear) visitor.clearItems(number, this.#modified(place) > 0);
      else if (kind >= operationKind.itemInsert && kind <= operationKind.itemErase) {
        const isThere = visitor.item(kind, number, this.#modified(place), place);
        if (!isThere) this.#corrupt("operation", place, "names an item that is not there");
      } else {
        const nameAt = place + headerBytes(head);
        const name = this.#text(nameAt, head >>> 16, place);
        if (kind === operationKind.put) visitor.put(name, place);
        else if (kind === operationKind.erase) visitor.erase(name);
        else if (kind === operationKind.rename) visitor.rename(name, this.#newName(place));
        else if (kind === operationKind.swap) {
          const areThere = visitor.swap(name, this.#newName(place));
          if (!areThere) this.#corrupt("operation", place, "swaps names that are not there");
        } else if (kind === operationKind.seal) {
          const isThere = visitor.seal(name, this.#modified(place) === 1 ? number : -1);
          if (!isThere) this.#corrupt("operation", place, "seals a name that is not there");
        } else this.#corrupt("operation", place, `has the unknown kind ${kind}`);
      }
      place = next;
    }
  }

  #operationEnd(place: number): number {
    const head = this.#words[place / 4];
    const metaBytes = this.#words[place / 4 + operation.metaBytes.offset / 4];
    return roundUp(place + headerBytes(head) + (head >>> 16) + typeBytes(head) + metaBytes, 4);
  }

  #modified(place: number): number {
    const modified = readU53(this.#words, place / 4 + operation.modified.offset / 4);
    return modified >= 0 ? modified : this.#corrupt("operation", place, "is malformed");
  }

  #newName(place: number): string {
    const head = this.#words[place / 4];
    const at = place + headerBytes(head) + (head >>> 16) + typeBytes(head);
    return this.#text(at, this.#words[place / 4 + operation.metaBytes.offset / 4], place);
  }

  #text(at: number, bytes: number, position: number): string {
    try {
      return readUtf8(this.#content, at, bytes);
    } catch (cause) {
      return this.#corrupt("operation", position, "holds text that is not UTF-8", cause);
    }
  }

  #corrupt(what: string, position: number, problem: string, cause?: unknown): never {
    const offset = this.#originOffset + position;
    throw new ShelfError(
      "ERR_SHELF_CORRUPT",
      `the catalog's ${what} at byte ${offset} ${problem}; nothing was changed: restore the shelf from a copy`,
      { structure: `catalog ${what}`, offset, cause },
    );
  }
}
