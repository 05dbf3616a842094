/**
 * Random numbers from a seed, into new arrays or into those that exist. The generator is xoroshiro128+ of the package
 * pure-rand: the same numbers on every machine, not those of NumPy, and not for secrets.
 */
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { describe, type DType, dtypeInfo } from "./dtype.ts";
import { allocateView, makeArray } from "./make-array.ts";
import { expectNDArray, type NDArray } from "./ndarray.ts";
import { checkOptions } from "./options.ts";
import { convertKernel } from "./ops/convert.ts";
import { forEachPlace } from "./ops/fold.ts";
import { atomically } from "./runs.ts";
import { operandOf } from "./scalar.ts";
import { checkShape } from "./shape.ts";
import type { View } from "./view.ts";

/** Where random numbers go: a new array of a shape and dtype, or an array that is there, failure-atomically on a shelf. */
export interface RandomOptions<D extends DType = DType> {
  readonly shape?: number | readonly number[];
  readonly dtype?: D;
  readonly out?: NDArray<D>;
}

/** Binary digits that a dtype has: of numbers below 1 more would be rounded, up to 1 as well; so would larger integers. */
const digits: Partial<Record<DType, number>> = { float16: 11, bfloat16: 8, float32: 24 };

/**
 * The four words of a state that depend on all bits of a seed, by SplitMix64, as the authors of xoroshiro have it: what a
 * seed is copied into as it is begins with nearly the same numbers for all small seeds.
 */
function stateOf(seed: number): Int32Array {
  const state = new BigInt64Array(2);
  for (let at = 0; at < state.length; at++) {
    let word = BigInt.asUintN(64, BigInt(seed) + BigInt(at + 1) * 0x9e3779b97f4a7c15n);
    word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn);
    state[at] = word ^ (word >> 31n);
  }
  return new Int32Array(state.buffer);
}

/** A stream of random numbers: NumPy's `Generator`. Made by {@link defaultRng}. */
export class RandomGenerator {
  readonly #next: () => number;
  #spare: number | undefined;

  constructor(seed: number) {
    const generator = xoroshiro128plusFromState([...stateOf(seed)]);
    this.#next = () => generator.next();
  }

  /** Numbers from 0 (included) to 1 (excluded), evenly spread; float64 unless told otherwise. */
  random<D extends DType = "float64">(options: RandomOptions<D> = {}): NDArray<D> {
    return this.#fill("random", options, "float64", "f", this.#unitOf(options));
  }

  /**
   * Numbers from `low` (included) to `high` (excluded), evenly spread. Beside other numbers than 0 and 1, a dtype of few digits
   * may round up to `high`.
   */
  uniform<D extends DType = "float64">(low: number, high: number, options: RandomOptions<D> = {}): NDArray<D> {
    checkFinite("uniform", low, high);
    if (!Number.isFinite(high - low)) {
      throw new RangeError(`uniform: expected a finite distance from low to high, found ${low} and ${high}`);
    }
    const unit = this.#unitOf(options);
    return this.#fill("uniform", options, "float64", "f", () => low + (high - low) * unit());
  }

  /**
   * Numbers of a normal distribution, by the polar method of Marsaglia and Bray.
   * @throws RangeError for a deviation below 0
   */
  normal<D extends DType = "float64">(mean = 0, deviation = 1, options: RandomOptions<D> = {}): NDArray<D> {
    checkFinite("normal", mean, deviation);
    if (deviation < 0) throw new RangeError(`normal: expected a deviation of 0 or more, found ${deviation}`);
    return this.#fill("normal", options, "float64", "f", () => mean + deviation * this.#normal());
  }

  /**
   * Integers from `low` (included) to `high` (excluded), evenly spread; int64 unless told otherwise.
   * @throws RangeError if there are none or more than 2 ** 53, or the dtype does not hold them
   */
  integers<D extends DType = "int64">(low: number, high: number, options: RandomOptions<D> = {}): NDArray<D> {
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || low >= high) {
      throw new RangeError(`integers: expected integers low < high, found ${describe(low)} and ${describe(high)}`);
    }
    const dtype = options.out?.dtype ?? options.dtype ?? "int64";
    const largest = 2 ** (digits[dtype] ?? 53);
    for (const bound of [low, high - 1]) {
      operandOf(bound, dtype);
      if (Math.abs(bound) > largest) {
        throw new RangeError(`integers: ${dtype} does not hold all up to ${bound}, expected at most ${largest}`);
      }
    }
    const count = high - low;
    if (count > 2 ** 53) {
      throw new RangeError(`integers: expected at most 2 ** 53 integers from low to high, found about ${count}`);
    }
    return this.#fill("integers", options, "int64", "iuf", () => low + this.#below(count));
  }

  /** Draws numbers from 0 to below 1 that the dtype holds as they are. */
  #unitOf({ out, dtype }: RandomOptions): () => number {
    const bits = digits[out?.dtype ?? dtype ?? "float64"];
    return bits === undefined ? () => this.#unit() : () => (this.#next() >>> (32 - bits)) / 2 ** bits;
  }

  #unit(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** An integer below `count`, without the bias of a remainder: what lies beyond a whole multiple is drawn again. */
  #below(count: number): number {
    for (;;) {
      const drawn = (this.#next() >>> 11) * 4294967296 + (this.#next() >>> 0);
      const rest = drawn % count;
      if (drawn - rest + (count - 1) <= Number.MAX_SAFE_INTEGER) return rest;
    }
  }

  #normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.#unit() - 1;
      const y = 2 * this.#unit() - 1;
      const size = x * x + y * y;
      if (size >= 1 || size === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(size)) / size);
      this.#spare = y * scale;
      return x * scale;
    }
  }

  #fill<D extends DType>(
    name: string,
    options: RandomOptions<D>,
    natural: DType,
    kinds: string,
    draw: () => number,
  ): NDArray<D> {
    checkOptions(name, options, ["shape", "dtype", "out"]);
    const { out } = options;
    const target: View =
      out === undefined
        ? allocateView(checkShape(options.shape ?? []), dtypeInfo(options.dtype ?? natural).name)
        : expectNDArray(out);
    if (!kinds.includes(dtypeInfo(target.dtype).kind)) {
      throw new TypeError(`${name}: ${target.dtype} cannot hold such numbers; expected ${natural} or its like`);
    }
    if (out === undefined) write(target, draw);
    else atomically(target, () => write(target, draw));
    return out ?? (makeArray(target) as NDArray<D>);
  }
}

/** Numbers drawn at a time. */
const chunkLength = 1024;

/** Stores drawn numbers in C order, whatever the strides, so that a view gets what a copy would. */
function write(target: View, draw: () => number): void {
  const rank = target.shape.length;
  const length = target.shape[rank - 1] ?? 1;
  const step = target.stride[rank - 1] ?? 1;
  const store = convertKernel(target.dtype, "float64");
  const chunk = new Float64Array(Math.min(chunkLength, length));
  const rows = { shape: target.shape.slice(0, -1), stride: target.stride.slice(0, -1), offset: target.offset };
  forEachPlace(rows, (at) => {
    for (let done = 0; done < length; done += chunkLength) {
      const count = Math.min(chunkLength, length - done);
      for (let k = 0; k < count; k++) chunk[k] = draw();
      store(target.data, at + done * step, step, chunk, 0, 1, count);
    }
  });
}

function checkFinite(name: string, ...values: readonly number[]): void {
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RangeError(`${name}: expected finite numbers, found ${describe(value)}`);
    }
  }
}

/**
 * A stream of random numbers that a seed, a safe integer, determines.
 *
 *     defaultRng(7).random({ shape: [2, 3] })
 *     defaultRng(7).normal(0, 1, { out: x })
 *
 * @throws RangeError if the seed is none
 */
export function defaultRng(seed: number): RandomGenerator {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`defaultRng: expected a safe integer as seed, found ${describe(seed)}`);
  }
  return new RandomGenerator(seed);
}
