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

function failRange(offset: unknown, length: unknown, limit: number): never {
  if (typeof offset !== "number" || typeof length !== "number") {
    throw new TypeError(
      `offset and length must be numbers, got ${typeof offset} and ${typeof length}; pass bytes as plain numbers`,
    );
  }
  throw new RangeError(
    `range [${offset}, ${offset} + ${length}) is not inside the region's ${limit} bytes; ` +
      `offset and length must be non-negative whole numbers of bytes with offset + length <= ${limit}`,
  );
}
