import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of whole numbers. */
export class Random {
  readonly #generator: { next(): number };

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return (this.#generator.next() >>> 0) % limit;
  }
}
