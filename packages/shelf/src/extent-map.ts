import { ShelfError } from "./errors.ts";
import { roundUp, unitBytes } from "./layout.ts";

/**
 * Which bytes of the heap are owned, and by whom, as the catalog says: built once at open, to check that no byte has two
 * owners, to find the gaps, and to check undo entries against.
 */
export class ExtentMap {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #heapOffset: number;
  readonly #heapEnd: number;

  /** @throws ShelfError `ERR_SHELF_CORRUPT` for an extent that is misplaced or overlaps another */
  constructor(extents: Iterable<readonly [offset: number, bytes: number]>, heapOffset: number, heapEnd: number) {
    const sorted = [...extents].sort((a, b) => a[0] - b[0]);
    this.#heapOffset = heapOffset;
    this.#heapEnd = heapEnd;
    this.#starts = new Float64Array(sorted.length);
    this.#ends = new Float64Array(sorted.length);
    let previousEnd = heapOffset;
    for (const [index, [offset, bytes]] of sorted.entries()) {
      const end = offset + roundUp(bytes, unitBytes);
      if (!(bytes > 0 && offset % unitBytes === 0 && offset >= heapOffset && end <= heapEnd)) {
        corrupt(`an extent of ${bytes} bytes lies outside the heap or off its alignment`, offset);
      }
      if (offset < previousEnd) corrupt("two extents overlap", offset);
      this.#starts[index] = offset;
      this.#ends[index] = end;
      previousEnd = end;
    }
  }

  /** Calls `visit` for each stretch that nothing owns. */
  forEachGap(visit: (offset: number, bytes: number) => void): void {
    let position = this.#heapOffset;
    for (let index = 0; index < this.#starts.length; index++) {
      if (this.#starts[index] > position) visit(position, this.#starts[index] - position);
      position = this.#ends[index];
    }
    if (this.#heapEnd > position) visit(position, this.#heapEnd - position);
  }

  /** Whether one extent holds all of a range. */
  holds(offset: number, length: number): boolean {
    const index = this.#firstEndingAfter(offset);
    return index < this.#starts.length && offset >= this.#starts[index] && offset + length <= this.#ends[index];
  }

  /** Whether a range lies in the heap and touches no extent. */
  isFree(offset: number, length: number): boolean {
    if (!(offset >= this.#heapOffset && offset + length <= this.#heapEnd)) return false;
    const index = this.#firstEndingAfter(offset);
    return index === this.#starts.length || offset + length <= this.#starts[index];
  }

  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function corrupt(problem: string, offset: number): never {
  throw new ShelfError(
    "ERR_SHELF_CORRUPT",
    `the catalog is damaged: ${problem} at byte ${offset}; nothing was changed: restore the shelf from a copy`,
    { structure: "extent", offset },
  );
}
