import { formatSize } from "@nodemm/pmem-native";
import { ShelfError } from "./errors.ts";
import { roundUp, unitBytes } from "./layout.ts";

/**
 * Which extents of the heap are free. Lives in memory only: opening rebuilds it from the extents that the catalog names,
 * so there is nothing to corrupt and nothing to leak.
 *
 * Invariants: free blocks are disjoint, never touch each other (neighbours merge at once), start and end at multiples of
 * 64, and each is in `#byStart`, in `#byEnd` and in the list of its size class.
 */
export class Allocator {
  /** By where they start and end, in units: V8 keeps small numbers without an object each. */
  readonly #byStart = new Map<number, Block>();
  readonly #byEnd = new Map<number, Block>();
  readonly #classes: (Block | undefined)[] = new Array<Block | undefined>(classCount).fill(undefined);
  /** Space that {@link addGap} has added and nobody has asked about: offset and length in turn. */
  #gaps: number[] = [];
  #free = 0;
  /** How many extents have been taken so far, and their bytes. */
  allocations = 0;
  allocatedBytes = 0;
  /**
   * Called when an extent of some bytes has no room, to release more space into this allocator; may throw, or do nothing.
   * Not set where the space is what it is.
   */
  makeRoom: ((bytes: number) => void) | undefined;
  /** Asked where there is no room: whether it has freed something. */
  reclaim: () => boolean = () => false;

  /** Free bytes in all. */
  get free(): number {
    return this.#free;
  }

  /** Bytes of the largest free extent. */
  get largest(): number {
    this.#takeIn();
    for (let index = classCount - 1; index >= 0; index--) {
      let largest = 0;
      for (let block = this.#classes[index]; block !== undefined; block = block.next) {
        if (block.length > largest) largest = block.length;
      }
      if (largest > 0) return largest;
    }
    return 0;
  }

  /** How many free extents there are. */
  get extents(): number {
    this.#takeIn();
    return this.#byStart.size;
  }

  /**
   * Takes an extent of at least `length` bytes at a multiple of `alignment` and returns its offset.
   * @throws ShelfError `ERR_SHELF_NO_SPACE` with what is needed, free, and in the largest free extent
   */
  allocate(length: number, alignment: number = unitBytes): number {
    const offset = this.tryAllocate(length, alignment);
    if (offset >= 0) return offset;
    if (this.makeRoom === undefined) this.refuse(length);
    try {
      this.makeRoom(roundUp(length, unitBytes) + alignment);
    } catch (cause) {
      this.refuse(length, cause);
    }
    const grown = this.tryAllocate(length, alignment);
    return grown < 0 ? this.refuse(length) : grown;
  }

  /** Throws what {@link allocate} throws. */
  refuse(length: number, cause?: unknown): never {
    throw new ShelfError(
      "ERR_SHELF_NO_SPACE",
      `the shelf has no room for ${formatSize(length)}: ${formatSize(this.#free)} are free, ` +
        `${formatSize(this.largest)} in one piece; erase variables or make the shelf larger (shelf.grow)`,
      { needed: length, free: this.#free, largestExtent: this.largest, cause },
    );
  }

  /** {@link allocate}, but -1 where there is no room. */
  tryAllocate(length: number, alignment: number = unitBytes): number {
    const needed = roundUp(Math.max(length, 1), unitBytes);
    let block = this.#fit(needed, alignment);
    if (block === undefined && this.reclaim()) block = this.#fit(needed, alignment);
    if (block === undefined) return -1;
    return this.#take(block, roundUp(block.offset, alignment), needed);
  }

  #take(block: Block, offset: number, needed: number): number {
    this.allocations++;
    this.allocatedBytes += needed;
    const end = block.offset + block.length;
    this.#remove(block);
    if (offset > block.offset) this.#insert(block.offset, offset - block.offset);
    if (end > offset + needed) this.#insert(offset + needed, end - offset - needed);
    return offset;
  }

  /**
   * {@link tryAllocate}, but only where the extent ends at or before `limit`: for moving one towards the beginning. Looks
   * at some blocks of each size, not at all.
   */
  tryAllocateBelow(limit: number, length: number, alignment: number): number {
    this.#takeIn();
    const needed = roundUp(length, unitBytes);
    for (let index = classOf(needed); index < classCount; index++) {
      let best: Block | undefined;
      let looked = 0;
      for (
        let block = this.#classes[index];
        block !== undefined && looked < looksBelowMax;
        block = block.next, looked++
      ) {
        const start = roundUp(block.offset, alignment);
        const fits = start + needed <= Math.min(limit, block.offset + block.length);
        if (fits && (best === undefined || block.offset < best.offset)) best = block;
      }
      if (best !== undefined) return this.#take(best, roundUp(best.offset, alignment), needed);
    }
    return -1;
  }

  /** Takes the free space that ends at `end`, if any, and returns where it begins; `end` where there is none. */
  takeTail(end: number): number {
    this.#takeIn();
    const block = this.#byEnd.get(end / unitBytes);
    if (block === undefined) return end;
    this.#remove(block);
    return block.offset;
  }

  /** Bytes that are free just before an offset. */
  freeBefore(offset: number): number {
    this.#takeIn();
    return this.#byEnd.get(offset / unitBytes)?.length ?? 0;
  }

  /** Takes exactly this extent. False if not all of it is free. */
  tryTake(offset: number, length: number): boolean {
    this.#takeIn();
    for (const block of this.#byStart.values()) {
      if (block.offset > offset || block.offset + block.length < offset + length) continue;
      this.#take(block, offset, length);
      return true;
    }
    return false;
  }

  /** Gives back an extent that {@link allocate} gave, or adds new space. */
  release(offset: number, length: number): void {
    this.#takeIn();
    let start = offset;
    let end = offset + roundUp(Math.max(length, 1), unitBytes);
    const before = this.#byEnd.get(start / unitBytes);
    const after = this.#byStart.get(end / unitBytes);
    if (before !== undefined) {
      this.#remove(before);
      start = before.offset;
    }
    if (after !== undefined) {
      this.#remove(after);
      end = after.offset + after.length;
    }
    this.#insert(start, end - start);
  }

  /**
   * Adds space that lies apart from all that is free, as opening finds it. It is sorted in when somebody asks for space:
   * who only reads, and who opens, does not wait for that.
   */
  addGap(offset: number, length: number): void {
    this.#gaps.push(offset, length);
    this.#free += length;
  }

  #takeIn(): void {
    if (this.#gaps.length === 0) return;
    const gaps = this.#gaps;
    this.#gaps = [];
    for (let at = 0; at < gaps.length; at += 2) {
      this.#free -= gaps[at + 1];
      this.#insert(gaps[at], gaps[at + 1]);
    }
  }

  /** Best of the first few that fit in the smallest class that has one; every block only when the quick look finds none. */
  #fit(needed: number, alignment: number): Block | undefined {
    this.#takeIn();
    return this.#search(needed, alignment, looksMax) ?? this.#search(needed, alignment, Infinity);
  }

  #search(needed: number, alignment: number, looks: number): Block | undefined {
    for (let index = classOf(needed); index < classCount; index++) {
      let best: Block | undefined;
      let looked = 0;
      for (let block = this.#classes[index]; block !== undefined && looked < looks; block = block.next, looked++) {
        const fits = roundUp(block.offset, alignment) + needed <= block.offset + block.length;
        if (fits && (best === undefined || block.length < best.length)) best = block;
      }
      if (best !== undefined) return best;
    }
    return undefined;
  }

  #insert(offset: number, length: number): void {
    const index = classOf(length);
    const next = this.#classes[index];
    const block = new Block(offset, length, next);
    if (next !== undefined) next.previous = block;
    this.#classes[index] = block;
    this.#byStart.set(block.startUnit, block);
    this.#byEnd.set(block.endUnit, block);
    this.#free += length;
  }

  #remove(block: Block): void {
    if (block.previous === undefined) this.#classes[classOf(block.length)] = block.next;
    else block.previous.next = block.next;
    if (block.next !== undefined) block.next.previous = block.previous;
    this.#byStart.delete(block.startUnit);
    this.#byEnd.delete(block.endUnit);
    this.#free -= block.length;
  }
}

class Block {
  readonly startUnit: number;
  readonly endUnit: number;
  /** In the list of its size class. */
  previous: Block | undefined = undefined;
  next: Block | undefined;

  constructor(offset: number, length: number, next: Block | undefined) {
    this.startUnit = offset / unitBytes;
    this.endUnit = (offset + length) / unitBytes;
    this.next = next;
  }

  get offset(): number {
    return this.startUnit * unitBytes;
  }

  get length(): number {
    return (this.endUnit - this.startUnit) * unitBytes;
  }
}

/** Four size classes to each power of two, from one unit up to 2^53 bytes. */
const subdivisions = 4;
const classCount: number = 48 * subdivisions;
const looksMax = 16;
const looksBelowMax = 256;

function classOf(length: number): number {
  const units = length / unitBytes;
  if (units >= 2 ** 31) return classOfMany(units);
  const exponent = 31 - Math.clz32(units);
  // The two bits behind the first: a power would cost more than all else here.
  const next = exponent >= 2 ? units >>> (exponent - 2) : units << (2 - exponent);
  return exponent * subdivisions + next - subdivisions;
}

/** {@link classOf} of more units than 31 bits hold. */
function classOfMany(units: number): number {
  const exponent = Math.min(47, 62 - Math.clz32(units / 2 ** 31));
  return exponent * subdivisions + (Math.floor((units / 2 ** exponent) * subdivisions) - subdivisions);
}
