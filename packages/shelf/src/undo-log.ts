/**
 * One undo lane: the old bytes of every range that the open transaction may change.
 *
 * Invariants: an entry is durable before the bytes it saves may change; entries lie one behind the other and, but for a
 * link and its successor, each is fenced before the next is written; entries of a generation die together, by one
 * 8-byte store, or by the catalog frame that commits the generation.
 */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { ShelfError } from "./errors.ts";
import {
  laneHeader,
  laneHeaderBytes,
  roundUp,
  undoDataAlignment,
  undoEntry,
  undoHeaderBytes,
  undoKind,
  undoRangeBytes,
  unitBytes,
} from "./layout.ts";
import { forEachRange, rangeHeadBytes, writeEntry, writeRangeEntry } from "./undo-entry.ts";
import { UndoSegment } from "./undo-segment.ts";
import { readU53, sealHigh, SealedWord, unseal } from "./words.ts";

/** Where a lane lies. */
export interface LanePlace {
  readonly lane: number;
  readonly offset: number;
  readonly bytes: number;
  /** What every CRC of this shelf continues from. */
  readonly seed: number;
}

/** What ranges of the heap are for, as the catalog says. */
export interface HeapUse {
  /** Whether a range lies in the data of one variable, so that old bytes may be written there. */
  readonly isData: (offset: number, length: number) => boolean;
  /** Whether nothing owns any of a range, so that the log may go on there. */
  readonly isFree: (offset: number, length: number) => boolean;
}

/** A live entry's place in its segment. */
interface Entry {
  readonly segment: UndoSegment;
  readonly start: number;
}

/** Bigger ranges are saved in pieces, so that the log needs no extent of the data's own size; four fill a segment. */
const entryDataBytesMax: number = 16 * 2 ** 20 - 2 * unitBytes;
const rangesMax = 4096;
const spillBytesMin: number = 64 * 1024;
const spillBytesMax: number = 64 * 2 ** 20;
const countMask = 0xffffff;

export class UndoLog {
  readonly lane: number;
  readonly #region: Region;
  readonly #place: LanePlace;
  readonly #home: UndoSegment;
  readonly #header: BigUint64Array;
  readonly #spills: UndoSegment[] = [];
  #segment: UndoSegment;
  #tail = laneHeaderBytes;
  #count = 0;
  #generation: number;
  /** What will say that the entry that is being written is durable, and that the generation has ended. */
  readonly #acknowledgement = new SealedWord();
  readonly #nextGeneration = new SealedWord();

  /** Opens a lane. `committed` is the last generation that the catalog says has committed, or 0. */
  constructor(region: Region, place: LanePlace, committed: number) {
    this.lane = place.lane;
    this.#region = region;
    this.#place = place;
    this.#home = new UndoSegment(region, place.offset, place.bytes);
    this.#header = new BigUint64Array(this.#home.words.buffer, 0, laneHeaderBytes / 8);
    this.#segment = this.#home;
    this.#generation = Math.max(this.#readSealed(laneHeader.generation.offset), committed + 1);
    this.#makeNextGeneration();
  }

  /** Makes a lane of whatever lies there. Durable after the next drain. */
  static format(region: Region, offset: number): void {
    for (let at = 0; at < laneHeaderBytes; at += 8) region.publish(offset + at, 0, 0);
    region.publish(offset + laneHeader.generation.offset, 1, sealHigh(1, 0));
    region.publish(offset + laneHeader.acknowledged.offset, 0, sealHigh(0, 0));
    region.flush(offset, laneHeaderBytes);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * Whether an earlier entry, live, dead or torn, lies where the next one will. A torn one must not be completed by the
   * words that it has in common with the next: a new generation makes sure of it.
   */
  get hasRemains(): boolean {
    const at = laneHeaderBytes / 4;
    return this.#home.words[at] !== 0 || this.#home.words[at + 1] !== 0;
  }

  get generation(): number {
    return this.#generation;
  }

  /**
   * Saves the present bytes of ranges, `[offset, length, ...]` from the start of the shelf; durable on return.
   * @throws ShelfError `ERR_SHELF_NO_SPACE`; what was saved before stays saved
   */
  record(ranges: readonly number[], allocator: Allocator): void {
    let batch: number[] = [];
    let batchBytes = 0;
    const write = (): void => {
      if (batch.length === 2) this.#writeRange(batch[0], batch[1], allocator);
      else if (batch.length > 0) this.#writeEntry(batch, allocator);
      batch = [];
      batchBytes = 0;
    };
    for (let index = 0; index < ranges.length; index += 2) {
      let offset = ranges[index];
      let length = ranges[index + 1];
      while (length > 0) {
        const piece = Math.min(length, entryDataBytesMax - batchBytes);
        batch.push(offset, piece);
        batchBytes += roundUp(piece, undoDataAlignment);
        offset += piece;
        length -= piece;
        if (batchBytes >= entryDataBytesMax || batch.length >= 2 * rangesMax) write();
      }
    }
    write();
  }

  /** {@link record} of one range. */
  recordRange(offset: number, length: number, allocator: Allocator): void {
    if (length <= entryDataBytesMax) this.#writeRange(offset, length, allocator);
    else this.record([offset, length], allocator);
  }

  /** Ends the generation: its entries are dead, durably, on return. This is the commit point of an in-place change. */
  commit(allocator: Allocator): void {
    this.#endGeneration(allocator);
    this.#region.persist(this.#place.offset, laneHeaderBytes);
  }

  /** Ends the generation after the catalog has committed it. */
  committedByCatalog(allocator: Allocator): void {
    this.#advance(allocator);
  }

  /**
   * Finds the live entries and checks them. Writes nothing; returns how many there are.
   * @throws ShelfError `ERR_SHELF_CORRUPT`
   */
  inspect({ isData, isFree }: HeapUse): number {
    const entries = this.#liveEntries(isFree);
    for (const { segment, start } of entries) {
      forEachRange(segment, start, (offset, length) => {
        if (!isData(offset, length)) this.#corrupt("names bytes that belong to no variable", segment.offset + start);
      });
    }
    return entries.length;
  }

  /** Of a check: lets go of what links led to. */
  releaseSpills(): void {
    for (const spill of this.#spills.splice(0)) spill.release();
  }

  /** Tells one first entry of the open generation from others; -1 without one. With one a transaction may change bytes. */
  get firstEntry(): number {
    const words = this.#home.words.subarray(laneHeaderBytes / 4);
    return readU53(words, undoEntry.generation.offset / 4) === this.#generation ? words[undoEntry.crc.offset / 4] : -1;
  }

  /** The saved ranges of all live entries, newest first: where the old bytes belong, where they are, how many. */
  forEachSaved(visit: (target: number, source: number, length: number) => void): void {
    for (const { segment, start } of this.#liveEntries().reverse()) {
      const moves: [target: number, source: number, length: number][] = [];
      forEachRange(segment, start, (offset, length, data) => moves.push([offset, data, length]));
      for (const move of moves.reverse()) visit(...move);
    }
  }

  /** Brings back the old bytes of every live entry, newest first, and ends the generation. Durable on return. */
  rollBack(allocator: Allocator | undefined): void {
    this.forEachSaved((target, source, length) => this.#region.copyWithin(target, source, length));
    this.#region.drain();
    this.#endGeneration(allocator);
    this.#region.persist(this.#place.offset, laneHeaderBytes);
  }

  /** {@link #writeEntry} of one range, which is what most transactions save, in one call. */
  #writeRange(offset: number, length: number, allocator: Allocator): void {
    const bytes = rangeHeadBytes + roundUp(length, unitBytes);
    this.#beginEntry(bytes, allocator);
    const segment = this.#segment;
    const at = segment.at(this.#tail, rangeHeadBytes);
    writeRangeEntry(segment.words, at, this.#generation, bytes, offset, length);
    this.#region.persistRecord(segment.offset + this.#tail, rangeHeadBytes, this.#place.seed, offset, length);
    this.#endEntry(bytes);
  }

  #writeEntry(batch: readonly number[], allocator: Allocator): void {
    const dataStart = roundUp(undoHeaderBytes + (batch.length / 2) * undoRangeBytes, unitBytes);
    let bytes = dataStart;
    for (let index = 1; index < batch.length; index += 2) bytes += roundUp(batch[index], undoDataAlignment);
    bytes = roundUp(bytes, unitBytes);
    this.#beginEntry(bytes, allocator);
    const start = this.#tail;
    const at = this.#segment.at(start, dataStart);
    const { words } = this.#segment;
    const shelfStart = this.#segment.offset + start;
    const head = {
      kind: undoKind.ranges,
      generation: this.#generation,
      lengthBytes: bytes,
      rangeCount: batch.length / 2,
    };
    writeEntry(words, at, head, batch);
    let crc = this.#region.crc32c(shelfStart + 4, dataStart - 4, this.#place.seed);
    let data = shelfStart + dataStart;
    for (let index = 0; index < batch.length; index += 2) {
      crc = this.#region.copyWithinCrc32c(data, batch[index], batch[index + 1], crc);
      data += roundUp(batch[index + 1], undoDataAlignment);
    }
    words[at] = crc;
    this.#region.persist(shelfStart, dataStart);
    this.#endEntry(bytes);
  }

  #beginEntry(bytes: number, allocator: Allocator): void {
    this.#makeRoom(bytes, allocator);
    const generation = this.#generation & countMask;
    const low = (((generation & 0xff) << 24) | Math.min(this.#count + 1, countMask)) >>> 0;
    this.#acknowledgement.make(low, generation >>> 8);
  }

  /** Acknowledges by a plain store, on purpose without a flush: see `docs/format.md`, "Where the frames end". */
  #endEntry(bytes: number): void {
    this.#tail += bytes;
    this.#count++;
    this.#acknowledgement.storeAt(this.#header, laneHeader.acknowledged.offset / 8);
  }

  /** Sees to it that an entry and a link fit behind the tail; continues in a new segment where they do not. */
  #makeRoom(bytes: number, allocator: Allocator): void {
    if (this.#tail + bytes + unitBytes <= this.#segment.bytes) return;
    const needed = bytes + unitBytes;
    const preferred = Math.max(needed, Math.min(spillBytesMax, Math.max(spillBytesMin, 2 * this.#segment.bytes)));
    let length = preferred;
    let offset = allocator.tryAllocate(length);
    if (offset < 0) {
      length = needed;
      offset = allocator.allocate(length);
    }
    const next = UndoSegment.spilled(this.#region, offset, length);
    this.#spills.push(next);
    const start = this.#tail;
    const at = this.#segment.at(start, unitBytes);
    const { words } = this.#segment;
    const head = { kind: undoKind.link, generation: this.#generation, lengthBytes: length, rangeCount: 0 };
    writeEntry(words, at, head, [offset]);
    words[at] = this.#region.crc32c(this.#segment.offset + start + 4, unitBytes - 4, this.#place.seed);
    // Not fenced here: the fence of the entry that follows covers it, and nothing depends on it before that.
    this.#region.flush(this.#segment.offset + start, unitBytes);
    this.#count++;
    this.#segment = next;
    this.#tail = 0;
  }

  #makeNextGeneration(): void {
    const next = this.#generation + 1;
    this.#nextGeneration.make(next >>> 0, next / 2 ** 32);
  }

  #advance(allocator: Allocator | undefined): void {
    this.#generation++;
    this.#makeNextGeneration();
    this.#segment = this.#home;
    this.#tail = laneHeaderBytes;
    this.#count = 0;
    if (this.#spills.length === 0) return;
    for (const spill of this.#spills.splice(0)) {
      spill.release();
      allocator?.release(spill.offset, spill.bytes);
    }
  }

  /** On media its entries are dead once the lane's header is flushed. */
  #endGeneration(allocator: Allocator | undefined): void {
    this.#nextGeneration.storeAt(this.#header, laneHeader.generation.offset / 8);
    this.#advance(allocator);
  }

  #readSealed(field: number): number {
    const { words } = this.#home;
    const value = unseal(words[field / 4], words[field / 4 + 1]);
    if (value < 0) this.#corrupt("has a header that fails its check", this.#place.offset + field);
    return value;
  }

  #acknowledgedCount(): number {
    const value = this.#readSealed(laneHeader.acknowledged.offset);
    const generation = Math.floor(value / 2 ** 24);
    return generation === (this.#generation & countMask) ? value % 2 ** 24 : 0;
  }

  /** The entries of this generation, oldest first, followed through links. */
  #liveEntries(isFree?: HeapUse["isFree"]): Entry[] {
    const entries: Entry[] = [];
    let segment = this.#home;
    let start = laneHeaderBytes;
    let found = 0;
    for (;;) {
      const bytes = this.#entryAt(segment, start);
      if (bytes === 0) break;
      found++;
      const at = segment.at(start, unitBytes);
      if (segment.words[at + undoEntry.kind.offset / 4] === undoKind.link) {
        segment = this.#follow(segment, start, isFree);
        start = 0;
      } else {
        entries.push({ segment, start });
        start += bytes;
      }
    }
    if (found < this.#acknowledgedCount() || this.#laterEntryExists(segment, start)) {
      this.#corrupt("holds a damaged entry", segment.offset + start);
    }
    return entries;
  }

  /** Bytes of the live entry at `start`, or 0. */
  #entryAt(segment: UndoSegment, start: number): number {
    if (start + unitBytes > segment.bytes) return 0;
    const at = segment.at(start, unitBytes);
    const { words } = segment;
    if (readU53(words, at + undoEntry.generation.offset / 4) !== this.#generation) return 0;
    const stored = words[at];
    const kind = words[at + undoEntry.kind.offset / 4];
    const length = readU53(words, at + undoEntry.lengthBytes.offset / 4);
    if (kind === undoKind.link) {
      const crc = this.#region.crc32c(segment.offset + start + 4, unitBytes - 4, this.#place.seed);
      return crc === stored ? unitBytes : 0;
    }
    const count = words[at + undoEntry.rangeCount.offset / 4];
    if (kind !== undoKind.ranges || count === 0 || count > rangesMax) return 0;
    if (!(length <= segment.bytes - start) || length % unitBytes !== 0) return 0;
    const dataStart = roundUp(undoHeaderBytes + count * undoRangeBytes, unitBytes);
    if (dataStart > length) return 0;
    let crc = this.#region.crc32c(segment.offset + start + 4, dataStart - 4, this.#place.seed);
    let whole = true;
    forEachRange(segment, start, (_, bytes, data) => {
      if (!(bytes >= 0 && data + bytes <= segment.offset + start + length)) whole = false;
      if (whole) crc = this.#region.crc32c(data, bytes, crc);
    });
    return whole && crc === stored ? length : 0;
  }

  #laterEntryExists(segment: UndoSegment, tornStart: number): boolean {
    const low = this.#generation >>> 0;
    const field = undoEntry.generation.offset / 4;
    for (let start = tornStart + unitBytes; start < segment.bytes; start += unitBytes) {
      const at = segment.at(start, unitBytes) + field;
      if (segment.words[at] === low && this.#entryAt(segment, start) > 0) return true;
    }
    return false;
  }

  /** The segment that a link names: one that is known or, where `isFree` tells what may be one, a new one. */
  #follow(segment: UndoSegment, start: number, isFree?: HeapUse["isFree"]): UndoSegment {
    const at = segment.at(start, unitBytes);
    const { words } = segment;
    const offset = readU53(words, at + undoHeaderBytes / 4);
    const bytes = readU53(words, at + undoEntry.lengthBytes.offset / 4);
    const known = this.#spills.find((spill) => spill.offset === offset && spill.bytes === bytes);
    if (known !== undefined && isFree === undefined) return known;
    // Also what the log holds already is not free: else links could lead in a circle.
    const isTaken = this.#spills.some((spill) => offset < spill.offset + spill.bytes && spill.offset < offset + bytes);
    const isWhole = offset % unitBytes === 0 && bytes % unitBytes === 0 && bytes > 0;
    if (!isWhole || isTaken || isFree?.(offset, bytes) !== true) {
      this.#corrupt("links to bytes that are not free", segment.offset + start);
    }
    const next = UndoSegment.spilled(this.#region, offset, bytes);
    this.#spills.push(next);
    return next;
  }

  #corrupt(problem: string, offset: number): never {
    throw new ShelfError(
      "ERR_SHELF_CORRUPT",
      `undo lane ${this.lane} ${problem} at byte ${offset}; nothing was changed: restore the shelf from a copy`,
      { structure: "undo lane", offset },
    );
  }
}
