/**
 * Inner loops of the cheap operations in place on neighbouring elements, where the three indices of a strided loop would
 * cost more than the arithmetic: `out[k] op= b[k]`, and `out[k] op= value`, for every k of `out`. They count from 0 to the
 * array's length because that is the loop which V8 knows best. Each is self-contained, for `specialise`; the arithmetic is
 * that of the strided loops.
 */
import type { DenseKernels, DenseTable } from "./kernel.ts";

type Floats = Float64Array | Float32Array;
type Integers = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

/** Integers wrap around where they are stored: they need no sum or difference of their own. */
const add: DenseKernels<Floats | Integers> = {
  withArray: (out, b) => {
    for (let k = 0; k < out.length; k++) out[k] += b[k];
  },
  withScalar: (out, value) => {
    for (let k = 0; k < out.length; k++) out[k] += value;
  },
};

const subtract: DenseKernels<Floats | Integers> = {
  withArray: (out, b) => {
    for (let k = 0; k < out.length; k++) out[k] -= b[k];
  },
  withScalar: (out, value) => {
    for (let k = 0; k < out.length; k++) out[k] -= value;
  },
};

const multiply: DenseKernels<Floats> = {
  withArray: (out, b) => {
    for (let k = 0; k < out.length; k++) out[k] *= b[k];
  },
  withScalar: (out, value) => {
    for (let k = 0; k < out.length; k++) out[k] *= value;
  },
};

const multiplyIntegers: DenseKernels<Integers> = {
  withArray: (out, b) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.imul(out[k], b[k]);
  },
  withScalar: (out, value) => {
    for (let k = 0; k < out.length; k++) out[k] = Math.imul(out[k], value);
  },
};

const divide: DenseKernels<Floats> = {
  withArray: (out, b) => {
    for (let k = 0; k < out.length; k++) out[k] /= b[k];
  },
  withScalar: (out, value) => {
    for (let k = 0; k < out.length; k++) out[k] /= value;
  },
};

export const denseFloatKernels: DenseTable = { add, subtract, multiply, divide };

export const denseIntegerKernels: DenseTable = { add, subtract, multiply: multiplyIntegers };
