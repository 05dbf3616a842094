/**
 * Inner loops of int64 and uint64. Results wrap around, as storing to a 64-bit typed array does. Each is
 * self-contained, for `specialise`.
 */
import type { BinaryKernel, KernelTable } from "./kernel.ts";

type BigInts = BigInt64Array | BigUint64Array;

const add: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i] + b[j]);
};

const subtract: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i] - b[j]);
};

const multiply: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = BigInt.asIntN(64, a[i] * b[j]);
};

/** Rounds towards minus infinity; dividing by 0 gives 0, as in NumPy. */
const floorDivide: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[i];
    const y = b[j];
    if (y === 0n) {
      out[o] = 0n;
      continue;
    }
    const quotient = x / y;
    out[o] = x % y !== 0n && x < 0n !== y < 0n ? quotient - 1n : quotient;
  }
};

/** Python's modulo: the result has the divisor's sign; by 0 it is 0, as in NumPy. */
const remainder: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const y = b[j];
    const rest = y === 0n ? 0n : a[i] % y;
    out[o] = rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
  }
};

/** By repeated squaring; exponents are not negative. */
const power: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    let base: bigint = a[i];
    let result = 1n;
    for (let exponent: bigint = b[j]; exponent !== 0n; exponent >>= 1n) {
      if ((exponent & 1n) === 1n) result = BigInt.asIntN(64, result * base);
      base = BigInt.asIntN(64, base * base);
    }
    out[o] = result;
  }
};

/** A shift by the width or more, or by a negative count, shifts every bit out, as in NumPy. */
const leftShift: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const shift = b[j];
    out[o] = shift >= 0n && shift < 64n ? a[i] << shift : 0n;
  }
};

/** Keeps the sign of signed values. */
const rightShift: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const shift = b[j];
    const value = a[i];
    if (shift >= 0n && shift < 64n) out[o] = value >> shift;
    else out[o] = value < 0n ? -1n : 0n;
  }
};

const bitwiseAnd: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] & b[j];
};

const bitwiseOr: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] | b[j];
};

const bitwiseXor: BinaryKernel<BigInts> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] ^ b[j];
};

export const bigintKernels: KernelTable = {
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
