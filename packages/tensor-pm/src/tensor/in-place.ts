import { clip, type DType, type RandomGenerator } from "@nodemm/ndarray-pm";
import { checkOptions } from "../options.ts";
import {
  type BinaryName,
  binaryInPlace,
  combineInPlace,
  maskOf,
  refuseResult,
  unaryInPlace,
  type UnaryName,
} from "./elementwise.ts";
import { addcdiv, addcmul, checkRounding, lerp, scaled, truncated } from "./formulas.ts";
import { asDType, commonDType, type TensorOperand, unwrap } from "./operand.ts";
import { type AlphaOptions, type DivOptions, TensorOutOfPlace, type ValueOptions } from "./out-of-place.ts";
import { defaultGenerator } from "./random.ts";

export interface RandomInPlaceOptions {
  /** Where the numbers come from, such as `defaultRng(seed)`; by default a stream that `manualSeed` starts anew. */
  readonly generator?: RandomGenerator;
}

/**
 * Operations in place. On a shelf they are failure-atomic, after a throw or a crash all elements have their old values or
 * all their new ones, and durable on return (outside a transaction). Operands broadcast to the tensor; the operation is
 * done in PyTorch's common dtype, which must not be of a higher kind than the tensor's. They return the tensor.
 * Throws TypeError, RangeError if the operand does not fit, ShelfError `ERR_SHELF_NO_SPACE` with nothing changed.
 */
export abstract class TensorInPlace<D extends DType = DType> extends TensorOutOfPlace<D> {
  #unary(name: UnaryName): this {
    unaryInPlace(name, this.array);
    return this;
  }

  #binary(name: BinaryName, operand: TensorOperand): this {
    binaryInPlace(name, this.array, operand);
    return this;
  }

  /** `this += alpha * operand`. */
  add_(operand: TensorOperand, options: AlphaOptions = {}): this {
    const { alpha = 1 } = checkOptions("add_", options, ["alpha"]);
    if (alpha === 1) return this.#binary("add", operand);
    combineInPlace("add", this.array, scaled("add", alpha), [this, operand]);
    return this;
  }

  /** `this -= alpha * operand`. */
  sub_(operand: TensorOperand, options: AlphaOptions = {}): this {
    const { alpha = 1 } = checkOptions("sub_", options, ["alpha"]);
    if (alpha === 1) return this.#binary("sub", operand);
    combineInPlace("sub", this.array, scaled("sub", alpha), [this, operand]);
    return this;
  }

  /** `this *= operand`. */
  mul_(operand: TensorOperand): this {
    return this.#binary("mul", operand);
  }

  /** `this /= operand`; of integers only with a rounding mode. */
  div_(operand: TensorOperand, options: DivOptions = {}): this {
    const { roundingMode } = checkOptions("div_", options, ["roundingMode"]);
    checkRounding(roundingMode);
    if (roundingMode === undefined) return this.#binary("div", operand);
    if (roundingMode === "floor") return this.#binary("floor_divide", operand);
    combineInPlace("div_trunc", this.array, truncated, [this, operand]);
    return this;
  }

  /** `this = floor(this / operand)`. */
  floor_divide_(operand: TensorOperand): this {
    return this.#binary("floor_divide", operand);
  }

  /** The remainder, with the sign of the divisor. */
  remainder_(operand: TensorOperand): this {
    return this.#binary("remainder", operand);
  }

  /** `this **= operand`. */
  pow_(operand: TensorOperand): this {
    return this.#binary("pow", operand);
  }

  /** The angle of the point (operand, this). */
  atan2_(operand: TensorOperand): this {
    return this.#binary("atan2", operand);
  }

  /** Bits that both have. Integers and bool. */
  bitwise_and_(operand: TensorOperand): this {
    return this.#binary("bitwise_and", operand);
  }

  /** Bits that one has. Integers and bool. */
  bitwise_or_(operand: TensorOperand): this {
    return this.#binary("bitwise_or", operand);
  }

  /** Bits in which they differ. Integers and bool. */
  bitwise_xor_(operand: TensorOperand): this {
    return this.#binary("bitwise_xor", operand);
  }

  /** Stores one value in every element; a fraction is cut off for integers. */
  fill_(value: number | bigint | boolean): this {
    this.array.fill(value);
    return this;
  }

  /** Stores 0 in every element. */
  zero_(): this {
    this.array.fill(0);
    return this;
  }

  /** Copies a tensor or array that broadcasts to this shape, converting to this dtype, whatever is lost. */
  copy_(source: TensorOperand): this {
    this.array.assign(unwrap(source));
    return this;
  }

  /** What is below `min` becomes `min`, what is above `max`, `max`; undefined is no bound. */
  clamp_(min?: TensorOperand, max?: TensorOperand): this {
    const bounds = [min, max].filter((bound) => bound !== undefined);
    const dtype = commonDType([this, ...bounds]);
    refuseResult("clamp", dtype, this.dtype);
    const [low, high] = [min, max].map((bound) => (bound === undefined ? null : asDType(bound, dtype)));
    if (this.dtype === (dtype as string)) clip(this.array, low, high, { out: this.array });
    else this.array.assign(clip(this.array.astype(dtype), low, high));
    return this;
  }

  /** What is below becomes `min`. */
  clamp_min_(min: TensorOperand): this {
    return this.clamp_(min);
  }

  /** What is above becomes `max`. */
  clamp_max_(max: TensorOperand): this {
    return this.clamp_(undefined, max);
  }

  /** `this += value * tensor1 * tensor2`. */
  addcmul_(tensor1: TensorOperand, tensor2: TensorOperand, options: ValueOptions = {}): this {
    const { value = 1 } = checkOptions("addcmul_", options, ["value"]);
    combineInPlace("addcmul", this.array, addcmul(value), [this, tensor1, tensor2]);
    return this;
  }

  /** `this += value * tensor1 / tensor2`; floating point only. */
  addcdiv_(tensor1: TensorOperand, tensor2: TensorOperand, options: ValueOptions = {}): this {
    const { value = 1 } = checkOptions("addcdiv_", options, ["value"]);
    combineInPlace("addcdiv", this.array, addcdiv(value), [this, tensor1, tensor2]);
    return this;
  }

  /** `this += weight * (end - this)`; exactly `end` at weight 1. */
  lerp_(end: TensorOperand, weight: TensorOperand): this {
    combineInPlace("lerp", this.array, lerp, [this, end, weight]);
    return this;
  }

  /** `value` where the mask is true, a fraction cut off for integers; only those elements are recorded for undoing. */
  masked_fill_(mask: TensorOperand, value: number | bigint | boolean): this {
    this.array.putmask(maskOf("masked_fill_", mask), value);
    return this;
  }

  /**
   * Numbers from `from` (included) to `to` (excluded), evenly spread; 0 to 1 by default. Beside other numbers, a dtype of few
   * digits may round up to `to`. Floating point only.
   */
  uniform_(from = 0, to = 1, options: RandomInPlaceOptions = {}): this {
    const { generator = defaultGenerator() } = checkOptions("uniform_", options, ["generator"]);
    if (from > to) throw new RangeError(`uniform_: expected numbers from lower to higher, found from ${from} to ${to}`);
    generator.uniform(from, to, { out: this.array });
    return this;
  }

  /** Numbers of a normal distribution. Floating point only. */
  normal_(mean = 0, std = 1, options: RandomInPlaceOptions = {}): this {
    const { generator = defaultGenerator() } = checkOptions("normal_", options, ["generator"]);
    generator.normal(mean, std, { out: this.array });
    return this;
  }

  abs_(): this {
    return this.#unary("abs");
  }

  neg_(): this {
    return this.#unary("neg");
  }

  /** -1, 0 or 1; NaN of NaN. */
  sign_(): this {
    return this.#unary("sign");
  }

  /** Times itself. */
  square_(): this {
    return this.#unary("square");
  }

  sqrt_(): this {
    return this.#unary("sqrt");
  }

  /** One by the square root. */
  rsqrt_(): this {
    return this.#unary("rsqrt");
  }

  /** One by it. */
  reciprocal_(): this {
    return this.#unary("reciprocal");
  }

  exp_(): this {
    return this.#unary("exp");
  }

  exp2_(): this {
    return this.#unary("exp2");
  }

  expm1_(): this {
    return this.#unary("expm1");
  }

  log_(): this {
    return this.#unary("log");
  }

  log2_(): this {
    return this.#unary("log2");
  }

  log10_(): this {
    return this.#unary("log10");
  }

  log1p_(): this {
    return this.#unary("log1p");
  }

  sin_(): this {
    return this.#unary("sin");
  }

  cos_(): this {
    return this.#unary("cos");
  }

  tan_(): this {
    return this.#unary("tan");
  }

  asin_(): this {
    return this.#unary("asin");
  }

  acos_(): this {
    return this.#unary("acos");
  }

  atan_(): this {
    return this.#unary("atan");
  }

  sinh_(): this {
    return this.#unary("sinh");
  }

  cosh_(): this {
    return this.#unary("cosh");
  }

  tanh_(): this {
    return this.#unary("tanh");
  }

  asinh_(): this {
    return this.#unary("asinh");
  }

  acosh_(): this {
    return this.#unary("acosh");
  }

  atanh_(): this {
    return this.#unary("atanh");
  }

  /** `1 / (1 + exp(-x))`. */
  sigmoid_(): this {
    return this.#unary("sigmoid");
  }

  /** What is below 0 becomes 0. */
  relu_(): this {
    return this.#unary("relu");
  }

  floor_(): this {
    return this.#unary("floor");
  }

  ceil_(): this {
    return this.#unary("ceil");
  }

  /** Towards 0. */
  trunc_(): this {
    return this.#unary("trunc");
  }

  /** To the nearest whole number; halves to the even one. */
  round_(): this {
    return this.#unary("round");
  }

  /** Without the whole part. */
  frac_(): this {
    return this.#unary("frac");
  }
}
