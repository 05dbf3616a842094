/**
 * Inner loops of float64 and float32: `count` elements, out[o + k * oStep] = a[i + k * iStep] op b[j + k * jStep].
 * Each is self-contained, for `specialise`. Storing to a Float32Array rounds once more, which is innocuous for
 * + - * / of float32 operands; where it would not be, float32 has a kernel of its own.
 */
import type { BinaryKernel, KernelTable } from "./kernel.ts";

type Floats = Float64Array | Float32Array;

const add: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] + b[j];
};

const subtract: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] - b[j];
};

const multiply: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] * b[j];
};

const divide: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i] / b[j];
};

/** NumPy's `npy_floor_divide`: the quotient that belongs to the remainder, snapped to the nearest integer. */
const floorDivide: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[i];
    const y = b[j];
    const remainder = x % y;
    if (y === 0 || remainder !== remainder) {
      out[o] = y === 0 ? x / y : NaN;
      continue;
    }
    let quotient = (x - remainder) / y;
    if (remainder !== 0 && y < 0 !== remainder < 0) quotient -= 1;
    if (quotient === 0) {
      out[o] = 1 / (x / y) < 0 ? -0 : 0;
      continue;
    }
    const floor = Math.floor(quotient);
    out[o] = quotient - floor > 0.5 ? floor + 1 : floor;
  }
};

/** As {@link floorDivide}, with each step rounded to float32 as NumPy's `npy_floor_dividef` rounds it. */
const floorDivideFloat32: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  const round = Math.fround;
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[i];
    const y = b[j];
    const remainder = x % y;
    if (y === 0 || remainder !== remainder) {
      out[o] = y === 0 ? x / y : NaN;
      continue;
    }
    let quotient = round(round(x - remainder) / y);
    if (remainder !== 0 && y < 0 !== remainder < 0) quotient = round(quotient - 1);
    if (quotient === 0) {
      out[o] = 1 / (x / y) < 0 ? -0 : 0;
      continue;
    }
    const floor = Math.floor(quotient);
    out[o] = round(quotient - floor) > 0.5 ? floor + 1 : floor;
  }
};

/** Python's modulo: the result has the divisor's sign. */
const remainder: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const y = b[j];
    const rest = a[i] % y;
    if (rest === 0) out[o] = y < 0 ? -0 : 0;
    else out[o] = rest < 0 !== y < 0 ? rest + y : rest;
  }
};

/** C's `pow`, which unlike JavaScript's gives 1 for 1 to any power and for -1 to an infinite one. */
const power: BinaryKernel<Floats> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[i];
    const y = b[j];
    out[o] = x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
  }
};

export const floatKernels: KernelTable = { add, subtract, multiply, divide, floorDivide, remainder, power };

export const float32Kernels: KernelTable = { ...floatKernels, floorDivide: floorDivideFloat32 };
