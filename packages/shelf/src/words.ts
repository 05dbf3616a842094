/**
 * Reading and writing the format's integers. All fields lie at multiples of 4, so a `Uint32Array` reaches each of them
 * without a `DataView`. The host must be little-endian; `openShelf` refuses others.
 */

const high = 2 ** 32;

/** The unsigned 64-bit word at 32-bit index `index`, or NaN if it is not a safe integer: every check then fails. */
export function readU53(words: Uint32Array, index: number): number {
  const value = words[index + 1] * high + words[index];
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

export function writeU53(words: Uint32Array, index: number, value: number): void {
  words[index] = value;
  words[index + 1] = value / high;
}

/** A 48-bit value with a 16-bit check of itself: one failure-atomic 8-byte word. */
export function sealHigh(low: number, high16: number): number {
  return ((high16 & 0xffff) | (foldedCrc(low, high16) << 16)) >>> 0;
}

/** The 48-bit value of a sealed word, or -1 if its check fails. */
export function unseal(low: number, sealedHigh: number): number {
  const high16 = sealedHigh & 0xffff;
  return sealedHigh >>> 16 === foldedCrc(low, high16) ? high16 * high + low : -1;
}

/** CRC-32C of the six value bytes, folded to 16 bits. */
function foldedCrc(low: number, high16: number): number {
  let crc = 0xffffffff;
  for (let byte = 0; byte < 6; byte++) {
    const value = byte < 4 ? low >>> (8 * byte) : high16 >>> (8 * (byte - 4));
    crc = table[(crc ^ value) & 0xff] ^ (crc >>> 8);
  }
  crc = ~crc;
  return (crc ^ (crc >>> 16)) & 0xffff;
}

const polynomial = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});
