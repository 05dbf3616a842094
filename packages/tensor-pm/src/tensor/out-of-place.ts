import { clip, type DType, full, type NDArray, where } from "@nodemm/ndarray-pm";
import { checkOptions } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import {
  type BinaryName,
  binary,
  combined,
  compare,
  type ComparisonName,
  maskOf,
  unary,
  type UnaryName,
} from "./elementwise.ts";
import { addcdiv, addcmul, checkRounding, lerp, scaled, truncated } from "./formulas.ts";
import { makeTensor } from "./make.ts";
import { commonDType, asDType, type TensorOperand } from "./operand.ts";
import { TensorViews } from "./views.ts";

export interface AlphaOptions {
  /** What the operand is multiplied by first; 1 by default. */
  readonly alpha?: number;
}

export interface DivOptions {
  /** Rounds the quotient: down (`floor`, as `//` of Python) or towards 0 (`trunc`, as `/` of C on integers). */
  readonly roundingMode?: "floor" | "trunc";
}

export interface ValueOptions {
  /** What the product or quotient is multiplied by; 1 by default. */
  readonly value?: number;
}

export interface CloseOptions {
  /** Relative tolerance; 1e-5 by default. */
  readonly rtol?: number;
  /** Absolute tolerance; 1e-8 by default. */
  readonly atol?: number;
  /** Whether NaN is close to NaN; false by default. */
  readonly equalNan?: boolean;
}

/**
 * Operations whose result is a new tensor in DRAM, without `requiresGrad`. Operands broadcast; dtypes are PyTorch's: a
 * floating-point tensor keeps its dtype beside integers, division and functions of integers give float32, and a scalar
 * changes a tensor's dtype only where it is of a higher kind. Whole numbers count as integers.
 * Throws TypeError if the operation is not defined for the dtypes, RangeError if the shapes do not broadcast.
 */
export abstract class TensorOutOfPlace<D extends DType = DType> extends TensorViews<D> {
  #unary(name: UnaryName): Tensor {
    return makeTensor(unary(name, this.array));
  }

  #binary(name: BinaryName, operand: TensorOperand): Tensor {
    return makeTensor(binary(name, this, operand));
  }

  #compare(name: ComparisonName, operand: TensorOperand): Tensor<"bool"> {
    return makeTensor(compare(name, this, operand));
  }

  /** `this + alpha * operand`. For bool, or. */
  add(operand: TensorOperand, options: AlphaOptions = {}): Tensor {
    const { alpha = 1 } = checkOptions("add", options, ["alpha"]);
    if (alpha === 1) return this.#binary("add", operand);
    return makeTensor(combined("add", scaled("add", alpha), [this, operand]));
  }

  /** `this - alpha * operand`. Not for bool. */
  sub(operand: TensorOperand, options: AlphaOptions = {}): Tensor {
    const { alpha = 1 } = checkOptions("sub", options, ["alpha"]);
    if (alpha === 1) return this.#binary("sub", operand);
    return makeTensor(combined("sub", scaled("sub", alpha), [this, operand]));
  }

  /** The product. For bool, and. */
  mul(operand: TensorOperand): Tensor {
    return this.#binary("mul", operand);
  }

  /** The quotient; floating point, unless it is rounded. Whole numbers by 0 give 0 when rounded. */
  div(operand: TensorOperand, options: DivOptions = {}): Tensor {
    const { roundingMode } = checkOptions("div", options, ["roundingMode"]);
    checkRounding(roundingMode);
    if (roundingMode === undefined) return this.#binary("div", operand);
    if (roundingMode === "floor") return this.#binary("floor_divide", operand);
    return makeTensor(combined("div_trunc", truncated, [this, operand]));
  }

  /** The quotient rounded down. */
  floor_divide(operand: TensorOperand): Tensor {
    return this.#binary("floor_divide", operand);
  }

  /** The remainder, with the sign of the divisor. */
  remainder(operand: TensorOperand): Tensor {
    return this.#binary("remainder", operand);
  }

  /** The power. Whole numbers to negative powers are a RangeError. */
  pow(operand: TensorOperand): Tensor {
    return this.#binary("pow", operand);
  }

  /** The angle of the point (operand, this). */
  atan2(operand: TensorOperand): Tensor {
    return this.#binary("atan2", operand);
  }

  /** The larger one of two. */
  maximum(operand: TensorOperand): Tensor {
    return this.#binary("maximum", operand);
  }

  /** The smaller one of two. */
  minimum(operand: TensorOperand): Tensor {
    return this.#binary("minimum", operand);
  }

  /** Bits that both have. Integers and bool. */
  bitwise_and(operand: TensorOperand): Tensor {
    return this.#binary("bitwise_and", operand);
  }

  /** Bits that one has. Integers and bool. */
  bitwise_or(operand: TensorOperand): Tensor {
    return this.#binary("bitwise_or", operand);
  }

  /** Bits in which they differ. Integers and bool. */
  bitwise_xor(operand: TensorOperand): Tensor {
    return this.#binary("bitwise_xor", operand);
  }

  /** Whether equal, element by element. */
  eq(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("eq", operand);
  }

  /** Whether different. */
  ne(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("ne", operand);
  }

  /** Whether less. */
  lt(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("lt", operand);
  }

  /** Whether less or equal. */
  le(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("le", operand);
  }

  /** Whether greater. */
  gt(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("gt", operand);
  }

  /** Whether greater or equal. */
  ge(operand: TensorOperand): Tensor<"bool"> {
    return this.#compare("ge", operand);
  }

  /** What is below `min` becomes `min`, what is above `max`, `max`; undefined is no bound. */
  clamp(min?: TensorOperand, max?: TensorOperand): Tensor {
    const bounds = [min, max].filter((bound) => bound !== undefined);
    const dtype = commonDType([this, ...bounds]);
    const [low, high] = [min, max].map((bound) => (bound === undefined ? null : asDType(bound, dtype)));
    return makeTensor(clip(asDType(this, dtype), low, high));
  }

  /** `this + value * tensor1 * tensor2`. */
  addcmul(tensor1: TensorOperand, tensor2: TensorOperand, options: ValueOptions = {}): Tensor {
    const { value = 1 } = checkOptions("addcmul", options, ["value"]);
    return makeTensor(combined("addcmul", addcmul(value), [this, tensor1, tensor2]));
  }

  /** `this + value * tensor1 / tensor2`; floating point only. */
  addcdiv(tensor1: TensorOperand, tensor2: TensorOperand, options: ValueOptions = {}): Tensor {
    const { value = 1 } = checkOptions("addcdiv", options, ["value"]);
    return makeTensor(combined("addcdiv", addcdiv(value), [this, tensor1, tensor2]));
  }

  /** `this + weight * (end - this)`; exactly `end` at weight 1. */
  lerp(end: TensorOperand, weight: TensorOperand): Tensor {
    return makeTensor(combined("lerp", lerp, [this, end, weight]));
  }

  /** `value` where the mask is true; a fraction is cut off for integers. */
  masked_fill(mask: TensorOperand, value: number | bigint | boolean): Tensor<D> {
    return makeTensor(where(maskOf("masked_fill", mask), full([], value, this.dtype), this.array) as NDArray<D>);
  }

  /** This where the mask is true, the operand elsewhere. */
  where(mask: TensorOperand, operand: TensorOperand): Tensor {
    const dtype = commonDType([this, operand]);
    return makeTensor(where(maskOf("where", mask), asDType(this, dtype), asDType(operand, dtype)));
  }

  /** Whether the other has the same shape and the same values. NaN is not equal to itself. */
  equal(other: TensorOperand): boolean {
    const { a, b } = this.#pair(other);
    return a.shape.join() === b.shape.join() && compare("eq", a, b).all();
  }

  /**
   * Whether all elements of what broadcasts are near: `|this - other| <= atol + rtol * |other|`.
   * @throws RangeError if the shapes do not broadcast
   */
  allclose(other: TensorOperand, options: CloseOptions = {}): boolean {
    const {
      rtol = 1e-5,
      atol = 1e-8,
      equalNan = false,
    } = checkOptions("allclose", options, ["rtol", "atol", "equalNan"]);
    const { a, b } = this.#pair(other);
    const [x, y] = [a, b].map((each) => makeTensor(each).to("float64"));
    const tolerance = y.abs().mul(rtol).add(atol);
    const isSame = x.eq(y);
    const isNear = x.sub(y).abs().le(tolerance).bitwise_and(y.abs().lt(Infinity));
    const isClose = isSame.bitwise_or(isNear);
    const bothNaN = x.ne(x).bitwise_and(y.ne(y));
    return (equalNan ? isClose.bitwise_or(bothNaN) : isClose).array.all();
  }

  #pair(other: TensorOperand): { readonly a: NDArray; readonly b: NDArray } {
    const dtype = commonDType([this, other]);
    return { a: asDType(this, dtype), b: asDType(other, dtype) };
  }

  abs(): Tensor {
    return this.#unary("abs");
  }

  neg(): Tensor {
    return this.#unary("neg");
  }

  /** -1, 0 or 1; NaN of NaN. */
  sign(): Tensor {
    return this.#unary("sign");
  }

  /** Times itself. */
  square(): Tensor {
    return this.#unary("square");
  }

  sqrt(): Tensor {
    return this.#unary("sqrt");
  }

  /** One by the square root. */
  rsqrt(): Tensor {
    return this.#unary("rsqrt");
  }

  /** One by it. */
  reciprocal(): Tensor {
    return this.#unary("reciprocal");
  }

  exp(): Tensor {
    return this.#unary("exp");
  }

  exp2(): Tensor {
    return this.#unary("exp2");
  }

  expm1(): Tensor {
    return this.#unary("expm1");
  }

  log(): Tensor {
    return this.#unary("log");
  }

  log2(): Tensor {
    return this.#unary("log2");
  }

  log10(): Tensor {
    return this.#unary("log10");
  }

  log1p(): Tensor {
    return this.#unary("log1p");
  }

  sin(): Tensor {
    return this.#unary("sin");
  }

  cos(): Tensor {
    return this.#unary("cos");
  }

  tan(): Tensor {
    return this.#unary("tan");
  }

  asin(): Tensor {
    return this.#unary("asin");
  }

  acos(): Tensor {
    return this.#unary("acos");
  }

  atan(): Tensor {
    return this.#unary("atan");
  }

  sinh(): Tensor {
    return this.#unary("sinh");
  }

  cosh(): Tensor {
    return this.#unary("cosh");
  }

  tanh(): Tensor {
    return this.#unary("tanh");
  }

  asinh(): Tensor {
    return this.#unary("asinh");
  }

  acosh(): Tensor {
    return this.#unary("acosh");
  }

  atanh(): Tensor {
    return this.#unary("atanh");
  }

  /** `1 / (1 + exp(-x))`. */
  sigmoid(): Tensor {
    return this.#unary("sigmoid");
  }

  /** What is below 0 becomes 0. */
  relu(): Tensor {
    return this.#unary("relu");
  }

  floor(): Tensor {
    return this.#unary("floor");
  }

  ceil(): Tensor {
    return this.#unary("ceil");
  }

  /** Towards 0. */
  trunc(): Tensor {
    return this.#unary("trunc");
  }

  /** To the nearest whole number; halves to the even one. */
  round(): Tensor {
    return this.#unary("round");
  }

  /** Without the whole part. */
  frac(): Tensor {
    return this.#unary("frac");
  }
}
