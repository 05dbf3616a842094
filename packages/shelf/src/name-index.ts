import type { Catalog } from "./catalog.ts";
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { ItemIndex } from "./item-index.ts";
import { listType } from "./list-meta.ts";
import { readVariable, type Variable } from "./variable.ts";

/**
 * The names of a shelf, in memory: rebuilt from the catalog at open, changed with each commit. Iterates in the order in
 * which the names were created.
 *
 * Invariants: an entry is the place of its put in `#catalog` until somebody asks for it, and a variable from then on, so
 * that opening makes no object a name; what lies at a place says the entry's own name; a variable that is an entry knows
 * its slot, so that replacing one, and moving all to a new catalog, needs no look into the map; `liveBytes` counts the
 * operations that make all entries.
 */
export class NameIndex implements CatalogVisitor {
  readonly #slots = new Map<string, number>();
  /** An entry a slot; undefined where the slot is free. */
  readonly #entries: (Variable | number | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #hasLostSlots = false;
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
    this.#freeLostSlots();
    this.items.countLiveBytes();
    for (const slot of this.#slots.values()) {
      const entry = this.#at(slot);
      this.#liveBytes += typeof entry === "number" ? catalog.operations.bytesAt(entry) : entry.recordBytes;
    }
  }

  /** What a compacted catalog would take for these names, and for the items of lists. */
  get liveBytes(): number {
    return this.#liveBytes + this.items.liveBytes;
  }

  get size(): number {
    return this.#slots.size;
  }

  keys(): MapIterator<string> {
    return this.#slots.keys();
  }

  get(name: string): Variable | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.#variable(name, slot);
  }

  has(name: string): boolean {
    return this.#slots.has(name);
  }

  /** {@link get} for a variable that is about to lose its name: the index keeps no object of it. */
  peek(name: string): Variable | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.#read(name, slot);
  }

  *values(): Generator<Variable> {
    for (const [name, slot] of this.#slots) yield this.#variable(name, slot);
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

  /** A look into the map first would double the time that opening takes, and most names are new. */
  put(name: string, place: number): void {
    const { size } = this.#slots;
    this.#slots.set(name, this.#newSlot(place));
    if (this.#slots.size === size) this.#hasLostSlots = true;
  }

  /** Frees the slots of what was put again. */
  #freeLostSlots(): void {
    if (!this.#hasLostSlots) return;
    const isUsed = new Uint8Array(this.#entries.length);
    for (const slot of this.#slots.values()) isUsed[slot] = 1;
    for (let slot = 0; slot < isUsed.length; slot++) {
      if (isUsed[slot] === 1 || this.#entries[slot] === undefined) continue;
      this.#entries[slot] = undefined;
      this.#freeSlots.push(slot);
    }
    this.#hasLostSlots = false;
  }

  erase(name: string): void {
    const slot = this.#slots.get(name);
    if (slot !== undefined) this.#delete(name, slot);
  }

  rename(name: string, newName: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    const variable = this.#read(name, slot);
    this.#delete(name, slot);
    variable.rename(newName);
    this.#set(variable, this.#slots.get(newName));
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
  insert(variable: Variable, previous: Variable | undefined): void {
    if (previous !== undefined) this.#liveBytes -= previous.recordBytes;
    this.#set(variable, previous?.slot);
    this.#liveBytes += variable.recordBytes;
  }

  /** Takes away what {@link get} or {@link peek} gave. */
  remove(variable: Variable): void {
    this.#delete(variable.name, variable.slot);
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
      const slot = this.#slots.get(name) as number;
      this.#slots.delete(name);
      this.#slots.set(name, slot);
    }
  }

  /**
   * Writes each name to a new catalog, from which entries are read from then on. `write` gives the place; what is a place
   * already, and no list, is copied without it.
   */
  moveTo(next: Catalog, write: (variable: Variable) => number): void {
    const catalog = this.#catalog;
    for (const [name, slot] of this.#slots) {
      const entry = this.#at(slot);
      if (typeof entry === "object") write(entry);
      else if (catalog.operations.isOfType(entry, listType)) this.#entries[slot] = write(this.#read(name, slot));
      else this.#entries[slot] = next.packOf(catalog, entry);
    }
    this.#catalog = next;
    this.items.moveTo(next);
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

  #set(variable: Variable, slot: number | undefined): void {
    if (slot === undefined) {
      variable.slot = this.#newSlot(variable);
      this.#slots.set(variable.name, variable.slot);
    } else {
      variable.slot = slot;
      this.#entries[slot] = variable;
    }
  }

  #newSlot(entry: Variable | number): number {
    const slot = this.#freeSlots.pop();
    if (slot === undefined) return this.#entries.push(entry) - 1;
    this.#entries[slot] = entry;
    return slot;
  }

  #delete(name: string, slot: number): void {
    this.#slots.delete(name);
    this.#entries[slot] = undefined;
    this.#freeSlots.push(slot);
  }
}

function exchangeNames(variable: Variable, other: Variable): void {
  const { name, slot } = variable;
  variable.rename(other.name);
  other.rename(name);
  variable.slot = other.slot;
  other.slot = slot;
}
