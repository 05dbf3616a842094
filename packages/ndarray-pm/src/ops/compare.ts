/**
 * Binary operations made of functions of two elements: comparisons and logic, which give bool, and the extremes and
 * angles, which keep the dtype. Those that NumPy orders complex numbers by are in kernels of pairs.
 */
import type { View } from "../view.ts";
import type { BinaryKernel } from "./kernel.ts";
import type { ScalarFunction } from "./map.ts";
import { specialise } from "./specialise.ts";

export type ComparisonName = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";
export type LogicName = "logicalAnd" | "logicalOr" | "logicalXor";
export type ExtremeName = "maximum" | "minimum" | "fmax" | "fmin";
export type FloatFunctionName = "arctan2" | "hypot" | "copysign";

export const comparisons: Readonly<Record<ComparisonName, ScalarFunction>> = {
  equal: (x: number, y: number) => (x === y ? 1 : 0),
  notEqual: (x: number, y: number) => (x !== y ? 1 : 0),
  less: (x: number, y: number) => (x < y ? 1 : 0),
  lessEqual: (x: number, y: number) => (x <= y ? 1 : 0),
  greater: (x: number, y: number) => (x > y ? 1 : 0),
  greaterEqual: (x: number, y: number) => (x >= y ? 1 : 0),
};

/** Of bools, which every dtype is converted to. */
export const logic: Readonly<Record<LogicName, ScalarFunction>> = {
  logicalAnd: (x: number, y: number) => x & y,
  logicalOr: (x: number, y: number) => x | y,
  logicalXor: (x: number, y: number) => x ^ y,
};

/** Where one is NaN: `maximum` and `minimum` give NaN, `fmax` and `fmin` the other. */
export const extremes: Readonly<Record<ExtremeName, ScalarFunction>> = {
  maximum: (x: number, y: number) => (x >= y || x !== x ? x : y),
  minimum: (x: number, y: number) => (x <= y || x !== x ? x : y),
  fmax: (x: number, y: number) => (x >= y || y !== y ? x : y),
  fmin: (x: number, y: number) => (x <= y || y !== y ? x : y),
};

/** For floating point alone. */
export const floatFunctions: Readonly<Record<FloatFunctionName, ScalarFunction>> = {
  arctan2: (y: number, x: number) => Math.atan2(y, x),
  hypot: (x: number, y: number) => Math.hypot(x, y),
  copysign: (x: number, y: number) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)),
};

type Pairs = Float64Array | Float32Array;

const comparePairs = function (
  out: Uint8Array,
  o: number,
  oStep: number,
  a: Pairs,
  i: number,
  iStep: number,
  b: Pairs,
  j: number,
  jStep: number,
  count: number,
  whereEqual: number,
): void {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) {
    out[o] = a[2 * i] === b[2 * j] && a[2 * i + 1] === b[2 * j + 1] ? whereEqual : 1 - whereEqual;
  }
};

/**
 * A comparison of complex numbers. NumPy orders them by the real part first, which few want and nothing here offers.
 */
export function complexComparison(name: "equal" | "notEqual"): BinaryKernel<View["data"]> {
  const loop = specialise(comparePairs);
  const whereEqual = name === "equal" ? 1 : 0;
  return (...row) => loop(...(row as unknown as Parameters<BinaryKernel<never>>), whereEqual);
}
