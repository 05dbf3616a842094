/**
 * Matrix products. Real numbers are packed into panels of float64 that the caches hold, and multiplied in tiles of
 * registers: the method of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). Integers
 * wrap around, bool is or of ands, complex numbers are four real products.
 */
import { broadcastShapes } from "../axes.ts";
import { type DType, dtypeInfo, isHalf } from "../dtype.ts";
import { allocateView } from "../make-array.ts";
import type { Matrix } from "../matrix.ts";
import { runDot, runMatmul } from "../native/kernels.ts";
import { resultType } from "../promotion.ts";
import type { View } from "../view.ts";
import { applyBinary } from "./apply.ts";
import { partOf } from "./complex-parts.ts";
import { copyElements } from "./convert.ts";
import { forEachPlace } from "./fold.ts";
import { innerProduct } from "./kernels-reduce.ts";
import { multiplyPacked } from "./matmul-packed.ts";
import { broadcastTo, type Operand } from "./operand.ts";
import { specialise } from "./specialise.ts";
import { operandViews } from "./weak.ts";

/**
 * The product of two matrices, of stacks of them, or of vectors.
 * @throws RangeError if the inner lengths differ, the stacks do not broadcast, or an operand has no axes
 */
export function matmul(a: Operand, b: Operand): View {
  const [left, right] = operandViews([a, b]);
  if (left.shape.length === 0 || right.shape.length === 0) {
    throw new RangeError("matmul: expected arrays of one axis or more, found a scalar; use multiply");
  }
  const x = left.shape.length === 1 ? withAxis(left, 0) : left;
  const y = right.shape.length === 1 ? withAxis(right, 1) : right;
  const [rows, inner] = x.shape.slice(-2);
  const [inner2, columns] = y.shape.slice(-2);
  if (inner !== inner2) {
    throw new RangeError(
      `matmul: expected as many columns on the left as rows on the right, found [${left.shape.join(", ")}] and [${right.shape.join(", ")}]`,
    );
  }
  const stack = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
  const result = allocateView([...stack, rows, columns], resultType(left.dtype, right.dtype));
  multiplyStacks(result, broadcastTo(x, [...stack, rows, inner]), broadcastTo(y, [...stack, inner, columns]));
  const shape = [...stack, ...(left.shape.length === 1 ? [] : [rows]), ...(right.shape.length === 1 ? [] : [columns])];
  return { ...allocateless(result), shape, stride: contiguous(shape) };
}

function allocateless({ data, dtype, storage }: View): Pick<View, "data" | "dtype" | "storage" | "offset"> {
  return { data, dtype, storage, offset: 0 };
}

function contiguous(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * Math.max(1, length), 1));
}

function withAxis(view: View, place: 0 | 1): View {
  const [length] = view.shape;
  const [step] = view.stride;
  const { data, dtype, offset, storage } = view;
  const [shape, stride] =
    place === 0
      ? [
          [1, length],
          [0, step],
        ]
      : [
          [length, 1],
          [step, 0],
        ];
  return { data, dtype, offset, storage, shape, stride };
}

function multiplyStacks(result: View, x: View, y: View): void {
  const { dtype } = result;
  const { kind, scalar } = dtypeInfo(dtype);
  if (kind === "c") return multiplyComplex(result, x, y);
  // Products of integers must wrap around in their own dtype; floats of any width are packed as they are.
  const own = kind === "f" ? packable(x) : converted(x, dtype);
  const other = kind === "f" ? packable(y) : converted(y, dtype);
  const target = isHalf(dtype) ? allocateView(result.shape, "float32") : result;
  const rank = result.shape.length - 2;
  const stack = { shape: result.shape.slice(0, rank), stride: own.stride.slice(0, rank), offset: own.offset };
  const offsets: number[] = [];
  forEachPlace(stack, (at) => offsets.push(at));
  const size = result.shape[rank] * result.shape[rank + 1];
  forEachPlace({ shape: stack.shape, stride: other.stride.slice(0, rank), offset: other.offset }, (at, place) => {
    const out = matrix(target, place * size, rank);
    const [left, right] = [matrix(own, offsets[place], rank), matrix(other, at, rank)];
    if (kind === "f" && left.rows === 1 && right.columns === 1)
      multiplyVectors(out, left, right, own.dtype, other.dtype);
    else if (kind === "f") multiplyFloats(out, left, right);
    else integerKernel(dtype, scalar)(out, left, right);
  });
  if (target !== result) copyElements(result, target);
}

/** `out += a x b`: the addon's, where there is one, has the same bits. */
function multiplyFloats(out: Matrix, a: Matrix, b: Matrix): void {
  if (!runMatmul(out, a, b)) multiplyPacked(out, a, b);
}

function matrix({ data, shape, stride }: View, offset: number, rank: number): Matrix {
  return { data, offset, rows: shape[rank], columns: shape[rank + 1], down: stride[rank], right: stride[rank + 1] };
}

/** A view whose elements read as numbers. */
function packable(view: View): View {
  const encoded = isHalf(view.dtype) || dtypeInfo(view.dtype).scalar === "bigint";
  return encoded ? converted(view, "float64") : view;
}

function converted(view: View, dtype: DType): View {
  if (view.dtype === dtype) return view;
  const copy = allocateView(view.shape, dtype);
  copyElements(copy, view);
  return copy;
}

function multiplyComplex(result: View, x: View, y: View): void {
  const real = result.dtype === "complex64" ? "float32" : "float64";
  const [xr, xi] = parts(x, real);
  const [yr, yi] = parts(y, real);
  const product = (a: View, b: View): View => {
    const part = allocateView(result.shape, "float64");
    multiplyStacks(part, a, b);
    return part;
  };
  copyElements(partOf(result, "real"), applyBinary("subtract", product(xr, yr), product(xi, yi)));
  copyElements(partOf(result, "imag"), applyBinary("add", product(xr, yi), product(xi, yr)));
}

function parts(view: View, real: DType): [View, View] {
  if (dtypeInfo(view.dtype).kind === "c") return [partOf(view, "real"), partOf(view, "imag")];
  return [converted(view, real), allocateView(view.shape, real)];
}

const innerProducts = new Map<string, typeof innerProduct>();

/** A row times a column: nothing to be packed for. */
function multiplyVectors(out: Matrix, a: Matrix, b: Matrix, aDType: DType, bDType: DType): void {
  if (aDType === bDType && a.right === 1 && b.down === 1) {
    const product = runDot(a.data, a.offset, b.data, b.offset, a.columns);
    if (product !== undefined) {
      out.data[out.offset] = product;
      return;
    }
  }
  const key = `${aDType} ${bDType}`;
  let kernel = innerProducts.get(key);
  if (kernel === undefined) innerProducts.set(key, (kernel = specialise(innerProduct)));
  out.data[out.offset] = kernel(a.data as never, a.offset, a.right, b.data as never, b.offset, b.down, a.columns);
}

type IntegerKernel = (out: Matrix, a: Matrix, b: Matrix) => void;

const bigints = function (out: Matrix, a: Matrix, b: Matrix): void {
  const [to, x, y] = [out.data as BigInt64Array, a.data as BigInt64Array, b.data as BigInt64Array];
  for (let row = 0; row < out.rows; row++) {
    for (let column = 0; column < out.columns; column++) {
      let total = 0n;
      for (let k = 0, i = a.offset + row * a.down, j = b.offset + column * b.right; k < a.columns; k++) {
        total = BigInt.asIntN(64, total + x[i] * y[j]);
        i += a.right;
        j += b.down;
      }
      to[out.offset + row * out.down + column * out.right] = total;
    }
  }
};

const integers = function (out: Matrix, a: Matrix, b: Matrix): void {
  const [to, x, y] = [out.data as Int32Array, a.data as Int32Array, b.data as Int32Array];
  for (let row = 0; row < out.rows; row++) {
    for (let k = 0; k < a.columns; k++) {
      const left = x[a.offset + row * a.down + k * a.right];
      let o = out.offset + row * out.down;
      let j = b.offset + k * b.down;
      for (let column = 0; column < out.columns; column++, o += out.right, j += b.right) {
        to[o] += Math.imul(left, y[j]);
      }
    }
  }
};

const bools = function (out: Matrix, a: Matrix, b: Matrix): void {
  const [to, x, y] = [out.data as Uint8Array, a.data as Uint8Array, b.data as Uint8Array];
  for (let row = 0; row < out.rows; row++) {
    for (let k = 0; k < a.columns; k++) {
      if (x[a.offset + row * a.down + k * a.right] === 0) continue;
      for (let column = 0; column < out.columns; column++) {
        to[out.offset + row * out.down + column * out.right] |= y[b.offset + k * b.down + column * b.right];
      }
    }
  }
};

const specialised = new Map<DType, IntegerKernel>();

function integerKernel(dtype: DType, scalar: string): IntegerKernel {
  let kernel = specialised.get(dtype);
  if (kernel === undefined) {
    kernel = specialise(scalar === "bigint" ? bigints : scalar === "boolean" ? bools : integers);
    specialised.set(dtype, kernel);
  }
  return kernel;
}
