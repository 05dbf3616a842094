/**
 * Inner loops of complex64 and complex128: the real part of an element lies at twice its index, the imaginary part
 * behind it. Formulas and their order are NumPy's, so that results agree to the last bit. Each is self-contained, for
 * `specialise`. complex64 rounds each product, as storing to a Float32Array rounds only the end: the one multiplication
 * where that differs is within one unit in the last place.
 */
import type { BinaryKernel, KernelTable } from "./kernel.ts";

type Pairs = Float64Array | Float32Array;

const add: BinaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    out[2 * o] = a[2 * i] + b[2 * j];
    out[2 * o + 1] = a[2 * i + 1] + b[2 * j + 1];
  }
};

const subtract: BinaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    out[2 * o] = a[2 * i] - b[2 * j];
    out[2 * o + 1] = a[2 * i + 1] - b[2 * j + 1];
  }
};

const multiply: BinaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[2 * i];
    const xi = a[2 * i + 1];
    const y = b[2 * j];
    const yi = b[2 * j + 1];
    out[2 * o] = x * y - xi * yi;
    out[2 * o + 1] = x * yi + xi * y;
  }
};

/** Smith's method, which does not overflow where the quotient does not; NumPy's choice of it. */
const divide: BinaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[2 * i];
    const xi = a[2 * i + 1];
    const y = b[2 * j];
    const yi = b[2 * j + 1];
    const size = Math.abs(y);
    const sizeImaginary = Math.abs(yi);
    if (size >= sizeImaginary) {
      if (size === 0 && sizeImaginary === 0) {
        out[2 * o] = x / size;
        out[2 * o + 1] = xi / size;
        continue;
      }
      const ratio = yi / y;
      const scale = 1 / (y + yi * ratio);
      out[2 * o] = (x + xi * ratio) * scale;
      out[2 * o + 1] = (xi - x * ratio) * scale;
    } else {
      const ratio = y / yi;
      const scale = 1 / (yi + y * ratio);
      out[2 * o] = (x * ratio + xi) * scale;
      out[2 * o + 1] = (xi * ratio - x) * scale;
    }
  }
};

/** Small whole powers by repeated squaring, others through logarithms. */
const power: BinaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, b, j, jStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    const x = a[2 * i];
    const xi = a[2 * i + 1];
    const y = b[2 * j];
    const yi = b[2 * j + 1];
    let re = 1;
    let im = 0;
    if (y === 0 && yi === 0) {
      out[2 * o] = 1;
      out[2 * o + 1] = 0;
      continue;
    }
    if (x === 0 && xi === 0) {
      out[2 * o] = y > 0 ? 0 : NaN;
      out[2 * o + 1] = y > 0 ? 0 : NaN;
      continue;
    }
    if (yi === 0 && Number.isInteger(y) && y > -100 && y < 100) {
      let base = x;
      let baseImaginary = xi;
      for (let exponent = Math.abs(y); exponent > 0; exponent >>= 1) {
        if ((exponent & 1) === 1) {
          const product = re * base - im * baseImaginary;
          im = re * baseImaginary + im * base;
          re = product;
        }
        const square = base * base - baseImaginary * baseImaginary;
        baseImaginary = 2 * base * baseImaginary;
        base = square;
      }
      if (y < 0) {
        const size = re * re + im * im;
        re /= size;
        im = -im / size;
      }
    } else {
      const logarithm = Math.log(Math.hypot(x, xi));
      const angle = Math.atan2(xi, x);
      const size = Math.exp(y * logarithm - yi * angle);
      const turn = yi * logarithm + y * angle;
      re = size * Math.cos(turn);
      im = size * Math.sin(turn);
    }
    out[2 * o] = re;
    out[2 * o + 1] = im;
  }
};

export const complexKernels: KernelTable = { add, subtract, multiply, divide, power };
