/**
 * Inner loops over complex numbers: the real part of an element lies at twice its index, the imaginary part behind it.
 * Each is self-contained, for `specialise`.
 */
import type { UnaryKernel } from "./kernel.ts";

type Pairs = Float64Array | Float32Array;

const negative: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[2 * o] = -a[2 * i];
    out[2 * o + 1] = -a[2 * i + 1];
  }
};

const positive: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[2 * o] = a[2 * i];
    out[2 * o + 1] = a[2 * i + 1];
  }
};

const conjugate: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[2 * o] = a[2 * i];
    out[2 * o + 1] = -a[2 * i + 1];
  }
};

const square: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const x = a[2 * i];
    const y = a[2 * i + 1];
    out[2 * o] = x * x - y * y;
    out[2 * o + 1] = x * y + y * x;
  }
};

const exp: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const size = Math.exp(a[2 * i]);
    const turn = a[2 * i + 1];
    out[2 * o] = turn === 0 ? size : size * Math.cos(turn);
    out[2 * o + 1] = turn === 0 ? turn : size * Math.sin(turn);
  }
};

const log: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const x = a[2 * i];
    const y = a[2 * i + 1];
    out[2 * o] = Math.log(Math.hypot(x, y));
    out[2 * o + 1] = Math.atan2(y, x);
  }
};

/** The root with a real part of 0 or more, without cancellation. */
const sqrt: UnaryKernel<Pairs> = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    const x = a[2 * i];
    const y = a[2 * i + 1];
    if (x === 0 && y === 0) {
      out[2 * o] = 0;
      out[2 * o + 1] = y;
      continue;
    }
    const half = Math.sqrt((Math.abs(x) + Math.hypot(x, y)) / 2);
    const other = Math.abs(y) / (2 * half);
    out[2 * o] = x >= 0 ? half : other;
    out[2 * o + 1] = (x >= 0 ? other : half) * (y < 0 || Object.is(y, -0) ? -1 : 1);
  }
};

type ToReal = (
  out: Pairs | Uint8Array,
  o: number,
  oStep: number,
  a: Pairs,
  i: number,
  iStep: number,
  count: number,
) => void;

const absolute: ToReal = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = Math.hypot(a[2 * i], a[2 * i + 1]);
};

const isnan: ToReal = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[o] = Number.isNaN(a[2 * i]) || Number.isNaN(a[2 * i + 1]) ? 1 : 0;
  }
};

const isfinite: ToReal = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[o] = Number.isFinite(a[2 * i]) && Number.isFinite(a[2 * i + 1]) ? 1 : 0;
  }
};

const isinf: ToReal = function (out, o, oStep, a, i, iStep, count) {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) {
    out[o] = Math.abs(a[2 * i]) === Infinity || Math.abs(a[2 * i + 1]) === Infinity ? 1 : 0;
  }
};

/** The operations that complex numbers have, by NumPy's names; `absolute` gives real numbers, the last three bool. */
export const complexUnary: Readonly<Record<string, UnaryKernel<never> | undefined>> = {
  negative,
  positive,
  conjugate,
  square,
  exp,
  log,
  sqrt,
  absolute,
  isnan,
  isfinite,
  isinf,
};
