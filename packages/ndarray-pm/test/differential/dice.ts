import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type DType, dtypeInfo } from "../../src/index.ts";
import { putElement } from "../../src/scalar.ts";

/** Seeded choices and elements. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    const generator = xoroshiro128plus(seed);
    this.#next = () => generator.next() >>> 0;
  }

  /** An integer from 0 to `count - 1`. */
  below(count: number): number {
    return this.#next() % count;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)];
  }

  /** Stores a random number at a place of a typed array; one in ten is at the edge of what the dtype holds. */
  store(data: unknown, dtype: DType, at: number, small: boolean): void {
    const { kind, min, max, scalar } = dtypeInfo(dtype);
    const target = data as Float64Array;
    if (kind === "b") target[at] = this.below(2);
    else if (kind === "f" || kind === "c") putElement(target, kind === "c" ? "float64" : dtype, at, this.#float(small));
    else {
      const edge = this.below(10) === 0 && !small;
      const whole = small ? this.below(6) : kind === "u" ? this.below(128) : this.below(200) - 100;
      const value = edge ? this.pick([min, max]) : scalar === "bigint" ? BigInt(whole) : whole;
      (data as number[])[at] = value as number;
    }
  }

  #float(small: boolean): number {
    if (small) return this.below(48) / 16;
    if (this.below(8) === 0) return this.pick([0, -0, 1, -1, Infinity, -Infinity, NaN, 0.5]);
    // Sixteenths are exact in every float dtype, and so are their sums.
    return this.below(2) === 0 ? (this.below(400) - 200) / 16 : (this.#next() / 2 ** 32) * 8 - 4;
  }
}
