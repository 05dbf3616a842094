/**
 * Inner loops made of a function of one or two elements. Each loop and each function is specialised to its use, so that
 * V8 sees one function and one element type in it, and puts the function in place: as fast as a loop by hand.
 */
import type { View } from "../view.ts";
import type { BinaryKernel, BinaryLoop, DenseKernels, UnaryLoop } from "./kernel.ts";
import { specialise } from "./specialise.ts";

type Data = View["data"];
/** A function of elements; it must use nothing but its arguments and globals, as what `specialise` copies. */
export type ScalarFunction = (x: never, y: never) => number | bigint;
type Values = number[];

const strided = function (
  out: Values,
  o: number,
  oStep: number,
  a: Values,
  i: number,
  iStep: number,
  b: Values,
  j: number,
  jStep: number,
  count: number,
  f: (x: number, y: number) => number,
): void {
  for (let k = 0; k < count; k++, o += oStep, i += iStep, j += jStep) out[o] = f(a[i], b[j]);
};

const arrays = function (out: Values, a: Values, b: Values, f: (x: number, y: number) => number): void {
  for (let k = 0; k < out.length; k++) out[k] = f(a[k], b[k]);
};

const scalarRight = function (out: Values, a: Values, value: number, f: (x: number, y: number) => number): void {
  for (let k = 0; k < out.length; k++) out[k] = f(a[k], value);
};

const scalarLeft = function (out: Values, value: number, b: Values, f: (x: number, y: number) => number): void {
  for (let k = 0; k < out.length; k++) out[k] = f(value, b[k]);
};

const unaryStrided = function (
  out: Values,
  o: number,
  oStep: number,
  a: Values,
  i: number,
  iStep: number,
  count: number,
  f: (x: number) => number,
): void {
  for (let k = 0; k < count; k++, o += oStep, i += iStep) out[o] = f(a[i]);
};

const unaryDense = function (out: Values, a: Values, f: (x: number) => number): void {
  for (let k = 0; k < out.length; k++) out[k] = f(a[k]);
};

/** The dense loops of a function of two elements. */
export function denseOf(f: ScalarFunction): DenseKernels {
  const own = specialise(f) as (x: number, y: number) => number;
  // Made at their first use: most programs need one of the three.
  const lazily = <Loop extends (...args: never[]) => void>(loop: Loop): (() => Loop) => {
    let made: Loop | undefined;
    return () => (made ??= specialise(loop));
  };
  const [both, right, left] = [lazily(arrays), lazily(scalarRight), lazily(scalarLeft)];
  return {
    arrays: (out, a, b) => both()(out as never, a as never, b as never, own),
    scalarRight: (out, a, value) => right()(out as never, a as never, value, own),
    scalarLeft: (out, value, b) => left()(out as never, value, b as never, own),
  };
}

/** The loops of a function of two elements. */
export function binaryOf(f: ScalarFunction): BinaryLoop {
  const own = specialise(f) as (x: number, y: number) => number;
  const loop = specialise(strided);
  const kernel = (...row: Parameters<BinaryKernel<Data>>): void =>
    loop(...(row as unknown as Parameters<BinaryKernel<Values>>), own);
  return { strided: kernel, dense: denseOf(f) };
}

/** The loops of a function of one element. */
export function unaryOf(f: (x: never) => number | bigint): UnaryLoop {
  // A built-in function has no text to copy, and needs none: V8 knows it.
  const own = (f.toString().includes("[native code]") ? f : specialise(f as ScalarFunction)) as (x: number) => number;
  const loop = specialise(unaryStrided);
  const loopDense = specialise(unaryDense);
  return {
    strided: (out, o, oStep, a, i, iStep, count) => loop(out as never, o, oStep, a as never, i, iStep, count, own),
    dense: (out, a) => loopDense(out as never, a as never, own),
  };
}
