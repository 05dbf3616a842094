import { isDeepStrictEqual } from "node:util";
import { NDArray, zeros } from "@nodemm/ndarray-pm";
import { ShelfError, type Storage } from "@nodemm/shelf";
import { checkOptions } from "../options.ts";
import { Chunk } from "./chunk.ts";
import { SeriesError } from "./errors.ts";

/** What a series needs of a shelf, opened with `types: tensorTypes`. */
export interface SeriesShelf {
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  has(name: string): boolean;
  delete(name: string): boolean;
  storage(name: string): Storage;
  transaction<Result>(work: () => Result): Result;
}

export interface SeriesOptions {
  /** Names of the values in a row, such as `["loss", "accuracy"]`. Those of a series that is there must be the same. */
  readonly columns: readonly string[];
}

/** Rows of the first chunk; each chunk has twice as many as the one before, up to a limit. */
const firstRows = 1024;
const rowsMax = 65_536;
const columnsMax = 1000;
const reserved: readonly string[] = ["step", "time"];
/** The series that are in use: two that count for themselves would write rows over each other's. */
const handles = new WeakMap<SeriesShelf, Map<string, WeakRef<Series>>>();

/**
 * The series of a name on a shelf, which is made if there is none: losses, metrics, whatever is logged row by row. Opened
 * again on the same `shelf` it is the same object, as long as that is in use.
 *
 *     const losses = openSeries(shelf, "losses", { columns: ["loss", "accuracy"] });
 *     losses.append(step, { loss: 0.31, accuracy: 0.9 }); // durable on return
 *
 * Its rows lie in variables `name/0`, `name/1` and on, which belong to it. `rename`, `swap` and `copy` of the shelf do not
 * take them along. Those that a series left behind, erased by its name alone, are erased when one of this name is made.
 *
 * @throws SeriesError `ERR_SERIES_NAME_TAKEN`, `ERR_SERIES_COLUMNS`: with nothing changed; TypeError, RangeError for columns
 * that are none
 */
export function openSeries(shelf: SeriesShelf, name: string, options: SeriesOptions): Series {
  const columns = checkColumns(options);
  if (shelf.has(name)) {
    const found = columnsOf(shelf, name);
    if (isDeepStrictEqual(found, columns)) return handleOf(shelf, name, found);
    throw new SeriesError("ERR_SERIES_COLUMNS", name, `its columns are ${found.join(", ")}, not ${columns.join(", ")}`);
  }
  // What a series that was erased by its name alone has left behind would be taken for rows.
  const leftovers = countChunks(shelf, name);
  shelf.transaction(() => {
    eraseChunks(shelf, name, leftovers);
    shelf.set(name, { series: 1, columns: [...columns] });
  });
  return keepHandle(shelf, new Series(shelf, name, columns));
}

/** The handle that is in use, or a new one. */
function handleOf(shelf: SeriesShelf, name: string, columns: readonly string[]): Series {
  const known = knownHandle(shelf, name);
  if (known === undefined || !isDeepStrictEqual(known.columns, columns)) {
    return keepHandle(shelf, new Series(shelf, name, columns));
  }
  known.refresh();
  return known;
}

function knownHandle(shelf: SeriesShelf, name: string): Series | undefined {
  return handles.get(shelf)?.get(name)?.deref();
}

/** From now on any other of its name is one of an erased series. */
function keepHandle(shelf: SeriesShelf, series: Series): Series {
  const known = handles.get(shelf) ?? new Map<string, WeakRef<Series>>();
  handles.set(shelf, known.set(series.name, new WeakRef(series)));
  return series;
}

/**
 * Erases a series with all its rows. False if there was none.
 * @throws SeriesError `ERR_SERIES_NAME_TAKEN` for a variable that is none, or that has the name of a chunk and is something
 * else: with nothing erased
 */
export function eraseSeries(shelf: SeriesShelf, name: string): boolean {
  if (!shelf.has(name)) return false;
  const chunks = countChunks(shelf, name, columnsOf(shelf, name).length);
  shelf.transaction(() => {
    shelf.delete(name);
    eraseChunks(shelf, name, chunks);
  });
  return true;
}

/**
 * How many chunks of this name there are. Without `columnCount` nothing says that there is such a series, so that a chunk is
 * what has a chunk's very shape.
 * @throws SeriesError `ERR_SERIES_NAME_TAKEN` for a variable that has the name of the next one and is none
 */
function countChunks(shelf: SeriesShelf, name: string, columnCount?: number): number {
  let count = 0;
  for (; shelf.has(chunkName(name, count)); count++) {
    const [lines, rows] = checkChunk(shelf, name, count, columnCount);
    if (columnCount === undefined && (lines <= linesOf(0) || rows !== rowsOf(count))) throw noChunk(name, count);
  }
  return count;
}

/** The shape of a chunk. @throws SeriesError `ERR_SERIES_NAME_TAKEN` */
function checkChunk(shelf: SeriesShelf, name: string, at: number, columnCount?: number): readonly number[] {
  const found = shelf.get(chunkName(name, at));
  if (!NDArray.isNDArray(found) || found.dtype !== "float64" || found.ndim !== 2) throw noChunk(name, at);
  if (columnCount !== undefined && found.shape[0] !== linesOf(columnCount)) throw noChunk(name, at);
  return found.shape;
}

function noChunk(name: string, at: number): SeriesError {
  const message = `"${chunkName(name, at)}" is none of its chunks; rename or erase it, or use another name`;
  return new SeriesError("ERR_SERIES_NAME_TAKEN", name, message);
}

function eraseChunks(shelf: SeriesShelf, name: string, count: number): void {
  for (let at = 0; at < count; at++) shelf.delete(chunkName(name, at));
}

/** Lines of a chunk: the step, the time, the columns and the checks. */
function linesOf(columnCount: number): number {
  return reserved.length + columnCount + 1;
}

/** Rows that a chunk is made for. */
function rowsOf(at: number): number {
  return Math.min(rowsMax, firstRows * 2 ** at);
}

function chunkName(name: string, at: number): string {
  return `${name}/${at}`;
}

/**
 * An append-only series on a shelf: a step, a time and a float64 for each column in every row. Made by {@link openSeries}.
 * It grows by new chunks, so nothing that was given out ever moves.
 */
export class Series {
  readonly name: string;
  /** Names of the values, in their order. */
  readonly columns: readonly string[];
  readonly #shelf: SeriesShelf;
  #chunks: Chunk[] = [];
  /** Rows before the last chunk. */
  #before = 0;
  /** Rows of the last chunk. */
  #rows = 0;
  readonly #cells: Float64Array;

  /** @internal */
  constructor(shelf: SeriesShelf, name: string, columns: readonly string[]) {
    this.#shelf = shelf;
    this.name = name;
    this.columns = Object.freeze([...columns]);
    this.#cells = new Float64Array(reserved.length + columns.length);
    this.#openChunks();
  }

  /** How many rows there are. @throws ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED` */
  get length(): number {
    this.#followLast();
    return this.#before + this.#rows;
  }

  /**
   * Adds a row; durable on return, with one fence, and by itself: a transaction that is open does not take it back. What is
   * left out is NaN. `time` is in milliseconds since 1970, the present by default.
   *
   * A row that finds no room makes a chunk first, which is durable by fences of its own. Inside a transaction the chunk is a
   * part of it: this row, and those that follow in the chunk, are durable when it commits, and gone if it is undone.
   * @throws TypeError, RangeError for what is no number or no column; ShelfError `ERR_SHELF_NO_SPACE`, `ERR_SHELF_ERASED`,
   * `ERR_SHELF_CLOSED`; SeriesError `ERR_SERIES_NAME_TAKEN` if something else has its name or a chunk's: no row was added then
   */
  append(step: number, values: Readonly<Record<string, number>>, time: number = Date.now()): void {
    this.#fillCells(step, values, time);
    this.#followLast();
    while (this.#chunks.length === 0 || this.#rows === this.#chunks.at(-1)!.capacity) this.#makeChunk();
    this.#chunks.at(-1)!.append(this.#rows, this.#cells);
    this.#rows++;
  }

  /**
   * A column, or the steps (`step`) or times (`time`), as the stored bytes themselves: one typed array for each chunk, one
   * behind the other. They show the rows that there are now, and stay where they are while the series grows; read them only.
   * @throws RangeError if there is no such column; ShelfError `ERR_SHELF_ERASED`, `ERR_SHELF_CLOSED`
   */
  chunks(column: string): Float64Array[] {
    const line = this.#lineOf(column);
    if (!this.#chunks.every(({ isMapped }) => isMapped)) this.#follow();
    const last = this.#chunks.length - 1;
    return this.#chunks.map((chunk, at) => chunk.line(line, at === last ? this.#rows : chunk.capacity));
  }

  /** A column as one typed array: a copy in DRAM. @throws as {@link chunks} */
  toFloat64Array(column: string): Float64Array {
    const chunks = this.chunks(column);
    const all = new Float64Array(this.length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** @internal Looks for chunks that have come or gone. */
  refresh(): void {
    const isWhole = this.#chunks.every(({ isMapped }) => isMapped);
    if (!isWhole || this.#shelf.has(chunkName(this.name, this.#chunks.length))) this.#follow();
  }

  #fillCells(step: number, values: Readonly<Record<string, number>>, time: number): void {
    // A getter may append a row of its own.
    const entries = Object.entries(values);
    const cells = this.#cells.fill(NaN);
    cells[0] = checkNumber("step", step);
    cells[1] = checkNumber("time", time);
    for (const [column, value] of entries) {
      const line = this.columns.indexOf(column);
      if (line === -1) throw unknownColumn(this.name, column, this.columns);
      cells[reserved.length + line] = checkNumber(column, value);
    }
  }

  #lineOf(column: string): number {
    const line = [...reserved, ...this.columns].indexOf(column);
    if (line === -1) throw unknownColumn(this.name, column, [...reserved, ...this.columns]);
    return line;
  }

  /** The last chunk goes with the transaction that made it, if that is undone; the rows before it stay. */
  #followLast(): void {
    if (this.#chunks.at(-1)?.isMapped === false) this.#follow();
  }

  /** Goes on from what the shelf holds. */
  #follow(): void {
    this.#checkStored();
    this.#openChunks();
  }

  /** Or rows would go to a series that nothing names, or to another one of the same name. */
  #checkStored(): void {
    const { name } = this;
    const isThere = this.#shelf.has(name) && knownHandle(this.#shelf, name) === this;
    if (isThere && isDeepStrictEqual(columnsOf(this.#shelf, name), this.columns)) return;
    const message = `series "${name}" was erased or replaced; openSeries(shelf, "${name}", ...) gives what is there now`;
    throw new ShelfError("ERR_SHELF_ERASED", message, { variable: name });
  }

  #makeChunk(): void {
    const at = this.#chunks.length;
    const chunk = chunkName(this.name, at);
    // A chunk that is there came back when its erasing was undone.
    if (this.#shelf.has(chunk)) return this.#follow();
    this.#checkStored();
    this.#shelf.set(chunk, zeros([linesOf(this.columns.length), rowsOf(at)], "float64"));
    this.#chunks.push(this.#openChunk(at));
    this.#before += this.#rows;
    this.#rows = 0;
  }

  /** Opens what there is. Where it throws, nothing has changed. */
  #openChunks(): void {
    const chunks: Chunk[] = [];
    let [before, rows] = [0, 0];
    while (this.#shelf.has(chunkName(this.name, chunks.length))) {
      const chunk = this.#openChunk(chunks.length);
      before += rows;
      rows = chunk.recover();
      chunks.push(chunk);
    }
    this.#chunks = chunks;
    this.#before = before;
    this.#rows = rows;
  }

  #openChunk(at: number): Chunk {
    checkChunk(this.#shelf, this.name, at, this.columns.length);
    return new Chunk(this.#shelf.storage(chunkName(this.name, at)), this.columns.length);
  }
}

function columnsOf(shelf: SeriesShelf, name: string): readonly string[] {
  const found = shelf.get(name);
  if (typeof found === "object" && found !== null && "series" in found && "columns" in found && found.series === 1) {
    const { columns } = found;
    if (Array.isArray(columns) && columns.every((column) => typeof column === "string")) return columns;
  }
  throw new SeriesError("ERR_SERIES_NAME_TAKEN", name, "the variable of this name is no series; use another name");
}

function checkColumns(options: SeriesOptions): readonly string[] {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `openSeries: expected { columns: [...] }, also of a series that is there, found ${typeof options}`,
    );
  }
  const { columns } = checkOptions("openSeries", options, ["columns"]);
  if (!Array.isArray(columns)) throw new TypeError("columns: expected a list of names");
  for (const [at, column] of columns.entries()) {
    if (typeof column !== "string") throw new TypeError(`columns: expected names, found ${typeof column}`);
    if (column === "" || reserved.includes(column) || columns.indexOf(column) !== at) {
      throw new RangeError(`columns: expected different names but "step" and "time", found ${JSON.stringify(column)}`);
    }
  }
  if (columns.length === 0 || columns.length > columnsMax) {
    throw new RangeError(`columns: expected 1 to ${columnsMax} names, found ${columns.length}`);
  }
  return columns;
}

function checkNumber(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`${name}: expected a number, found ${typeof value}`);
}

function unknownColumn(series: string, column: string, columns: readonly string[]): RangeError {
  return new RangeError(`Series "${series}" has no column ${JSON.stringify(column)}; there are ${columns.join(", ")}`);
}
