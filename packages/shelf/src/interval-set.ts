/**
 * Byte ranges already seen, merged. Invariants: of the first `size`, `starts` ascends, `ends[i] > starts[i]`, and
 * `ends[i] < starts[i + 1]`: ranges that touch are one. Behind them lies what a set had that was cleared: most sets hold
 * one range, in arrays that are not made anew for it.
 */
export class IntervalSet {
  #starts: number[] = [];
  #ends: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  clear(): void {
    if (this.#size > 1) {
      this.#starts = [];
      this.#ends = [];
    }
    this.#size = 0;
  }

  /** Where the first range begins. */
  get start(): number {
    return this.#starts[0];
  }

  /** Where the first range ends. */
  get end(): number {
    return this.#ends[0];
  }

  /** Adds `[start, end)` and calls `uncovered` for each piece that was not in the set before, in ascending order. */
  add(start: number, end: number, uncovered: (start: number, end: number) => void): void {
    if (start >= end) return;
    if (this.#size === 0) {
      this.#starts[0] = start;
      this.#ends[0] = end;
      this.#size = 1;
      uncovered(start, end);
      return;
    }
    const first = this.#firstEndingAtOrAfter(start);
    let next = first;
    let mergedStart = start;
    let mergedEnd = end;
    let position = start;
    while (next < this.#size && this.#starts[next] <= end) {
      if (position < this.#starts[next]) uncovered(position, this.#starts[next]);
      position = Math.max(position, this.#ends[next]);
      mergedStart = Math.min(mergedStart, this.#starts[next]);
      mergedEnd = Math.max(mergedEnd, this.#ends[next]);
      next++;
    }
    if (position < end) uncovered(position, end);
    if (first === this.#size) {
      this.#starts.push(start);
      this.#ends.push(end);
    } else {
      this.#starts.splice(first, next - first, mergedStart);
      this.#ends.splice(first, next - first, mergedEnd);
    }
    this.#size = this.#starts.length;
  }

  /** Whether all of `[start, end)` is in the set. */
  covers(start: number, end: number): boolean {
    const index = this.#firstEndingAtOrAfter(end);
    return start >= end || (index < this.#size && this.#starts[index] <= start);
  }

  /** The merged ranges, `[start, length, ...]`, in ascending order. */
  toRanges(): number[] {
    const ranges: number[] = [];
    for (let index = 0; index < this.#size; index++) {
      ranges.push(this.#starts[index], this.#ends[index] - this.#starts[index]);
    }
    return ranges;
  }

  #firstEndingAtOrAfter(start: number): number {
    let low = 0;
    let high = this.#size;
    if (high > 0 && this.#ends[high - 1] < start) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle] < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
