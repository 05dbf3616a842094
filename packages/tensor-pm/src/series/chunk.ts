/**
 * Rows of a series, up to a fixed number: a float64 matrix on the shelf with one line for each column, the step and the time
 * before them, and a line of checks behind them.
 *
 *     steps | times | first column | ... | last column | checks
 *
 * Invariants: the rows that count are those from the first on whose check is right. A row is written where nothing counts,
 * each cell by one 8-byte store, in any order, and is there when all its cells are durable: so one fence is enough, and a row
 * that a crash has cut short does not count. A check says which row it is of, so that zeros are none.
 */
import { crc32 } from "node:zlib";
import type { Storage } from "@nodemm/shelf";

const wordBytes = 8;
/** Step and time. */
const leadingLines = 2;

export class Chunk {
  /** Rows that there is room for. */
  readonly capacity: number;
  readonly #storage: Storage;
  readonly #columnCount: number;
  readonly #cells: Float64Array;
  readonly #checks: Uint32Array;
  /** A row's cells one after another, and its number: what a check is of. */
  readonly #row: Float64Array;
  readonly #rowBytes: Uint8Array;

  constructor(storage: Storage, columnCount: number) {
    const lines = leadingLines + columnCount + 1;
    this.capacity = storage.byteLength / wordBytes / lines;
    this.#storage = storage;
    this.#columnCount = columnCount;
    this.#cells = new Float64Array(storage.buffer);
    const checksAt = (lines - 1) * this.capacity;
    this.#checks = new Uint32Array(storage.buffer, checksAt * wordBytes, 2 * this.capacity);
    this.#row = new Float64Array(lines);
    this.#rowBytes = new Uint8Array(this.#row.buffer);
  }

  /** Whether the bytes are still there: not once the variable is erased or released, or the shelf closed. */
  get isMapped(): boolean {
    return this.#cells.length > 0;
  }

  /** How many rows count. Takes away what a crash has left of the next one. */
  recover(): number {
    let rows = 0;
    while (rows < this.capacity && this.#isWhole(rows)) rows++;
    if (rows < this.capacity && (this.#checks[2 * rows] !== 0 || this.#checks[2 * rows + 1] !== 0)) {
      // Or cells of the next attempt could complete this one.
      this.#checks.fill(0, 2 * rows, 2 * rows + 2);
      this.#storage.persist(this.#byteOffset(this.#lineCount - 1, rows), wordBytes);
    }
    return rows;
  }

  /** Stores a row where none counts yet; durable on return. `cells` are the step, the time and the columns' values. */
  append(row: number, cells: ArrayLike<number>): void {
    const check = this.#checkOf(row, cells);
    for (let line = 0; line < this.#lineCount - 1; line++) this.#cells[line * this.capacity + row] = cells[line];
    this.#checks[2 * row] = check;
    this.#checks[2 * row + 1] = row + 1;
    for (let line = 0; line < this.#lineCount; line++) this.#storage.flush(this.#byteOffset(line, row), wordBytes);
    this.#storage.drain();
  }

  /** The first `rows` cells of a line: 0 the steps, 1 the times, then the columns. The stored bytes themselves. */
  line(line: number, rows: number): Float64Array {
    const start = line * this.capacity;
    return this.#cells.subarray(start, start + rows);
  }

  get #lineCount(): number {
    return leadingLines + this.#columnCount + 1;
  }

  #byteOffset(line: number, row: number): number {
    return (line * this.capacity + row) * wordBytes;
  }

  #isWhole(row: number): boolean {
    if (this.#checks[2 * row + 1] !== row + 1) return false;
    const cells = Array.from({ length: this.#lineCount - 1 }, (_, line) => this.#cells[line * this.capacity + row]);
    return this.#checks[2 * row] === this.#checkOf(row, cells);
  }

  #checkOf(row: number, cells: ArrayLike<number>): number {
    this.#row.set(cells);
    this.#row[this.#lineCount - 1] = row;
    return crc32(this.#rowBytes);
  }
}
