import type { Catalog } from "./catalog.ts";
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { ItemIndex } from "./item-index.ts";
import { sealBytes } from "./seal-change.ts";
import { readVariable, type Variable } from "./variable.ts";

/**
 * The names of a shelf, in memory: rebuilt from the catalog at open, changed with each commit. Iterates in the order in
 * which the names were created.
 *
 * Invariants: an entry is the place of its put in `#catalog` until somebody asks for it, and a variable from then on, so
 * that opening makes no object a name; `liveBytes` counts the records of all entries.
 */
export class NameIndex implements CatalogVisitor {
  readonly #entries = new Map<string, Variable | number>();
  /** The greatest committed generation of each lane, as the catalog says. */
  readonly laneCommits: Map<number, number> = new Map();
  readonly items: ItemIndex;
  #catalog: Catalog;
  #liveBytes = 0;

  /** Reads the catalog. @throws ShelfError `ERR_SHELF_CORRUPT` */
  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.items = new ItemIndex(catalog);
    catalog.scan(this);
    this.items.countLiveBytes();
    for (const entry of this.#entries.values()) {
      this.#liveBytes += typeof entry === "number" ? catalog.recordBytesAt(entry) : entry.recordBytes;
    }
  }

  /** What a compacted catalog would take for these names, and for the items of lists. */
  get liveBytes(): number {
    return this.#liveBytes + this.items.liveBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): MapIterator<string> {
    return this.#entries.keys();
  }

  get(name: string): Variable | undefined {
    const entry = this.#entries.get(name);
    return typeof entry === "number" ? this.#materialize(name, entry) : entry;
  }

  *values(): Generator<Variable> {
    for (const name of this.#entries.keys()) yield this.get(name) as Variable;
  }

  /** Everything that owns an extent: variables and items of lists. */
  *withExtents(): Generator<Variable> {
    for (const variable of this.values()) if (variable.extentBytes > 0) yield variable;
    yield* this.items.withExtents();
  }

  /** The extents that names and items own, without making variables. */
  *extents(): Generator<readonly [offset: number, bytes: number]> {
    for (const entry of this.#entries.values()) {
      const { extentOffset, extentBytes } = typeof entry === "number" ? this.#catalog.extentAt(entry) : entry;
      if (extentBytes > 0) yield [extentOffset, extentBytes];
    }
    yield* this.items.extents();
  }

  put(name: string, place: number): void {
    this.#entries.set(name, place);
  }

  erase(name: string): void {
    this.#entries.delete(name);
  }

  rename(name: string, newName: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#give(newName, entry);
  }

  /** Exchanges what two names stand for; their places in the order stay. False if one is missing. */
  swap(name: string, other: string): boolean {
    const [first, second] = [this.#entries.get(name), this.#entries.get(other)];
    if (first === undefined || second === undefined) return false;
    this.#give(name, second);
    this.#give(other, first);
    return true;
  }

  /** What is a variable already, because its seal was read, carries its name. */
  #give(name: string, entry: Variable | number): void {
    if (typeof entry === "object") entry.name = name;
    this.#entries.set(name, entry);
  }

  item(kind: number, list: number, index: number, place: number): boolean {
    return this.items.readItem(kind, list, index, place);
  }

  clearItems(list: number, gone: boolean): void {
    this.items.readClear(list, gone);
  }

  seal(name: string, crc: number): boolean {
    const variable = this.get(name);
    if (variable === undefined) return false;
    // Not through setSeal: while the catalog is read, nothing is counted yet.
    if (variable.seal < 0 && crc >= 0) variable.recordBytes += sealBytes(variable);
    if (variable.seal >= 0 && crc < 0) variable.recordBytes -= sealBytes(variable);
    variable.seal = crc;
    return true;
  }

  /** Seals a variable in memory, or unseals it (-1). */
  setSeal(variable: Variable, crc: number): void {
    const difference = (crc >= 0 ? 1 : 0) - (variable.seal >= 0 ? 1 : 0);
    const bytes = difference * sealBytes(variable);
    variable.recordBytes += bytes;
    this.#liveBytes += bytes;
    variable.seal = crc;
  }

  laneCommit(lane: number, generation: number): void {
    this.laneCommits.set(lane, Math.max(generation, this.laneCommits.get(lane) ?? 0));
  }

  /** Puts a variable under its name, in the place of `previous`: what {@link get} gives for that name now. */
  insert(variable: Variable, previous: Variable | undefined): void {
    if (previous !== undefined) this.#liveBytes -= previous.recordBytes;
    this.#entries.set(variable.name, variable);
    this.#liveBytes += variable.recordBytes;
  }

  remove(name: string): Variable | undefined {
    const variable = this.get(name);
    if (variable === undefined) return undefined;
    this.#entries.delete(name);
    this.#liveBytes -= variable.recordBytes;
    return variable;
  }

  /**
   * Puts names that were removed and came back where they were before. The catalog knows the order; this is for the rare
   * transaction that erased or renamed and then failed.
   */
  restoreOrder(): void {
    const ordered = new Map<string, number>();
    const ignore = (): void => undefined;
    this.#catalog.replay({
      put: (name, place) => void ordered.set(name, place),
      erase: (name) => void ordered.delete(name),
      rename(name, newName) {
        const place = ordered.get(name);
        if (place !== undefined && ordered.delete(name)) ordered.set(newName, place);
      },
      swap: () => true,
      item: () => true,
      clearItems: ignore,
      seal: () => true,
      laneCommit: ignore,
    });
    for (const name of ordered.keys()) {
      const entry = this.#entries.get(name) as Variable | number;
      this.#entries.delete(name);
      this.#entries.set(name, entry);
    }
  }

  /** Writes the put of each name to a new catalog, from which entries are read from then on. */
  moveTo(next: Catalog, write: (variable: Variable) => number): void {
    for (const [name, entry] of this.#entries) {
      if (typeof entry === "number") this.#entries.set(name, write(readVariable(this.#catalog, entry, name)));
      else write(entry);
    }
    this.#catalog = next;
    this.items.moveTo(next);
  }

  #materialize(name: string, place: number): Variable {
    const variable = readVariable(this.#catalog, place, name);
    this.#entries.set(name, variable);
    return variable;
  }
}
