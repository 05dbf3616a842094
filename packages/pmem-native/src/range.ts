import { isFloat64Array } from "node:util/types";
import type { Ranges } from "./region.ts";

/**
 * Checks a byte range in JavaScript's terms, before any address is formed. Shared by every backend.
 * @throws TypeError if either is not a number; RangeError if negative, fractional, NaN, unsafe or past `limit`
 */
export function checkRange(offset: number, length: number, limit: number): void {
  if (offset >= 0 && length >= 0 && Number.isSafeInteger(offset) && Number.isSafeInteger(length)) {
    if (offset <= limit && length <= limit - offset) return;
  }
  failRange(offset, length, limit);
}

/**
 * Checks many ranges, `[offset, length, offset, length, ...]`, as {@link checkRange} does one. Shared by every backend.
 * @throws TypeError if `ranges` is no `Float64Array` or array, or holds anything but numbers; RangeError if it has an
 * odd number of entries or a range is outside
 */
export function checkRanges(ranges: Ranges, limit: number): void {
  if (!isFloat64Array(ranges) && !Array.isArray(ranges)) {
    throw new TypeError(
      `ranges must be a Float64Array or an array of numbers, got ${typeof ranges}; pass [offset, length, ...]`,
    );
  }
  const { length } = ranges;
  if (length % 2 !== 0) {
    throw new RangeError(`ranges must hold pairs of an offset and a length, got ${length} entries; complete the last`);
  }
  for (let at = 0; at < length; at += 2) checkRange(ranges[at], ranges[at + 1], limit);
}

/**
 * Ranges as the addon reads them.
 * @throws TypeError for anything but numbers, because a store would make one of what is none
 */
export function toFloat64s(ranges: Ranges): Float64Array {
  if (isFloat64Array(ranges)) return ranges;
  if (!Array.isArray(ranges)) checkRanges(ranges, 0);
  const numbers = new Float64Array(ranges.length);
  for (let at = 0; at < numbers.length; at++) {
    const number: unknown = ranges[at];
    if (typeof number !== "number") {
      throw new TypeError(`ranges[${at}] must be a number of bytes, got ${typeof number}; pass [offset, length, ...]`);
    }
    numbers[at] = number;
  }
  return numbers;
}

function failRange(offset: unknown, length: unknown, limit: number): never {
  if (typeof offset !== "number" || typeof length !== "number") {
    throw new TypeError(
      `offset and length must be numbers, got ${typeof offset} and ${typeof length}; pass bytes as plain numbers`,
    );
  }
  throw new RangeError(
    `range [${offset}, ${offset} + ${length}) is not inside the ${limit} bytes that there are; ` +
      `offset and length must be non-negative whole numbers of bytes with offset + length <= ${limit}`,
  );
}
