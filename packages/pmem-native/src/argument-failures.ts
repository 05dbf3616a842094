/** The errors of single arguments, in JavaScript's terms; the native core has refused them before. */
import { PmemError } from "./errors.ts";
import { checkRange } from "./range.ts";

export function failByte(byte: unknown): never {
  if (typeof byte !== "number") throw new TypeError(`byte must be a number, got ${typeof byte}; pass 0 to 255`);
  throw new RangeError(`byte must be a whole number from 0 to 255, got ${byte}`);
}

export function failInitial(initial: unknown): never {
  if (typeof initial !== "number") throw new TypeError(`initial must be a number, got ${typeof initial}; pass a sum`);
  throw new RangeError(`initial must be an unsigned 32-bit whole number, got ${initial}; pass what crc32c gave`);
}

export function failSource(source: unknown): never {
  throw new TypeError(`source must be a TypedArray, Buffer or DataView, got ${typeof source}; wrap it in one`);
}

export function failDeepFlush(path: string): never {
  throw new PmemError(
    "ERR_PMEM_UNSUPPORTED",
    path,
    `the range is persistent, but ${path} is a DAX device, which has no deeper flush; use persist there`,
  );
}

/** A word that `publish` refused for anything but its alignment. */
export function failWord(offset: number, low: number, high: number, limit: number): never {
  checkRange(offset, 8, limit);
  throw new RangeError(`low and high must be unsigned 32-bit whole numbers, got ${low} and ${high}`);
}

export function failAlignment(offset: number): never {
  throw new RangeError(`offset must be a multiple of 8, got ${offset}; only aligned words are failure-atomic`);
}

/** What is no number, before a store into the frame would make one of it. */
export function failNumbers(first: unknown, second: unknown, third: unknown): never {
  throw new TypeError(
    `expected numbers, got ${typeof first}, ${typeof second} and ${typeof third}; pass offsets and lengths in bytes ` +
      `as plain numbers`,
  );
}
