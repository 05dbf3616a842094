/**
 * Lists: what `list(items)` makes, and what a shelf gives back. Both have the same verbs.
 */
import { ShelfError } from "./errors.ts";
import { checkBound, checkIndex } from "./list-index.ts";
import { printAs, showList } from "./print.ts";

/**
 * A list of values. Indices may be negative: -1 is the last item. On a shelf every change is durable and all-or-nothing
 * when it returns, or with the transaction it is part of; items that are arrays come as handles to their stored bytes.
 */
export interface List<Item = unknown> extends Iterable<Item> {
  readonly length: number;
  /** @throws RangeError where there is no such item */
  at(index: number): Item;
  /** Adds items at the end, all together: one fence, however many, and one more where they take extents. */
  append(...items: Item[]): void;
  /** Puts an item before the one at `index`, or at the end where `index` is the length. @throws RangeError */
  insert(index: number, item: Item): void;
  /** Replaces an item. @throws RangeError where there is none */
  set(index: number, item: Item): void;
  /** Takes an item out. @throws RangeError where there is none */
  delete(index: number): void;
  /** Takes all items out. */
  clear(): void;
  toArray(): Item[];
  toJSON(): Item[];
}

/**
 * A list to be stored: `shelf.vars.queue = list(["first"])`. It lives in memory; the one that the shelf then gives for
 * that name lives on the shelf.
 */
export function list<Item = unknown>(items: Iterable<Item> = []): List<Item> {
  if (typeof items !== "string" && (typeof items !== "object" || !(Symbol.iterator in (items ?? {})))) {
    throw new TypeError(
      `list takes what can be iterated, such as ["first"], got ${items === null ? "null" : typeof items}`,
    );
  }
  return new DraftList(items);
}

/** Says of both kinds what they are, also to another copy of this package in the same program. */
const brand: symbol = Symbol.for("@nodemm/shelf.list");

/** Whether a value is stored as a list. */
export function isList(value: unknown): value is List {
  return typeof value === "object" && value !== null && brand in value;
}

class DraftList<Item> implements List<Item> {
  readonly #items: Item[];

  constructor(items: Iterable<Item>) {
    this.#items = [...items];
    // As on a shelf, where list[0] = item would be stored nowhere.
    Object.preventExtensions(this);
  }

  get length(): number {
    return this.#items.length;
  }

  at(index: number): Item {
    return this.#items[checkIndex(index, this.length)];
  }

  append(...items: Item[]): void {
    for (const item of items) this.#items.push(item);
  }

  insert(index: number, item: Item): void {
    this.#items.splice(checkBound(index, this.length), 0, item);
  }

  set(index: number, item: Item): void {
    this.#items[checkIndex(index, this.length)] = item;
  }

  delete(index: number): void {
    this.#items.splice(checkIndex(index, this.length), 1);
  }

  clear(): void {
    this.#items.length = 0;
  }

  toArray(): Item[] {
    return [...this.#items];
  }

  toJSON(): Item[] {
    return this.toArray();
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.values();
  }
}

/** What a list on a shelf asks of it. Indices are checked and not negative. */
export interface ListOwner {
  /** @throws ShelfError `ERR_SHELF_CLOSED`, `ERR_SHELF_ERASED` */
  length(): number;
  get(index: number): unknown;
  insert(index: number, items: readonly unknown[]): void;
  replace(index: number, item: unknown): void;
  erase(index: number): void;
  clear(): void;
}

/** A list as it lives on a shelf. */
export class PersistentList<Item = unknown> implements List<Item> {
  readonly #owner: ListOwner;

  /** @internal */
  constructor(owner: ListOwner) {
    this.#owner = owner;
    Object.preventExtensions(this);
  }

  get length(): number {
    return this.#owner.length();
  }

  at(index: number): Item {
    return this.#owner.get(checkIndex(index, this.length)) as Item;
  }

  append(...items: Item[]): void {
    this.#owner.insert(this.length, items);
  }

  insert(index: number, item: Item): void {
    this.#owner.insert(checkBound(index, this.length), [item]);
  }

  set(index: number, item: Item): void {
    this.#owner.replace(checkIndex(index, this.length), item);
  }

  delete(index: number): void {
    this.#owner.erase(checkIndex(index, this.length));
  }

  clear(): void {
    this.#owner.clear();
  }

  toArray(): Item[] {
    return [...this];
  }

  toJSON(): Item[] {
    return this.toArray();
  }

  /** Looks at the list as it is at each step. */
  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.length; index++) yield this.#owner.get(index) as Item;
  }
}

for (const { prototype } of [DraftList, PersistentList]) Object.defineProperty(prototype, brand, { value: true });

printAs(DraftList.prototype, (value, depth, options) => showList(value, value.length, depth, options));
printAs(PersistentList.prototype, (value, depth, options) => {
  try {
    return showList(value, value.length, depth, options);
  } catch (error) {
    // What was erased or closed is printed too, in logs of what went wrong above all.
    if (error instanceof ShelfError) return "List, gone from its shelf";
    throw error;
  }
});
