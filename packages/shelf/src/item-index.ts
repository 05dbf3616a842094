import type { Catalog } from "./catalog.ts";
import { operationHeaderBytes, operationKind } from "./layout.ts";
import { readVariable, type Variable } from "./variable.ts";

/** An item: the place of its operation in the catalog, or the variable that was made of it. */
export type Item = Variable | number;

/** The items of one list, in order. */
export interface ItemList {
  readonly id: number;
  items: Item[];
  /** Whether no variable has this list (any more). */
  dropped: boolean;
}

/**
 * The items of all lists, in memory: rebuilt from the catalog at open, changed with each commit.
 *
 * Invariants: an item with an extent is a variable from when somebody asks for it, so that its views have one owner; the
 * others may stay places in `#catalog`. `liveBytes` counts the operations that make all items, and one for each list.
 */
export class ItemIndex {
  readonly #lists = new Map<number, ItemList>();
  #catalog: Catalog;
  #liveBytes = 0;
  #nextId = 1;
  /** Where {@link writeTo} put the items of each list. */
  readonly #written = new Map<ItemList, Float64Array>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  get liveBytes(): number {
    return this.#liveBytes + this.#lists.size * operationHeaderBytes;
  }

  lists(): Iterable<ItemList> {
    return this.#lists.values();
  }

  list(id: number): ItemList | undefined {
    return this.#lists.get(id);
  }

  /** A list that nothing on media knows yet. */
  create(): ItemList {
    while (this.#lists.has(this.#nextId)) this.#nextId = (this.#nextId + 1) >>> 0;
    const list: ItemList = { id: this.#nextId, items: [], dropped: false };
    this.#lists.set(list.id, list);
    return list;
  }

  /** Does to an item what the catalog says. False if that cannot be: the catalog is damaged. */
  readItem(kind: number, id: number, index: number, place: number): boolean {
    const items = this.#lists.get(id)?.items;
    if (items === undefined || !(index < items.length + (kind === operationKind.itemInsert ? 1 : 0))) return false;
    if (kind === operationKind.itemInsert) insertAt(items, index, place);
    else if (kind === operationKind.itemReplace) items[index] = place;
    else removeAt(items, index);
    return true;
  }

  readClear(id: number, gone: boolean): void {
    if (gone) {
      this.#lists.delete(id);
      return;
    }
    this.#lists.set(id, { id, items: [], dropped: false });
    this.#nextId = Math.max(this.#nextId, id) >>> 0;
  }

  /** Called once the catalog has been read. */
  countLiveBytes(): void {
    for (const { items } of this.#lists.values()) {
      for (const place of items) this.#liveBytes += this.#catalog.operations.bytesAt(place as number);
    }
  }

  insert(list: ItemList, index: number, item: Item): void {
    insertAt(list.items, index, item);
    this.#liveBytes += this.#recordBytes(item);
  }

  replace(list: ItemList, index: number, item: Item): Item {
    const old = list.items[index];
    list.items[index] = item;
    this.#liveBytes += this.#recordBytes(item) - this.#recordBytes(old);
    return old;
  }

  remove(list: ItemList, index: number): Item {
    const old = removeAt(list.items, index);
    this.#liveBytes -= this.#recordBytes(old);
    return old;
  }

  /** Gives a list other items, all at once; returns those that it had. */
  exchange(list: ItemList, items: Item[]): Item[] {
    const old = list.items;
    list.items = items;
    for (const item of old) this.#liveBytes -= this.#recordBytes(item);
    for (const item of items) this.#liveBytes += this.#recordBytes(item);
    return old;
  }

  /** Keeps the place of an item without an extent instead of its object, once it is committed. */
  settle({ items }: ItemList, index: number, item: Variable): void {
    if (item.extentBytes === 0 && items[index] === item) items[index] = item.place;
  }

  /** Forgets a list that no variable has. */
  forget(list: ItemList): void {
    this.#lists.delete(list.id);
  }

  /** The variable of an item. One with an extent is kept, so that it is the same each time. */
  variable(list: ItemList, index: number, name: string): Variable {
    const item = list.items[index];
    if (typeof item !== "number") return item;
    const variable = this.read(item, name);
    if (variable.extentBytes > 0) list.items[index] = variable;
    return variable;
  }

  /** A variable of what lies at a place of the catalog. */
  read(place: number, name: string): Variable {
    return readVariable(this.#catalog, place, name);
  }

  /** The extents that items own, without making variables. */
  *extents(): Generator<readonly [offset: number, bytes: number]> {
    for (const { items } of this.#lists.values()) {
      for (const item of items) {
        const { extentOffset, extentBytes } = typeof item === "number" ? this.#catalog.operations.extentAt(item) : item;
        if (extentBytes > 0) yield [extentOffset, extentBytes];
      }
    }
  }

  /**
   * Makes variables of those items of a list that have an extent, or of the one at `index`: before they are taken out, for
   * then their places say nothing any more once the catalog has been written anew.
   */
  hold(list: ItemList, index?: number): void {
    const [from, to] = index === undefined ? [0, list.items.length] : [index, index + 1];
    for (let at = from; at < to; at++) {
      const item = list.items[at];
      if (typeof item === "number" && this.#catalog.operations.extentAt(item).extentBytes > 0) {
        list.items[at] = this.read(item, `an item of list ${list.id}`);
      }
    }
  }

  /** Items of any list that have an extent. */
  *withExtents(): Generator<Variable> {
    for (const list of this.#lists.values()) {
      this.hold(list);
      for (const item of list.items) if (typeof item === "object" && item.extentBytes > 0) yield item;
    }
  }

  /** Writes the items of one list to a new catalog. Nothing is changed here before {@link adopt}. */
  writeTo(list: ItemList, next: Catalog, write: (item: Variable, index: number) => number): void {
    const { items } = list;
    const places = new Float64Array(items.length);
    for (const [index, item] of items.entries()) {
      places[index] =
        typeof item === "number" ? next.packItemOf(this.#catalog, item, list.id, index) : write(item, index);
    }
    this.#written.set(list, places);
  }

  /** Makes the catalog to which all lists were written the one to read. */
  adopt(next: Catalog): void {
    for (const [{ items }, places] of this.#written) {
      for (const [index, item] of items.entries()) {
        // What has no extent has nothing to keep an object for.
        if (typeof item === "number" || item.extentBytes === 0) items[index] = places[index];
        else item.moveRecord(places[index]);
      }
    }
    this.#written.clear();
    this.#catalog = next;
  }

  #recordBytes(item: Item): number {
    return typeof item === "number" ? this.#catalog.operations.bytesAt(item) : item.recordBytes;
  }
}

/** Appending, the common case, without the array that `splice` makes. */
function insertAt(items: Item[], index: number, item: Item): void {
  if (index === items.length) items.push(item);
  else items.splice(index, 0, item);
}

function removeAt(items: Item[], index: number): Item {
  if (index === items.length - 1) return items.pop() as Item;
  if (index === 0) return items.shift() as Item;
  return items.splice(index, 1)[0];
}
