import type { Binding } from "./binding.ts";
import { PmemError } from "./errors.ts";

/** In the order of native/napi/lifecycle.cc. */
const verbs = ["set", "clear", "ask"] as const;

/**
 * Numbers, from 0 to 2^53 - 1, that an opener of a file marks for every other opener to see, until it clears them, closes
 * its region or dies. What they mean is the openers' affair. Nothing is written.
 *
 * Each method throws a PmemError `ERR_PMEM_CLOSED`, or `ERR_PMEM_UNSUPPORTED` where the system has no locks of ranges
 * that belong to an open file (Linux has).
 */
export class Marks {
  readonly #native: Binding;
  readonly #path: string;
  readonly #handle: () => number;

  /** @internal */
  constructor(native: Binding, path: string, handle: () => number) {
    this.#native = native;
    this.#path = path;
    this.#handle = handle;
  }

  set(number: number): void {
    this.#call("set", number, number);
  }

  clear(number: number): void {
    this.#call("clear", number, number);
  }

  /** Whether another opener has marked a number from `from` up to, but not including, `to`. */
  heldByOthers(from: number, to: number): boolean {
    return this.#call("ask", from, to) === 1;
  }

  #call(verb: (typeof verbs)[number], from: number, to: number): number {
    for (const number of [from, to]) {
      if (typeof number !== "number") throw new TypeError(`a mark must be a number, got ${typeof number}`);
      if (!Number.isSafeInteger(number) || number < 0) {
        throw new RangeError(`a mark must be a whole number from 0 to 2^53 - 1, got ${number}`);
      }
    }
    const path = this.#path;
    const answer = this.#native.mark(this.#handle(), verbs.indexOf(verb), from, to);
    if (answer === undefined) {
      throw new PmemError("ERR_PMEM_CLOSED", path, `the region over ${path} is closed; map the file again`);
    }
    if (answer >= 0) return answer;
    throw new PmemError(
      "ERR_PMEM_UNSUPPORTED",
      path,
      `marks need locks of ranges, which the file system of ${path} refused with error ${-answer}; ` +
        `use a local file system of Linux`,
    );
  }
}
