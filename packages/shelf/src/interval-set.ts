/** Never added to. */
const none: number[] = [];

/**
 * Byte ranges already seen, merged. Invariants: `starts` ascends, `ends[i] > starts[i]`, and `ends[i] < starts[i + 1]`:
 * ranges that touch are one.
 */
export class IntervalSet {
  #starts = none;
  #ends = none;

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  clear(): void {
    this.#starts = none;
    this.#ends = none;
  }

  /** Adds `[start, end)` and calls `uncovered` for each piece that was not in the set before, in ascending order. */
  add(start: number, end: number, uncovered: (start: number, end: number) => void): void {
    if (start >= end) return;
    if (this.#starts.length === 0) {
      // Most sets hold one range, and an array of one is smaller than one that may grow.
      this.#starts = [start];
      this.#ends = [end];
      uncovered(start, end);
      return;
    }
    const first = this.#firstEndingAtOrAfter(start);
    let next = first;
    let mergedStart = start;
    let mergedEnd = end;
    let position = start;
    while (next < this.#starts.length && this.#starts[next] <= end) {
      if (position < this.#starts[next]) uncovered(position, this.#starts[next]);
      position = Math.max(position, this.#ends[next]);
      mergedStart = Math.min(mergedStart, this.#starts[next]);
      mergedEnd = Math.max(mergedEnd, this.#ends[next]);
      next++;
    }
    if (position < end) uncovered(position, end);
    if (first === this.#starts.length) {
      this.#starts.push(start);
      this.#ends.push(end);
    } else {
      this.#starts.splice(first, next - first, mergedStart);
      this.#ends.splice(first, next - first, mergedEnd);
    }
  }

  /** The merged ranges, `[start, length, ...]`, in ascending order. */
  toRanges(): number[] {
    const ranges: number[] = [];
    for (let index = 0; index < this.#starts.length; index++) {
      ranges.push(this.#starts[index], this.#ends[index] - this.#starts[index]);
    }
    return ranges;
  }

  #firstEndingAtOrAfter(start: number): number {
    let low = 0;
    let high = this.#starts.length;
    if (high > 0 && this.#ends[high - 1] < start) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle] < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
