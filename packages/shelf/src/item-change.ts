import { type Meta, metaLength, operationBytes, type Operation, type OperationFacts } from "./operation.ts";
import { type Change, noMeta } from "./change.ts";
import type { Item, ItemList } from "./item-index.ts";
import { operationKind } from "./layout.ts";
import type { NameIndex } from "./name-index.ts";
import type { Variable } from "./variable.ts";

/** What an operation on an item writes: the value's facts, but for the list's number and the index in two of their places. */
class ItemFacts implements OperationFacts {
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  readonly created = 0;
  readonly extentOffset: number;
  readonly extentBytes: number;
  readonly #item: Variable | undefined;

  constructor(list: ItemList, index: number, item: Variable | undefined) {
    this.type = item?.type ?? "";
    this.version = list.id;
    this.modified = index;
    this.extentOffset = item?.extentOffset ?? 0;
    this.extentBytes = item?.extentBytes ?? 0;
    this.#item = item;
  }

  get place(): number {
    return this.#item?.place ?? -1;
  }

  set place(place: number) {
    if (this.#item !== undefined) this.#item.place = place;
  }
}

/** An item as it is written to a new catalog. */
export function itemOperation(list: ItemList, index: number, item: Variable, meta: Uint8Array): Operation {
  const facts = new ItemFacts(list, index, item);
  const bytes = operationBytes("", meta.length, facts);
  item.recordBytes = bytes;
  return { kind: operationKind.itemInsert, name: "", meta, facts, bytes };
}

/** Says that a list exists and is empty or, with `gone`, that it does not exist. */
export function clearOperation(list: ItemList, gone: boolean): Operation {
  const facts = new ItemFacts(list, gone ? 1 : 0, undefined);
  return { kind: operationKind.listClear, name: "", meta: noMeta, facts, bytes: operationBytes("", 0, facts) };
}

/** An item inserted, replaced or erased. */
export class ItemChange implements Change {
  readonly kind: Operation["kind"];
  readonly name = "";
  readonly meta: Meta;
  readonly facts: OperationFacts;
  readonly bytes: number;
  readonly made: Variable | undefined;
  readonly reorders = false;
  readonly #list: ItemList;
  readonly #index: number;
  #previous: Item | undefined;

  private constructor(kind: Operation["kind"], list: ItemList, index: number, made: Variable | undefined) {
    this.kind = kind;
    this.meta = made?.pendingMeta ?? noMeta;
    this.facts = new ItemFacts(list, index, made);
    this.bytes = operationBytes("", metaLength(this.meta), this.facts);
    this.made = made;
    if (made !== undefined) made.recordBytes = this.bytes;
    this.#list = list;
    this.#index = index;
  }

  static insert(list: ItemList, index: number, item: Variable): ItemChange {
    return new ItemChange(operationKind.itemInsert, list, index, item);
  }

  static replace(list: ItemList, index: number, item: Variable): ItemChange {
    return new ItemChange(operationKind.itemReplace, list, index, item);
  }

  static erase(list: ItemList, index: number): ItemChange {
    return new ItemChange(operationKind.itemErase, list, index, undefined);
  }

  retire({ items }: NameIndex, visit: (variable: Variable) => void): void {
    if (typeof this.#previous === "object") visit(this.#previous);
    if (this.made !== undefined) items.settle(this.#list, this.#index, this.made);
  }

  apply({ items }: NameIndex): void {
    if (this.kind !== operationKind.itemInsert) items.hold(this.#list, this.#index);
    if (this.kind === operationKind.itemInsert) items.insert(this.#list, this.#index, this.made as Variable);
    else if (this.kind === operationKind.itemErase) this.#previous = items.remove(this.#list, this.#index);
    else this.#previous = items.replace(this.#list, this.#index, this.made as Variable);
  }

  revert({ items }: NameIndex): void {
    if (this.kind === operationKind.itemInsert) items.remove(this.#list, this.#index);
    else if (this.kind === operationKind.itemErase) items.insert(this.#list, this.#index, this.#previous as Item);
    else items.replace(this.#list, this.#index, this.#previous as Item);
  }
}

/** All items of a list erased: because it is new, because somebody cleared it, or because its variable is gone. */
export class ListClear implements Change {
  readonly kind: Operation["kind"] = operationKind.listClear;
  readonly name = "";
  readonly meta: Uint8Array = noMeta;
  readonly facts: OperationFacts;
  readonly bytes: number;
  readonly made = undefined;
  readonly reorders = false;
  readonly #list: ItemList;
  readonly #reason: "created" | "cleared" | "dropped";
  #previous: Item[] = [];

  constructor(list: ItemList, reason: "created" | "cleared" | "dropped") {
    this.#list = list;
    this.#reason = reason;
    const { facts, bytes } = clearOperation(list, reason === "dropped");
    this.facts = facts;
    this.bytes = bytes;
  }

  apply({ items }: NameIndex): void {
    items.hold(this.#list);
    this.#previous = items.exchange(this.#list, []);
    this.#list.dropped = this.#reason === "dropped";
  }

  revert({ items }: NameIndex): void {
    items.exchange(this.#list, this.#previous);
    this.#list.dropped = this.#reason === "created";
    if (this.#list.dropped) items.forget(this.#list);
  }

  retire({ items }: NameIndex, visit: (variable: Variable) => void): void {
    for (const item of this.#previous) if (typeof item === "object") visit(item);
    if (this.#reason === "dropped") items.forget(this.#list);
  }
}
