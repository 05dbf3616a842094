import type { CrashContext } from "@nodemm/emulator";
import { Random } from "./random.ts";

/** What a shelf holds, in order, as text: two shelves are equal if their contents are. */
export function contentOf(entries: Iterable<readonly [string, unknown]>): string {
  const shown: string[] = [];
  for (const [name, value] of entries)
    shown.push(`${name}=${value instanceof Uint8Array ? value.toString() : JSON.stringify(value)}`);
  return shown.join("\n");
}

/** What of a shelf the steps use: that of the sources and the built one are alike to them. */
export interface WorkedShelf extends Iterable<readonly [string, unknown]> {
  has(name: string): boolean;
  set(name: string, value: unknown): unknown;
  delete(name: string): boolean;
  clear(): void;
  rename(name: string, newName: string): void;
  snapshot(name: string, byteOffset?: number, byteLength?: number): void;
  transaction(work: () => void): void;
  persist(): void;
}

export type Model = Map<string, unknown>;

/** One step of a random workload: done to the shelf, and to the model, whose values it replaces and never changes. */
export interface Step {
  readonly shelf: (shelf: WorkedShelf) => void;
  readonly model: (model: Model) => void;
  /** What a transaction that commits is made of. */
  readonly parts?: readonly Step[];
}

/** How large a workload's names, values and changes are. */
export interface Scale {
  readonly names: readonly string[];
  /** Values are made from numbers below this. */
  readonly numberLimit: number;
  readonly wordsLimit: number;
  /** Lengths of byte arrays lie below one of these. */
  readonly bytesLimits: readonly number[];
  /** Lengths of changes in place are at most one of these. */
  readonly changeBytesMax: readonly number[];
}

const smallScale: Scale = {
  names: ["a", "b", "weights", "a longer name that takes some room"],
  numberLimit: 1000,
  wordsLimit: 40,
  bytesLimits: [300],
  changeBytesMax: [200],
};

/** A seeded run of operations over the whole interface of a shelf, beside a model of it. */
export class RandomWorkload {
  readonly model: Model = new Map();
  readonly #steps: RandomSteps;

  constructor(seed: number) {
    this.#steps = new RandomSteps(new Random(seed), smallScale);
  }

  get content(): string {
    return contentOf(this.model);
  }

  /** Does `count` operations, telling the context before and after each what a crash may leave. */
  run(shelf: WorkedShelf, context: Pick<CrashContext<string>, "expect">, count: number): void {
    for (let done = 0; done < count; done++) {
      const step = this.#steps.next();
      const before = this.content;
      step.model(this.model);
      context.expect(before, this.content);
      step.shelf(shelf);
      context.expect(this.content);
    }
  }
}

/** Random steps, one after the other. */
export class RandomSteps {
  readonly #random: Random;
  readonly #scale: Scale;

  constructor(random: Random, scale: Scale) {
    this.#random = random;
    this.#scale = scale;
  }

  next(): Step {
    const roll = this.#random.below(10);
    if (roll < 6) return this.#single();
    return roll < 9 ? this.#transaction() : this.#abortedTransaction();
  }

  #single(): Step {
    const name = this.#name();
    switch (this.#random.below(5)) {
      case 0:
        return { shelf: (shelf) => void shelf.delete(name), model: (model) => void model.delete(name) };
      case 1:
        return this.#rename(name, this.#name());
      default: {
        const value = this.#value();
        return { shelf: (shelf) => void shelf.set(name, value), model: (model) => void model.set(name, value) };
      }
    }
  }

  #rename(name: string, newName: string): Step {
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

  /** Changes some bytes of every byte array in place, saving them first. */
  #inPlace(): Step {
    const from = this.#random.below(40);
    const { changeBytesMax } = this.#scale;
    const count = 1 + this.#random.below(changeBytesMax[from % changeBytesMax.length]);
    const byte = this.#random.below(256);
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

  #transaction(): Step {
    const steps = Array.from({ length: 1 + this.#random.below(3) }, () =>
      this.#random.below(2) === 0 ? this.#inPlace() : this.#single(),
    );
    return {
      shelf: (shelf) => shelf.transaction(() => steps.forEach((step) => step.shelf(shelf))),
      model: (model) => steps.forEach((step) => step.model(model)),
      parts: steps,
    };
  }

  #abortedTransaction(): Step {
    const inner = this.#transaction();
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

  #name(): string {
    const { names } = this.#scale;
    return names[this.#random.below(names.length)];
  }

  #value(): unknown {
    const { numberLimit, wordsLimit, bytesLimits } = this.#scale;
    const number = this.#random.below(numberLimit);
    switch (this.#random.below(4)) {
      case 0:
        return number;
      case 1:
        return "text ".repeat(number % wordsLimit);
      case 2:
        return { number, list: [number, null, true] };
      default:
        return new Uint8Array(number % bytesLimits[number % bytesLimits.length]).fill(number % 256);
    }
  }
}
