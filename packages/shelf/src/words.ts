/**
 * Reading and writing the format's integers. All fields lie at multiples of 4, so a `Uint32Array` reaches each of them
 * without a `DataView`. The host must be little-endian; `openShelf` refuses others.
 */

const highUnit = 2 ** 32;

/** The unsigned 64-bit word at 32-bit index `index`, or NaN if it is not a safe integer: every check then fails. */
export function readU53(words: Uint32Array, index: number): number {
  const value = words[index + 1] * highUnit + words[index];
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

export function writeU53(words: Uint32Array, index: number, value: number): void {
  words[index] = value;
  words[index + 1] = value / highUnit;
}

/** Bytes of a number as JavaScript has it. */
export const doubleBytes = 8;

/**
 * A sealed word on its way to where it counts.
 *
 * It is made and stored apart, with a fence between where there is one: what was just stored as two halves the processor
 * can load as a whole only when all its stores have left it, and with them those that a fence waits for.
 */
export class SealedWord {
  readonly #halves = new Uint32Array(2);
  readonly #whole = new BigUint64Array(this.#halves.buffer);

  /** Makes it of a value's lower 32 bits and the 16 above. */
  make(low: number, high16: number): void {
    this.#halves[0] = low;
    this.#halves[1] = sealHigh(low, high16);
  }

  /**
   * Stores it failure-atomically, as `Region.publish` does and without its call: the engine stores an element of eight
   * bytes with one instruction, so that after a crash the old or the new word is there.
   */
  storeAt(words: BigUint64Array, index: number): void {
    words[index] = this.#whole[0];
  }
}

/** A 48-bit value with a 16-bit check of itself: one failure-atomic 8-byte word. */
export function sealHigh(low: number, high16: number): number {
  return ((high16 & 0xffff) | (foldedCrc(low, high16) << 16)) >>> 0;
}

/** The 48-bit value of a sealed word, or -1 if its check fails. */
export function unseal(low: number, sealedHigh: number): number {
  const high16 = sealedHigh & 0xffff;
  return sealedHigh >>> 16 === foldedCrc(low, high16) ? high16 * highUnit + low : -1;
}

/** CRC-32C of the six value bytes, folded to 16 bits. */
function foldedCrc(low: number, high16: number): number {
  let crc = remainderOfZeros;
  crc ^= table[low & 0xff] ^ table[0x100 + ((low >>> 8) & 0xff)];
  crc ^= table[0x200 + ((low >>> 16) & 0xff)] ^ table[0x300 + (low >>> 24)];
  crc ^= table[0x400 + (high16 & 0xff)] ^ table[0x500 + ((high16 >>> 8) & 0xff)];
  return (crc ^ (crc >>> 16)) & 0xffff;
}

/** The remainder that is their CRC-32C, bit by bit. */
function remainderOf(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const remainderOfZeros = remainderOf([0, 0, 0, 0, 0, 0]);
/** What a byte value at each of the six places changes in it: a CRC of a sum is the sum of CRCs. */
const table = Uint32Array.from({ length: 6 * 256 }, (_, index) => {
  const bytes = [0, 0, 0, 0, 0, 0];
  bytes[index >>> 8] = index & 0xff;
  return remainderOf(bytes) ^ remainderOfZeros;
});
