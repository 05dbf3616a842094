/**
 * Inner loops that copy elements from one dtype to another, by NumPy's unsafe casting: fractions are cut off, integers
 * wrap around, anything but zero is true. Each is self-contained, for `specialise`.
 */

/** Copies `count` elements: out[o + k * oStep] = a[i + k * iStep]. */
export type ConvertKernel<Out, In> = (
  out: Out,
  o: number,
  oStep: number,
  a: In,
  i: number,
  iStep: number,
  count: number,
) => void;

type Numbers =
  Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;
type Floats = Float32Array | Float64Array;
type BigInts = BigInt64Array | BigUint64Array;

export const numberToNumber: ConvertKernel<Numbers, Numbers> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[i];
};

export const numberToBool: ConvertKernel<Uint8Array, Numbers> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[i] !== 0 ? 1 : 0;
};

/** What is not finite has no integer: it becomes 0, as it does in a typed array of 32 bits. */
export const numberToBigInt: ConvertKernel<BigInts, Numbers> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const value = a[i];
    out[o] = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  }
};

export const bigIntToBigInt: ConvertKernel<BigInts, BigInts> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[i];
};

export const bigIntToInteger: ConvertKernel<Numbers, BigInts> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = Number(BigInt.asIntN(32, a[i]));
};

export const bigIntToFloat: ConvertKernel<Numbers, BigInts> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = Number(a[i]);
};

/** Rounded once: what a double does not hold keeps its 53 first bits and, in the last of them, that there were more. */
export const bigIntToFloat32: ConvertKernel<Float32Array, BigInts> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const value = a[i];
    const near = Number(value);
    const isHeld = near > -9007199254740992 && near < 9007199254740992;
    out[o] = isHeld ? near : Number((value >> 11n) | ((value & 2047n) === 0n ? 0n : 1n)) * 2048;
  }
};

/** What every complex number keeps when it becomes real: its real part. Also from pairs to pairs' real parts. */
export const complexToNumber: ConvertKernel<Numbers, Floats> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[2 * i];
};

export const complexToBool: ConvertKernel<Uint8Array, Floats> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[2 * i] !== 0 || a[2 * i + 1] !== 0 ? 1 : 0;
};

export const complexToComplex: ConvertKernel<Floats, Floats> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[2 * o] = a[2 * i];
    out[2 * o + 1] = a[2 * i + 1];
  }
};

export const numberToComplex: ConvertKernel<Floats, Numbers> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[2 * o] = a[i];
    out[2 * o + 1] = 0;
  }
};

export const bigIntToBool: ConvertKernel<Uint8Array, BigInts> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = a[i] !== 0n ? 1 : 0;
};
