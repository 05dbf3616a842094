import type { Catalog } from "./catalog.ts";
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { encodedName, hashOf } from "./encoded-text.ts";
import { ItemIndex } from "./item-index.ts";
import { listType } from "./list-meta.ts";
import { NameTable } from "./name-table.ts";
import { readUnopened, readVariable, UnopenedValue, type Variable } from "./variable.ts";

/** Of a frame, which ends only behind one. */
const runBytesMax: number = 4096;

/** Of how many names the variables are at hand. A program that goes through more knows few of them. */
const knownMax = 65_536;

/**
 * The names of a shelf, in memory: rebuilt from the catalog at open, changed with each commit. Iterates in the order in
 * which the names were created.
 *
 * Invariants: an entry is the place of its put in `#catalog` until somebody asks for it, and a variable from then on, so
 * that opening makes no object, and no string, a name; what lies at a place says the entry's own name; a slot belongs to
 * one name for as long as that is there, and a variable that is an entry knows its slot, so that replacing one, and moving
 * all to a new catalog, needs no look for it; `liveBytes` counts the operations that make all entries.
 */
export class NameIndex implements CatalogVisitor {
  readonly #slots = new NameTable();
  /** An entry a slot; undefined where the slot is free. */
  readonly #entries: (Variable | number | undefined)[] = [];
  /** The greatest committed generation of each lane, as the catalog says. */
  readonly laneCommits: Map<number, number> = new Map();
  readonly items: ItemIndex;
  #catalog: Catalog;
  #liveBytes = 0;
  /**
   * What {@link get} has found for names that there are, which may stand for something else by now: the engine keeps the
   * hash of a string, which takes less than making one.
   */
  readonly #known = new Map<string, Variable>();
  /** The last answer of {@link getAgain}. */
  #last: Variable | undefined = undefined;

  /** Reads the catalog. @throws ShelfError `ERR_SHELF_CORRUPT` */
  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.items = new ItemIndex(catalog);
    catalog.scan(this);
    this.items.countLiveBytes();
    this.#slots.forEach((slot) => {
      const entry = this.#at(slot);
      this.#liveBytes += typeof entry === "number" ? catalog.operations.bytesAt(entry) : entry.recordBytes;
    });
  }

  /** What a compacted catalog would take for these names, and for the items of lists. */
  get liveBytes(): number {
    return this.#liveBytes + this.items.liveBytes;
  }

  get size(): number {
    return this.#slots.size;
  }

  *keys(): Generator<string, undefined> {
    for (const slot of this.#slots.inOrder()) yield this.#nameOf(slot);
  }

  get(name: string): Variable | undefined {
    const known = this.#known.get(name);
    if (known !== undefined && known.name === name && this.#entries[known.slot] === known) return known;
    const slot = this.#find(name, hashOf(name));
    if (slot < 0) return undefined;
    const variable = this.#variable(name, slot);
    if (known !== undefined || this.#known.size < knownMax) this.#known.set(name, variable);
    return variable;
  }

  /** {@link get} for what asks for one name over and over: by its last answer, if that is right still. */
  getAgain(name: string): Variable | undefined {
    const last = this.#last;
    if (last !== undefined && last.name === name && this.#entries[last.slot] === last) return last;
    return (this.#last = this.get(name));
  }

  has(name: string): boolean {
    return this.#find(name, hashOf(name)) >= 0;
  }

  /** {@link get} for a variable that is about to lose its name: the index keeps no object of it. */
  peek(name: string): Variable | undefined {
    const slot = this.#find(name, encodedName(name).hash);
    return slot < 0 ? undefined : this.#read(name, slot);
  }

  /** {@link peek} for a value that is about to be replaced: most are small, and nobody has asked for them. */
  replaced(name: string): Variable | UnopenedValue | undefined {
    const slot = this.#find(name, encodedName(name).hash);
    if (slot < 0) return undefined;
    const entry = this.#at(slot);
    if (typeof entry === "object") return entry;
    const { operations } = this.#catalog;
    if (operations.hasExtent(entry) || operations.isOfType(entry, listType)) return this.#read(name, slot);
    return readUnopened(operations, entry, slot);
  }

  *values(): Generator<Variable> {
    for (const slot of this.#slots.inOrder()) yield this.#variable(this.#nameOf(slot), slot);
  }

  /** Everything that owns an extent: variables and items of lists. */
  *withExtents(): Generator<Variable> {
    for (const variable of this.values()) if (variable.extentBytes > 0) yield variable;
    yield* this.items.withExtents();
  }

  /** The extents that names and items own, without making variables. */
  *extents(): Generator<readonly [offset: number, bytes: number]> {
    for (const entry of this.#entries) {
      if (entry === undefined) continue;
      const { extentOffset, extentBytes } =
        typeof entry === "number" ? this.#catalog.operations.extentAt(entry) : entry;
      if (extentBytes > 0) yield [extentOffset, extentBytes];
    }
    yield* this.items.extents();
  }

  put(place: number): void {
    const hash = this.#catalog.operations.nameHashAt(place);
    for (let slot = this.#slots.find(hash); slot >= 0; slot = this.#slots.findNext(hash)) {
      if (!this.#isNameAt(slot, place)) continue;
      this.#entries[slot] = place;
      return;
    }
    this.#entries[this.#slots.add(hash)] = place;
  }

  erase(name: string): void {
    const slot = this.#find(name, hashOf(name));
    if (slot >= 0) this.#delete(slot, name);
  }

  rename(name: string, newName: string): void {
    const slot = this.#find(name, hashOf(name));
    if (slot < 0) return;
    const variable = this.#read(name, slot);
    this.#delete(slot, name);
    variable.rename(newName);
    this.#set(variable, this.#find(newName, hashOf(newName)));
  }

  /** Exchanges what two names stand for; the order of the names stays. False if one is missing. */
  swap(name: string, other: string): boolean {
    const [first, second] = [this.peek(name), this.peek(other)];
    if (first === undefined || second === undefined) return false;
    exchangeNames(first, second);
    this.#entries[first.slot] = first;
    this.#entries[second.slot] = second;
    return true;
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
    // Not through the index's own: while the catalog is read, nothing is counted yet.
    variable.setSeal(crc);
    return true;
  }

  /** Seals a variable in memory, or unseals it (-1). */
  setSeal(variable: Variable, crc: number): void {
    this.#liveBytes -= variable.recordBytes;
    variable.setSeal(crc);
    this.#liveBytes += variable.recordBytes;
  }

  /** Makes two variables exchange their names. */
  exchange(variable: Variable, other: Variable): void {
    this.#liveBytes -= variable.recordBytes + other.recordBytes;
    exchangeNames(variable, other);
    this.#entries[variable.slot] = variable;
    this.#entries[other.slot] = other;
    this.#liveBytes += variable.recordBytes + other.recordBytes;
  }

  laneCommit(lane: number, generation: number): void {
    this.laneCommits.set(lane, Math.max(generation, this.laneCommits.get(lane) ?? 0));
  }

  /** Puts a variable under its name, in the place of `previous`: what {@link get} gives for that name now. */
  insert(variable: Variable, previous: Variable | UnopenedValue | undefined): void {
    if (previous !== undefined) this.#liveBytes -= previous.recordBytes;
    this.#set(variable, previous === undefined ? -1 : previous.slot);
    this.#liveBytes += variable.recordBytes;
  }

  /** {@link insert} taken back. */
  restore(previous: Variable | UnopenedValue, variable: Variable): void {
    this.#liveBytes += previous.recordBytes - variable.recordBytes;
    if (previous instanceof UnopenedValue) this.#entries[variable.slot] = previous.place;
    else this.#set(previous, variable.slot);
  }

  /** Takes away what {@link get} or {@link peek} gave. */
  remove(variable: Variable): void {
    this.#delete(variable.slot, variable.name);
    this.#liveBytes -= variable.recordBytes;
  }

  /**
   * Keeps the place of a small value instead of its object, once it is committed: most are never asked for, and many
   * objects that live long are what collecting the others costs most.
   */
  settle(variable: Variable): void {
    const { slot, type } = variable;
    if (variable.extentBytes > 0 || variable.seal >= 0 || variable.isRenamed || type === listType) return;
    if (slot >= 0 && variable.opened === undefined && this.#entries[slot] === variable) {
      this.#entries[slot] = variable.place;
    }
  }

  /**
   * Puts names that were removed and came back where they were before. The catalog knows the order; this is for the rare
   * transaction that erased or renamed and then failed.
   */
  restoreOrder(): void {
    const ordered = new Map<string, number>();
    const ignore = (): void => undefined;
    this.#catalog.replay({
      put: (place) => void ordered.set(this.#catalog.operations.nameAt(place), place),
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
    for (const name of ordered.keys()) this.#slots.moveToEnd(this.#find(name, hashOf(name)));
  }

  /**
   * Writes each name to a new catalog. `write` does it for variables and gives their places; the others are copied. Nothing
   * is changed here before the function that is returned is called: once the new catalog is the one that counts.
   */
  writeTo(next: Catalog, write: (variable: Variable) => number): () => void {
    const { operations } = this.#catalog;
    const places = new Float64Array(this.#entries.length);
    const run = new Run(this.#catalog, next);
    this.#slots.forEach((slot) => {
      const entry = this.#at(slot);
      if (typeof entry === "number" && !operations.isOfType(entry, listType)) {
        places[slot] = run.add(entry, operations.bytesAt(entry));
        return;
      }
      run.end();
      places[slot] = write(typeof entry === "object" ? entry : this.#read(this.#nameOf(slot), slot));
    });
    run.end();
    return () => this.#adopt(next, places);
  }

  #adopt(next: Catalog, places: Float64Array): void {
    // By index: an iterator of so many entries costs as much as copying them did.
    for (let slot = 0; slot < places.length; slot++) {
      const entry = this.#entries[slot];
      if (typeof entry === "number") this.#entries[slot] = places[slot];
      else if (entry !== undefined) entry.moveRecord(places[slot]);
    }
    this.#catalog = next;
    this.items.adopt(next);
  }

  /** The variable in a slot, which it is from now on. */
  #variable(name: string, slot: number): Variable {
    const variable = this.#read(name, slot);
    this.#entries[slot] = variable;
    return variable;
  }

  #read(name: string, slot: number): Variable {
    const entry = this.#at(slot);
    if (typeof entry === "object") return entry;
    const variable = readVariable(this.#catalog, entry, name);
    variable.slot = slot;
    return variable;
  }

  #at(slot: number): Variable | number {
    return this.#entries[slot] as Variable | number;
  }

  /** The slot of a name with a hash, or -1: one that is kept where a change will ask for it again. */
  #find(name: string, hash: number): number {
    let slot = this.#slots.find(hash);
    while (slot >= 0 && !this.#isNamed(slot, name)) slot = this.#slots.findNext(hash);
    return slot;
  }

  #isNamed(slot: number, name: string): boolean {
    const entry = this.#at(slot);
    return typeof entry === "object" ? entry.name === name : this.#catalog.operations.isNamed(entry, name);
  }

  /** Whether a slot's name is the one that the put at a place says. */
  #isNameAt(slot: number, place: number): boolean {
    const { operations } = this.#catalog;
    const entry = this.#at(slot);
    return typeof entry === "object" ? operations.isNamed(place, entry.name) : operations.haveSameName(place, entry);
  }

  #nameOf(slot: number): string {
    const entry = this.#at(slot);
    return typeof entry === "object" ? entry.name : this.#catalog.operations.nameAt(entry);
  }

  /** In the slot of its name or, where that is new (-1), in one of its own. */
  #set(variable: Variable, slot: number): void {
    variable.slot = slot < 0 ? this.#slots.add(encodedName(variable.name).hash) : slot;
    this.#entries[variable.slot] = variable;
  }

  #delete(slot: number, name: string): void {
    if (this.#known.size > 0) this.#known.delete(name);
    this.#slots.remove(slot);
    this.#entries[slot] = undefined;
  }
}

function exchangeNames(variable: Variable, other: Variable): void {
  const { name, slot } = variable;
  variable.rename(other.name);
  other.rename(name);
  variable.slot = other.slot;
  other.slot = slot;
}

/** Puts that lie one behind the other go to a new catalog in one copy: most names are set, and written anew, in turn. */
class Run {
  readonly #from: Catalog;
  readonly #to: Catalog;
  #start = 0;
  #end = 0;
  /** Where its first put will be. */
  #place = 0;

  constructor(from: Catalog, to: Catalog) {
    this.#from = from;
    this.#to = to;
  }

  /** Adds the put at a place; returns where it will be. */
  add(place: number, bytes: number): number {
    if (place !== this.#end || this.#end - this.#start >= runBytesMax) {
      this.end();
      this.#start = place;
      this.#place = this.#to.nextPlace;
    }
    this.#end = place + bytes;
    return this.#place + place - this.#start;
  }

  end(): void {
    if (this.#end > this.#start) this.#to.packOf(this.#from, this.#start, this.#end - this.#start);
    this.#start = this.#end = 0;
  }
}
