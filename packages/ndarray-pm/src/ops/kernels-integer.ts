/**
 * Inner loops of the integers up to 32 bits, and of bool. Results wrap around, as storing to an integer typed array
 * does. Each is self-contained, for `specialise`.
 */
import type { BinaryKernel, KernelTable } from "./kernel.ts";

type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

const add: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] + b[j];
};

const subtract: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] - b[j];
};

const multiply: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = Math.imul(a[i], b[j]);
};

/** Rounds towards minus infinity; dividing by 0 gives 0, as in NumPy. */
const floorDivide: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const y = b[j];
    out[o] = y === 0 ? 0 : Math.floor(a[i] / y);
  }
};

/** Python's modulo: the result has the divisor's sign; by 0 it is 0, as in NumPy. */
const remainder: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const y = b[j];
    const rest = y === 0 ? 0 : a[i] % y;
    out[o] = rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
  }
};

/** By repeated squaring; exponents are not negative. */
const power: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    let base: number = a[i];
    let result = 1;
    for (let exponent: number = b[j]; exponent !== 0; exponent >>>= 1) {
      if ((exponent & 1) === 1) result = Math.imul(result, base);
      base = Math.imul(base, base);
    }
    out[o] = result;
  }
};

/** A shift by the width or more, or by a negative count, shifts every bit out, as in NumPy. */
const leftShift: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const shift = b[j];
    out[o] = shift >= 0 && shift < 32 ? a[i] << shift : 0;
  }
};

/** Keeps the sign of signed values; uint32 values of 2^31 and more are why the shift is a division. */
const rightShift: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const shift = b[j];
    const value = a[i];
    if (shift >= 0 && shift < 32) out[o] = Math.floor(value / 2 ** shift);
    else out[o] = value < 0 ? -1 : 0;
  }
};

const bitwiseAnd: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] & b[j];
};

const bitwiseOr: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] | b[j];
};

const bitwiseXor: BinaryKernel<Integers> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] ^ b[j];
};

export const integerKernels: KernelTable = {
  add,
  subtract,
  multiply,
  floorDivide,
  remainder,
  power,
  leftShift,
  rightShift,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
};

/** Bools are stored as 0 and 1: their sum is "or", their product "and". */
export const boolKernels: KernelTable = {
  add: bitwiseOr,
  multiply: bitwiseAnd,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
};
