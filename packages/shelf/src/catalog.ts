/**
 * The catalog: an append-only log of commit groups, from which the index of names is rebuilt at open.
 *
 * Invariants: frames lie one behind the other from the header line to `#tail`; no frame of this generation lies behind
 * `#tail`, whatever else may; a frame is written only after the one before is durable; `acknowledged` never runs ahead of
 * what is durable.
 */
import type { Region } from "@nodemm/pmem-native";
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { catalogHeader, catalogHeaderBytes, frame, frameHeaderBytes, roundUp, unitBytes } from "./layout.ts";
import { FrameMemory } from "./frame-memory.ts";
import type { Operation } from "./operation.ts";
import { OperationArea } from "./operation-area.ts";
import { readU53, sealHigh, SealedWord, unseal } from "./words.ts";

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

const maxFrameBytes = 2 ** 32 - unitBytes;
/** A frame of a catalog that is written anew ends when it has this much. */
const packedFrameBytes: number = 16 * 1024;
/**
 * Frames from here on, and all of a catalog that is written anew, are made elsewhere and copied: at page granularity every
 * page that is stored in costs a fault, and its sync twice as much as after a write. Longer ones take too much memory.
 */
const copiedFrameBytesMin: number = 4 * 1024;
const copiedFrameBytesMax: number = 2 ** 20;

export class Catalog {
  readonly offset: number;
  readonly bytes: number;
  readonly generation: number;
  readonly firstSequence: number;
  readonly #seed: number;
  readonly #region: Region;
  readonly #buffer: ArrayBuffer;
  readonly #words: Uint32Array;
  readonly #header: BigUint64Array;
  readonly #acknowledgement = new SealedWord();
  readonly #inPlace: FrameMemory;
  /** What frames are copied from. */
  #outside: FrameMemory | undefined;
  /** What lies in the frames. */
  readonly operations: OperationArea;
  /** From the catalog's start. */
  #tail = catalogHeaderBytes;
  /** Where the operations of the frame that is being packed end; 0 where none is. */
  #packedEnd = 0;
  #nextSequence: number;

  constructor(region: Region, place: CatalogPlace) {
    this.#seed = place.seed;
    this.offset = place.offset;
    this.bytes = place.bytes;
    this.generation = place.generation;
    this.firstSequence = place.firstSequence;
    this.#nextSequence = place.firstSequence;
    this.#region = region;
    this.#buffer = region.view(place.offset, place.bytes);
    this.#words = new Uint32Array(this.#buffer);
    this.#header = new BigUint64Array(this.#buffer, 0, catalogHeaderBytes / 8);
    this.#inPlace = new FrameMemory(this.#buffer);
    this.operations = new OperationArea(this.#buffer, place.originOffset ?? place.offset);
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

  /** What {@link pack} takes for operations of so many bytes in all, at most. */
  static packedBytes(operationsBytes: number): number {
    const frames = Math.floor(operationsBytes / packedFrameBytes) + 1;
    return catalogHeaderBytes + operationsBytes + frames * (frameHeaderBytes + unitBytes);
  }

  /** Commits: writes one frame and makes it durable. The caller has seen to it that it fits. */
  append(operations: readonly Operation[]): void {
    const start = this.#tail;
    const bytes = Catalog.frameBytes(operations);
    if (bytes > this.room || bytes > maxFrameBytes) throw new RangeError(`a frame of ${bytes} bytes does not fit`);
    const isCopied = bytes >= copiedFrameBytesMin && bytes <= copiedFrameBytesMax;
    const memory = isCopied ? this.#memoryToCopy(bytes) : this.#inPlace;
    let position = start + frameHeaderBytes;
    for (const each of operations) position = memory.write(position, each);
    memory.finish(start, position, bytes, this.generation, this.#nextSequence);
    this.#makeAcknowledgement(start + bytes);
    if (isCopied) {
      this.#copyFrame(memory, bytes);
      this.#region.drain();
    } else {
      this.#region.persistRecord(this.offset + start, bytes, this.#seed);
    }
    this.#storeAcknowledgement();
    // Not before: where a call has failed, this catalog is read on without the frame.
    this.#passFrame(bytes);
  }

  /** Memory for so many bytes of a frame at the tail that will be copied there. */
  #memoryToCopy(bytes: number): FrameMemory {
    const memory = (this.#outside ??= new FrameMemory(new ArrayBuffer(0)));
    memory.reserve(bytes);
    memory.begin(this.#tail);
    return memory;
  }

  /** Copies the frame that was finished last to the tail. Durable after the next drain. */
  #copyFrame(memory: FrameMemory, bytes: number): void {
    const start = this.#tail;
    memory.crc = this.#region.crc32cOf(memory.bytesOf(start + 4, bytes - 4), this.#seed);
    this.#region.copy(this.offset + start, memory.bytesOf(start, bytes));
  }

  /** Goes on behind the frame at the tail. */
  #passFrame(bytes: number): void {
    this.#tail += bytes;
    this.#nextSequence++;
  }

  /**
   * Adds an operation to a catalog that is being built, many to a frame, which takes less room than a frame each. Nothing
   * of it is durable, or can be read, before {@link publish}. Returns the operation's place.
   */
  pack(operation: Operation): number {
    const place = this.#packAt(operation.bytes);
    this.#packed(this.#packing.write(place, operation));
    return place;
  }

  /** Where the operation goes that is packed next. */
  get nextPlace(): number {
    return this.#packedEnd > 0 ? this.#packedEnd : this.#tail + frameHeaderBytes;
  }

  /** {@link pack} of a put, or of several that lie one behind the other, as they stand in another catalog. */
  packOf(from: Catalog, fromPlace: number, bytes: number = from.operations.bytesAt(fromPlace)): number {
    const place = this.#packAt(bytes);
    this.#packed(this.#packing.copyOf(from.operations, fromPlace, bytes, place));
    return place;
  }

  /** {@link packOf} of an item, which is inserted into a list at an index. */
  packItemOf(from: Catalog, fromPlace: number, list: number, index: number): number {
    const bytes = from.operations.bytesAt(fromPlace);
    const place = this.#packAt(bytes);
    const end = this.#packing.copyOf(from.operations, fromPlace, bytes, place);
    // Before the frame may be finished, and summed.
    this.#packing.makeInsertion(place, list, index);
    this.#packed(end);
    return place;
  }

  get #packing(): FrameMemory {
    return this.#outside as FrameMemory;
  }

  #packAt(bytes: number): number {
    const place = this.nextPlace;
    const end = roundUp(place + bytes, unitBytes);
    if (end > this.bytes) {
      throw new RangeError(`an operation of ${bytes} bytes does not fit the new catalog`);
    }
    this.#memoryToCopy(Math.max(end - this.#tail, packedFrameBytes));
    return place;
  }

  #packed(end: number): void {
    this.#packedEnd = end;
    if (end - this.#tail >= packedFrameBytes) this.#finishPacked();
  }

  #finishPacked(): void {
    if (this.#packedEnd > 0) {
      const bytes = roundUp(this.#packedEnd - this.#tail, unitBytes);
      this.#packing.finish(this.#tail, this.#packedEnd, bytes, this.generation, this.#nextSequence);
      this.#copyFrame(this.#packing, bytes);
      this.#passFrame(bytes);
    }
    this.#packedEnd = 0;
  }

  /** Makes a new catalog of the header and all that was packed, whatever the area held; durable on return. */
  publish(): void {
    this.#finishPacked();
    this.#words.fill(0, 0, catalogHeaderBytes / 4);
    this.acknowledge();
    this.#region.persist(this.offset, catalogHeaderBytes);
  }

  /** Reads the frames that {@link scan} found, and those written since, once more. */
  replay(visitor: CatalogVisitor): void {
    for (let start = catalogHeaderBytes; start < this.#tail;) {
      const end = start + this.#words[start / 4 + frame.lengthBytes.offset / 4];
      this.operations.visit(start, end, visitor);
      start = end;
    }
  }

  /** Called at a clean close: from now on the end is exactly known. */
  seal(): void {
    this.#region.persist(this.offset, catalogHeaderBytes);
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
        if (this.#tail < acknowledged || this.#nextWhole() > 0)
          this.operations.corrupt("frame", this.#tail, "is damaged");
        return true;
      }
      this.operations.visit(this.#tail, this.#tail + bytes, visitor);
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
  acknowledge(end: number = this.#tail): void {
    this.#makeAcknowledgement(end);
    this.#storeAcknowledgement();
  }

  #makeAcknowledgement(end: number): void {
    const units = end / unitBytes;
    this.#acknowledgement.make(units >>> 0, units / 2 ** 32);
  }

  #storeAcknowledgement(): void {
    this.#acknowledgement.storeAt(this.#header, catalogHeader.acknowledged.offset / 8);
  }

  /** Where the last acknowledged frame ends. @throws ShelfError `ERR_SHELF_CORRUPT` */
  readAcknowledged(): number {
    const index = catalogHeader.acknowledged.offset / 4;
    const units = unseal(this.#words[index], this.#words[index + 1]);
    if (units < 0 || units * unitBytes > this.bytes) this.operations.corrupt("header", 0, "fails its check");
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
}
