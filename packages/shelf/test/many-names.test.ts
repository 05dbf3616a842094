import { expect, test } from "vitest";
import { type List, list, type Shelf } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { Random } from "./support/random.ts";

/**
 * What small shelves, which power failures are explored on, have not: catalogs of many frames, frames of hundreds of
 * operations, names of kilobytes, lists of thousands of items.
 */
class ManyNames {
  readonly names = new Map<string, number>();
  items: number[] = [];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Does one random step to a shelf and to this model of it. */
  step(shelf: Shelf): void {
    const { below } = this;
    const steps = [
      () => this.#setMany(shelf, below(800)),
      () => this.#setMany(shelf, 1),
      () => this.#eraseMany(shelf, below(300)),
      () => this.#changeItems(shelf.get("list") as List, below(20)),
      () => this.#replaceList(shelf, below(4000)),
    ];
    steps[below(10) === 0 ? 4 : below(4)]();
  }

  readonly below = (limit: number): number => this.#random.below(limit);

  #setMany(shelf: Shelf, count: number): void {
    shelf.transaction(() => {
      for (let done = 0; done < count; done++) {
        const number = this.below(2000);
        const name = number < 10 ? `${number} long`.repeat(500 * (number + 1)) : `name ${number}`;
        shelf.set(name, number + done);
        this.names.set(name, number + done);
      }
    });
  }

  #eraseMany(shelf: Shelf, count: number): void {
    for (const name of [...this.names.keys()].slice(0, count)) {
      shelf.delete(name);
      this.names.delete(name);
    }
  }

  #changeItems(stored: List, count: number): void {
    for (let done = 0; done < count; done++) {
      const at = this.below(this.items.length + 1);
      stored.insert(at, done);
      this.items.splice(at, 0, done);
      const gone = this.below(this.items.length);
      stored.delete(gone);
      this.items.splice(gone, 1);
    }
  }

  #replaceList(shelf: Shelf, count: number): void {
    this.items = Array.from({ length: count }, (_, index) => index);
    shelf.set("list", list(this.items));
  }
}

test.each([1, 2, 3])("catalogs of many frames say what was set, after every reopening (seed %d)", (seed) => {
  const model = new ManyNames(seed);
  const { shelf, region } = freshShelf({ grow: "auto" });
  shelf.set("list", list([]));
  const generations = new Set<number>();
  for (let round = 0; round < 12; round++) {
    for (let step = 0; step < 25; step++) model.step(shelf);
    generations.add(shelf.inspect().catalogGeneration);
    expect(shelf.check().findings).toStrictEqual([]);
    const again = afterPowerFailure(region, { grow: "auto" });
    const numbers = [...again].filter(([name]) => name !== "list");
    expect(new Map(numbers)).toStrictEqual(model.names);
    expect((again.get("list") as List).toArray()).toStrictEqual(model.items);
  }
  expect(generations.size).toBeGreaterThan(6);
});
