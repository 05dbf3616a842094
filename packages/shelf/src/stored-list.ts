import type { Change } from "./change.ts";
import { ShelfError } from "./errors.ts";
import { ItemChange, ListClear } from "./item-change.ts";
import type { ItemIndex, ItemList } from "./item-index.ts";
import { isList, type ListOwner } from "./list.ts";
import type { Transactions } from "./transactions.ts";
import type { Values } from "./values.ts";
import { noHistory, type Variable } from "./variable.ts";

/** What a list needs of its shelf. */
export interface ListParts {
  readonly items: ItemIndex;
  readonly values: Values;
  readonly transactions: Transactions;
  /** Makes a change in memory, as a part of the open transaction. */
  readonly show: (change: Change) => void;
}

/** The items of one list, read and changed through the transactions of its shelf. */
export class StoredList implements ListOwner {
  readonly #parts: ListParts;
  readonly #list: ItemList;
  readonly #variable: Variable;

  constructor(parts: ListParts, list: ItemList, variable: Variable) {
    this.#parts = parts;
    this.#list = list;
    this.#variable = variable;
  }

  length(): number {
    if (this.#parts.transactions.closed) this.#parts.transactions.failClosed();
    if (this.#list.dropped) this.#failDropped();
    return this.#list.items.length;
  }

  get(index: number): unknown {
    const { items, values } = this.#parts;
    return values.open(items.variable(this.#list, index, this.#variable.name));
  }

  insert(index: number, items: readonly unknown[]): void {
    if (items.length === 0) return;
    const { transactions, show } = this.#parts;
    transactions.change(() => {
      const made = makeItems(this.#parts, this.#variable.name, items);
      for (let at = 0; at < made.length; at++) show(ItemChange.insert(this.#list, index + at, made[at]));
    });
  }

  replace(index: number, item: unknown): void {
    const { transactions, show } = this.#parts;
    transactions.change(() => {
      const [made] = makeItems(this.#parts, this.#variable.name, [item]);
      show(ItemChange.replace(this.#list, index, made));
    });
  }

  erase(index: number): void {
    const { transactions, show } = this.#parts;
    transactions.change(() => show(ItemChange.erase(this.#list, index)));
  }

  clear(): void {
    if (this.length() === 0) return;
    const { transactions, show } = this.#parts;
    transactions.change(() => show(new ListClear(this.#list, "cleared")));
  }

  #failDropped(): never {
    const { name } = this.#variable;
    throw new ShelfError(
      "ERR_SHELF_ERASED",
      `"${name}" was erased or replaced; get("${name}") gives what is there now`,
      {
        variable: name,
      },
    );
  }
}

/** Writes all items before any is shown: if one cannot be stored, none is there. */
export function makeItems(parts: ListParts, name: string, items: readonly unknown[]): Variable[] {
  const { values, transactions } = parts;
  // For all items: asking whether one is a list may run code of the caller's as well.
  transactions.isStoring = true;
  try {
    return allOrNone(parts, items.length, (index) => {
      const item = items[index];
      if (isList(item)) throw new TypeError("a list cannot be an item of a list; store it under a name of its own");
      return values.make(name, item, noHistory);
    });
  } finally {
    transactions.isStoring = false;
  }
}

/** {@link makeItems} of a list's items as they are, bytes to bytes, also of types that this process has no codec for. */
export function copyItems(parts: ListParts, list: ItemList, name: string, newName: string): Variable[] {
  const { items, values } = parts;
  return allOrNone(parts, list.items.length, (index) =>
    values.copy(items.variable(list, index, name), newName, noHistory),
  );
}

function allOrNone({ transactions }: ListParts, count: number, make: (index: number) => Variable): Variable[] {
  const made: Variable[] = [];
  try {
    for (let index = 0; index < count; index++) made.push(make(index));
    return made;
  } catch (error) {
    for (const variable of made) transactions.discard(variable);
    throw error;
  }
}

/** The items of a list that have bytes of their own. */
export function itemsWithBytes(items: ItemIndex, list: ItemList, name: string): Variable[] {
  const all = Array.from(list.items, (_, index) => items.variable(list, index, name));
  return all.filter((each) => each.extentBytes > 0);
}

/** `why`: why not, and what to do. */
export function refuseList(name: string, why: string): never {
  throw new ShelfError("ERR_SHELF_TYPE", `"${name}" is a list, which ${why}`, { variable: name });
}
