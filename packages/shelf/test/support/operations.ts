import { type List, list } from "@nodemm/shelf";
import type { Random } from "./random.ts";
import { holdsArray, isList, randomValue, type ValueScale } from "./values.ts";

/** What of a shelf the operations use: that of the sources and the built one are alike to them. */
export interface WorkedShelf extends Iterable<readonly [string, unknown]> {
  has(name: string): boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  delete(name: string): boolean;
  clear(): void;
  rename(name: string, newName: string): void;
  swap(name: string, other: string): void;
  copy(name: string, newName: string): void;
  snapshot(name: string, byteOffset?: number, byteLength?: number): void;
  snapshot(names: readonly string[]): void;
  transaction(work: () => void): void;
  persist(name?: string): void;
  usage(): { readonly size: number };
  grow(size: number): void;
  compact(options: { detachViews: boolean; shrink: boolean }): unknown;
  scratch<Value>(value: Value): { readonly value: Value; free(): void };
}

/** What a shelf must hold, in order. Its values are never changed, only replaced. */
export type Model = Map<string, unknown>;

/** One step of a random workload: done to the shelf, and to the model. */
export interface Step {
  readonly shelf: (shelf: WorkedShelf) => void;
  readonly model: (model: Model) => void;
  /** What a transaction that commits is made of. */
  readonly parts?: readonly Step[];
}

/** How large a workload's names, values and changes are. */
export interface Scale extends ValueScale {
  readonly names: readonly string[];
  /** Lengths of changes in place are at most one of these. */
  readonly changeBytesMax: readonly number[];
  /** How far a shelf may grow by itself; 0 where somebody else sees to it. */
  readonly growsTo: number;
}

/** What an operation is made from. */
interface Draw {
  readonly random: Random;
  readonly scale: Scale;
  name(): string;
  value(): unknown;
  /** A few operations that may be part of a transaction. */
  parts(): readonly Step[];
}

/** One operation of the interface of a shelf, as random workloads do it. */
interface OperationKind {
  readonly name: string;
  /** How often it comes, against the others: a whole number. */
  readonly weight: number;
  /** How often it is part of a transaction, against the others; 0 for what cannot be. */
  readonly weightInside: number;
  readonly make: (draw: Draw) => Step;
}

/**
 * Every operation that changes what a shelf holds, or moves it. One that is added here is done by the power-failure
 * exploration, by the torture and in transactions, committed, nested and aborted: nothing else is needed.
 */
const operationKinds: readonly OperationKind[] = [
  {
    name: "set",
    weight: 36,
    weightInside: 30,
    make: (draw) => set(draw.name(), draw.value()),
  },
  {
    name: "delete",
    weight: 12,
    weightInside: 10,
    make(draw) {
      const name = draw.name();
      return { shelf: (shelf) => void shelf.delete(name), model: (model) => void model.delete(name) };
    },
  },
  { name: "rename", weight: 12, weightInside: 10, make: (draw) => rename(draw.name(), draw.name()) },
  { name: "swap", weight: 4, weightInside: 4, make: (draw) => swap(draw.name(), draw.name()) },
  { name: "copy", weight: 4, weightInside: 4, make: (draw) => copy(draw.name(), draw.name()) },
  { name: "change a list", weight: 16, weightInside: 16, make: changeList },
  {
    name: "clear",
    weight: 1,
    weightInside: 1,
    make: () => ({ shelf: (shelf) => shelf.clear(), model: (model) => model.clear() }),
  },
  { name: "change in place", weight: 0, weightInside: 50, make: changeInPlace },
  { name: "change all of some in place", weight: 0, weightInside: 10, make: changeWhole },
  { name: "transaction", weight: 26, weightInside: 4, make: transaction },
  { name: "aborted transaction", weight: 9, weightInside: 0, make: abortedTransaction },
  { name: "persist", weight: 2, weightInside: 2, make: persist },
  { name: "grow", weight: 2, weightInside: 0, make: grow },
  { name: "compact", weight: 3, weightInside: 0, make: compact },
  { name: "scratch", weight: 2, weightInside: 2, make: scratch },
];

function set(name: string, value: unknown): Step {
  return { shelf: (shelf) => void shelf.set(name, value), model: (model) => void model.set(name, value) };
}

function rename(name: string, newName: string): Step {
  return {
    shelf: (shelf) => {
      if (shelf.has(name)) shelf.rename(name, newName);
    },
    model(model) {
      if (!model.has(name) || name === newName) return;
      const value = model.get(name);
      model.delete(name);
      model.set(newName, value);
    },
  };
}

function swap(name: string, other: string): Step {
  return {
    shelf(shelf) {
      if (shelf.has(name) && shelf.has(other)) shelf.swap(name, other);
    },
    model(model) {
      if (!model.has(name) || !model.has(other)) return;
      const value = model.get(name);
      model.set(name, model.get(other));
      model.set(other, value);
    },
  };
}

function copy(name: string, newName: string): Step {
  return {
    shelf(shelf) {
      if (shelf.has(name)) shelf.copy(name, newName);
    },
    model(model) {
      if (model.has(name)) model.set(newName, model.get(name));
    },
  };
}

/** Does the same to every list. */
function changeList(draw: Draw): Step {
  const place = draw.random.below(100);
  // A list cannot hold lists; and how much space an array deep inside an item takes cannot be told from outside.
  const items = [draw.value(), draw.value()].filter((value) => !isList(value) && !holdsArray(value));
  const change = [
    (it: List) => it.append(...items),
    (it: List) => items.forEach((item) => it.insert(place % (it.length + 1), item)),
    (it: List) => it.length > 0 && items.forEach((item) => it.set(place % it.length, item)),
    (it: List) => it.length > 0 && it.delete(place % it.length),
    (it: List) => place > 80 && it.clear(),
  ][draw.random.below(5)];
  return {
    shelf: (shelf) => shelf.transaction(() => [...shelf].forEach(([, value]) => isList(value) && change(value))),
    model(model) {
      for (const [name, value] of model) {
        if (!isList(value)) continue;
        const changed = list(value);
        change(changed);
        model.set(name, changed);
      }
    },
  };
}

/** Changes some bytes of every byte array in place, saving them first. */
function changeInPlace({ random, scale: { changeBytesMax } }: Draw): Step {
  const from = random.below(40);
  const count = 1 + random.below(changeBytesMax[from % changeBytesMax.length]);
  const byte = random.below(256);
  return {
    shelf(shelf) {
      for (const [name, value] of shelf) {
        if (!(value instanceof Uint8Array) || value.length <= from) continue;
        const length = Math.min(count, value.length - from);
        shelf.snapshot(name, from, length);
        value.fill(byte, from, from + length);
      }
    },
    model(model) {
      for (const [name, value] of model) {
        if (value instanceof Uint8Array) model.set(name, value.slice().fill(byte, from, from + count));
      }
    },
  };
}

/** Changes typed arrays as a whole, all saved by one call. */
function changeWhole({ random }: Draw): Step {
  const number = random.below(100);
  const isChanged = (value: unknown): value is Float64Array =>
    ArrayBuffer.isView(value) && !(value instanceof BigInt64Array) && value.byteLength > 0;
  return {
    shelf(shelf) {
      const changed = [...shelf].filter(([, value]) => isChanged(value));
      if (changed.length === 0) return;
      shelf.snapshot(changed.map(([name]) => name));
      for (const [, value] of changed) (value as Float64Array).fill(number);
    },
    model(model) {
      for (const [name, value] of model) if (isChanged(value)) model.set(name, value.slice().fill(number));
    },
  };
}

/** Inside a transaction it joins that one. */
function transaction(draw: Draw): Step {
  const parts = draw.parts();
  return {
    shelf: (shelf) => shelf.transaction(() => parts.forEach((part) => part.shelf(shelf))),
    model: (model) => parts.forEach((part) => part.model(model)),
    parts,
  };
}

function abortedTransaction(draw: Draw): Step {
  const inner = transaction(draw);
  const abort = new Error("abort");
  return {
    shelf(shelf) {
      try {
        shelf.transaction(() => {
          inner.shelf(shelf);
          throw abort;
        });
      } catch (error) {
        if (error !== abort) throw error;
      }
    },
    model: () => undefined,
  };
}

function persist(draw: Draw): Step {
  const name = draw.random.below(2) === 0 ? undefined : draw.name();
  return {
    shelf(shelf) {
      if (name === undefined) shelf.persist();
      else if (shelf.has(name)) shelf.persist(name);
    },
    model: () => undefined,
  };
}

/** Moves extents, those with handles too, and may give back what is free at the end. */
function compact({ random, scale: { growsTo } }: Draw): Step {
  const options = { detachViews: random.below(2) === 0, shrink: growsTo > 0 && random.below(2) === 0 };
  return { shelf: (shelf) => void shelf.compact(options), model: () => undefined };
}

/** Writes where nothing is kept, and gives that back. */
function scratch({ random }: Draw): Step {
  const bytes = 1 + random.below(400);
  return {
    shelf(shelf) {
      const made = shelf.scratch(new Uint8Array(bytes).fill(0xee));
      made.value.fill(0xdd);
      made.free();
    },
    model: () => undefined,
  };
}

const pageBytes = 4096;

function grow({ random, scale: { growsTo } }: Draw): Step {
  const bytes = (1 + random.below(2)) * pageBytes;
  return {
    shelf(shelf) {
      const size = shelf.usage().size + bytes;
      if (size <= growsTo) shelf.grow(size);
    },
    model: () => undefined,
  };
}

/** Random steps, one after the other. */
export class RandomSteps implements Draw {
  readonly random: Random;
  readonly scale: Scale;
  #depth = 0;

  constructor(random: Random, scale: Scale) {
    this.random = random;
    this.scale = scale;
  }

  next(): Step {
    return this.#draw((kind) => kind.weight);
  }

  name(): string {
    const { names } = this.scale;
    return names[this.random.below(names.length)];
  }

  value(): unknown {
    return randomValue(this.random, this.scale);
  }

  parts(): readonly Step[] {
    this.#depth++;
    // Transactions in transactions in transactions, but no deeper.
    const weightOf = (kind: OperationKind): number =>
      kind.make === transaction && this.#depth > 2 ? 0 : kind.weightInside;
    const steps = Array.from({ length: 1 + this.random.below(3) }, () => this.#draw(weightOf));
    this.#depth--;
    return steps;
  }

  #draw(weightOf: (kind: OperationKind) => number): Step {
    let roll = this.random.below(operationKinds.reduce((sum, kind) => sum + weightOf(kind), 0));
    for (const kind of operationKinds) {
      if (roll < weightOf(kind)) return kind.make(this);
      roll -= weightOf(kind);
    }
    throw new RangeError("weights must be whole numbers");
  }
}
