/**
 * Half-precision numbers in engines that lack `Float16Array` (before Node 24), where their bits lie in a `Uint16Array`:
 * sign, 5 bits of exponent, 10 of mantissa, as in IEEE 754. Both directions are exact, with one rounding to nearest even
 * and all subnormals, as in NumPy.
 */

interface Float16Constructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Uint16Array;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Uint16Array;
}

const native = (globalThis as { Float16Array?: Float16Constructor }).Float16Array;

/** Whether an element of a float16 array is the number itself, not its bits. */
export const hasFloat16Array: boolean = native !== undefined;

/** The class of float16 arrays. */
export const Float16Data: Float16Constructor = native ?? Uint16Array;

/** The number of every bit pattern: 256 KiB, made at the first use. */
let decoded: Float32Array | undefined;

function decodeTable(): Float32Array {
  if (decoded !== undefined) return decoded;
  decoded = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) decoded[bits] = decodeOne(bits);
  return decoded;
}

function decodeOne(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** The number that these bits are. */
export function float16FromBits(bits: number): number {
  return decodeTable()[bits];
}

/** The bits of the half-precision number nearest to a number; the even one of two. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude !== magnitude) return 0x7e00;
  // Half-way between the largest number and what would follow it.
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  // A logarithm may be rounded across a power of two.
  if (magnitude < 2 ** exponent) exponent--;
  else if (magnitude >= 2 ** (exponent + 1)) exponent++;
  // A mantissa that rounds up to 2048 carries into the exponent, as it should.
  return sign | (((exponent + 14) << 10) + roundHalfEven(magnitude * 2 ** (10 - exponent)));
}

/** A number from 0 to 2^51, rounded to an integer: adding 2^52 leaves no room for a fraction. */
function roundHalfEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}

type Floats = Float32Array | Float64Array;

/** Copies `count` elements out of bits: out[o + k * oStep] = a[i + k * iStep]. */
export function decodeFloat16(
  out: Floats,
  o: number,
  oStep: number,
  a: Uint16Array,
  i: number,
  iStep: number,
  count: number,
): void {
  const table = decodeTable();
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = table[a[i]];
}

const word = new Float64Array(1);
const halves = new Uint32Array(word.buffer);

/** Copies `count` elements into bits: out[o + k * oStep] = a[i + k * iStep]. */
export function encodeFloat16(
  out: Uint16Array,
  o: number,
  oStep: number,
  a: Floats,
  i: number,
  iStep: number,
  count: number,
): void {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const value = a[i];
    const magnitude = Math.abs(value);
    if (magnitude >= 2 ** -14 && magnitude < 65520) {
      // The double's own exponent, cheaper than a logarithm; all machines that Node runs on are little-endian.
      word[0] = value;
      const high = halves[1];
      const exponent = ((high >>> 20) & 0x7ff) - 1023;
      word[0] = magnitude;
      halves[1] = (halves[1] & 0xfffff) | ((10 + 1023) << 20);
      const mantissa = word[0] + 2 ** 52 - 2 ** 52;
      out[o] = ((high >>> 16) & 0x8000) | (((exponent + 14) << 10) + mantissa);
    } else {
      out[o] = float16Bits(value);
    }
  }
}
