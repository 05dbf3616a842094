import { checkCopies, PmemError, type CheckedCopy, type Copy } from "@nodemm/pmem-native";

/** Argument checks that the regions of this package share. Ranges are checked by `checkRange` of the contract. */

const WORD_LIMIT = 2 ** 32;

function isUint32(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < WORD_LIMIT;
}

/** @throws TypeError unless `source` is a typed array, DataView or Buffer */
export function sourceBytes(source: ArrayBufferView): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (!ArrayBuffer.isView(source)) {
    throw new TypeError(`copy expects a typed array or DataView as its source, got ${typeof source}`);
  }
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

export function checkByte(byte: number): void {
  if (typeof byte !== "number") throw new TypeError(`fill expects a byte value as a number, got ${typeof byte}`);
  if (!Number.isInteger(byte) || byte < 0 || byte > 255) {
    throw new RangeError(`fill expects a whole number from 0 to 255, got ${byte}`);
  }
}

export function checkWord(offset: number, low: number, high: number): void {
  if (typeof low !== "number" || typeof high !== "number") {
    throw new TypeError(`publish expects two numbers, got ${typeof low} and ${typeof high}`);
  }
  if (offset % 8 !== 0) {
    throw new RangeError(`publish expects an offset that is a multiple of 8, got ${offset}`);
  }
  if (!isUint32(low) || !isUint32(high)) {
    throw new RangeError(`publish expects two unsigned 32-bit halves, got ${low} and ${high}`);
  }
}

/** Fills `word` with the bytes of an 8-byte word, by its halves. */
export function wordBytes(low: number, high: number, word: Uint8Array): Uint8Array {
  for (let at = 0; at < 4; at++) {
    word[at] = low >>> (8 * at);
    word[at + 4] = high >>> (8 * at);
  }
  return word;
}

export function checkCrc(initial: number): void {
  if (typeof initial !== "number") {
    throw new TypeError(`crc32c expects its initial value as a number, got ${typeof initial}`);
  }
  if (!isUint32(initial)) throw new RangeError(`crc32c expects an unsigned 32-bit initial value, got ${initial}`);
}

/** @throws RangeError if the two ranges of one region share bytes */
export function checkDisjoint(target: number, source: number, length: number): void {
  if (target < source + length && source < target + length) {
    throw new RangeError(
      `cannot copy ${length} bytes within the region from ${source} to ${target}: the ranges overlap; ` +
        `copy through memory of your own`,
    );
  }
}

/**
 * `checkCopies` of the contract, for a region whose own views may be sources.
 * @param placeOf where in the region a buffer's first byte lies; undefined for one that is no view of it
 * @throws RangeError too if a source shares bytes with its place
 */
export function checkCopiesApart(
  copies: readonly Copy[],
  length: number,
  goOn: boolean,
  placeOf: (buffer: ArrayBufferLike) => number | undefined,
): CheckedCopy[] {
  const checked = checkCopies(copies, length, goOn);
  for (const { offset, source } of checked) {
    const place = placeOf(source.buffer);
    if (place !== undefined) checkDisjoint(offset, place + source.byteOffset, source.length);
  }
  return checked;
}

export function closedError(source: string): PmemError {
  return new PmemError("ERR_PMEM_CLOSED", source, `the region ${source} is closed; open it again to use it`);
}

/** @throws PmemError `ERR_PMEM_CAPACITY` beyond the capacity */
export function checkGrowth(length: number, capacity: number, source: string): void {
  if (typeof length !== "number") throw new TypeError(`grow expects a number of bytes, got ${typeof length}`);
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`grow expects a non-negative whole number of bytes, got ${length}`);
  }
  if (length > capacity) {
    throw new PmemError(
      "ERR_PMEM_CAPACITY",
      source,
      `cannot grow to ${length} bytes: the region's capacity is ${capacity}; open it with a larger capacity`,
    );
  }
}

/** @throws TypeError unless `value` is a number; RangeError unless it is whole and at least `least` */
export function checkWholeNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, got ${typeof value}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
  return value;
}

/** @throws TypeError unless `region` looks like one; `what` says who wants it */
export function checkRegion(what: string, region: unknown): void {
  if (typeof region === "object" && region !== null && "view" in region && typeof region.view === "function") return;
  throw new TypeError(
    `${what} a region, such as dram({ size: 4096 }), got ${region === null ? "null" : typeof region}`,
  );
}

/** @throws TypeError unless `granularity` is one */
export function checkGranularity(granularity: unknown): void {
  if (granularity === "byte" || granularity === "cache-line" || granularity === "page") return;
  throw new TypeError(`granularity must be "byte", "cache-line" or "page", got ${String(granularity)}`);
}
