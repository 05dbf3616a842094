/**
 * Brain floating point: the upper half of a float32, sign, 8 bits of exponent, 7 of mantissa. No engine has a typed array
 * of it, so its bits lie in a `Uint16Array`. Values become float32 first and are then rounded to nearest even, as in
 * PyTorch; a NaN becomes 0x7fc0, PyTorch's.
 */

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The number that these bits are; exact. */
export function bfloat16FromBits(bits: number): number {
  word[0] = bits << 16;
  return float[0];
}

/** The bits of the number nearest to a value; the even one of two. */
export function bfloat16Bits(value: number): number {
  float[0] = value;
  return value !== value ? 0x7fc0 : roundedUpperHalf(word[0]);
}

/** A carry out of the mantissa goes on into the exponent, as it should: what is too large becomes infinite. */
function roundedUpperHalf(bits: number): number {
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

type Floats = Float32Array | Float64Array;

/** Copies `count` elements out of bits: out[o + k * oStep] = a[i + k * iStep]. */
export function decodeBFloat16(
  out: Floats,
  o: number,
  oStep: number,
  a: Uint16Array,
  i: number,
  iStep: number,
  count: number,
): void {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    word[0] = a[i] << 16;
    out[o] = float[0];
  }
}

/** Copies `count` elements into bits: out[o + k * oStep] = a[i + k * iStep]. */
export function encodeBFloat16(
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
    float[0] = value;
    out[o] = value !== value ? 0x7fc0 : roundedUpperHalf(word[0]);
  }
}
