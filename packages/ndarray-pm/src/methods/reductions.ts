import { type Axes, checkAxes } from "../axes.ts";
import { type Complex, describe, type DType, dtypeInfo, type ScalarOf } from "../dtype.ts";
import { makeArray } from "../make-array.ts";
import type { NDArray } from "../ndarray.ts";
import { checkOptions } from "../options.ts";
import { argExtreme, deviation, mean, norm, single, variance } from "../ops/moments.ts";
import { all, any, max, min, prod, sum } from "../ops/reduce.ts";
import { checkAxis } from "../shape.ts";
import type { View } from "../view.ts";
import { ArrayArithmetic } from "./arithmetic.ts";

/** What sums and products of a dtype are: bigints for integers and bool, else a value of the dtype. */
export type TotalOf<D extends DType> = D extends "float16" | "bfloat16" | "float32" | "float64"
  ? number
  : D extends "complex64" | "complex128"
    ? Complex
    : bigint;

/** What means of a dtype are: complex for complex numbers, else a number. */
export type MeanOf<D extends DType> = D extends "complex64" | "complex128" ? Complex : number;

export interface ReduceOptions {
  /** Leaves the axes that were folded in the result, with length 1, so that it broadcasts against the array. */
  readonly keepdims?: boolean;
}

export interface TotalOptions extends ReduceOptions {
  /** The dtype that elements become before they are added or multiplied, and that the result has. */
  readonly dtype?: DType;
}

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count of elements that the sum is divided by: 1 for a sample's variance. 0 by default. */
  readonly ddof?: number;
}

export interface NormOptions extends ReduceOptions {
  /** 2, the default, 1, 0, any other number, or an infinity for the largest (smallest) absolute value. */
  readonly ord?: number;
}

const plainOptions = ["keepdims"];

/** The options of those that have more of them. */
const optionsOf: Readonly<Partial<Record<string, readonly string[]>>> = {
  sum: ["keepdims", "dtype"],
  prod: ["keepdims", "dtype"],
  var: ["keepdims", "ddof"],
  std: ["keepdims", "ddof"],
  norm: ["keepdims", "ord"],
};

/**
 * The reductions of {@link NDArray}, over one axis, several, or all (null). Without arguments each gives a JavaScript value;
 * with an axis, a new array in DRAM.
 */
export abstract class ArrayReductions<D extends DType = DType> extends ArrayArithmetic<D> {
  #reduce(
    name: string,
    axes: Axes | null | undefined,
    options: ReduceOptions,
    fold: (axes: readonly number[]) => View,
  ): NDArray {
    checkOptions(name, options, optionsOf[name] ?? plainOptions);
    const folded = axes === null || axes === undefined ? [...this.shape.keys()] : checkAxes(axes, this.shape.length);
    const view = fold(folded);
    if (options.keepdims !== true) return makeArray(view);
    return makeArray(view).expandDims(folded);
  }

  /**
   * The sum. Integers and bool are summed as int64 or uint64, which wrap around; floating point pairwise, as in NumPy.
   * @throws RangeError if there is no such axis
   */
  sum(): TotalOf<D>;
  sum(axis: Axes | null, options?: TotalOptions): NDArray;
  sum(axis?: Axes | null, options: TotalOptions = {}): unknown {
    const result = this.#reduce("sum", axis, options, (axes) => sum(this, axes, checkDType(options)));
    return axis === undefined ? single(result) : result;
  }

  /** The product; see {@link sum}. */
  prod(): TotalOf<D>;
  prod(axis: Axes | null, options?: TotalOptions): NDArray;
  prod(axis?: Axes | null, options: TotalOptions = {}): unknown {
    const result = this.#reduce("prod", axis, options, (axes) => prod(this, axes, checkDType(options)));
    return axis === undefined ? single(result) : result;
  }

  /** The arithmetic mean: float64 for integers and bool. NaN of no elements. */
  mean(): MeanOf<D>;
  mean(axis: Axes | null, options?: ReduceOptions): NDArray;
  mean(axis?: Axes | null, options: ReduceOptions = {}): unknown {
    const result = this.#reduce("mean", axis, options, (axes) => mean(this, axes));
    return axis === undefined ? single(result) : result;
  }

  /** The mean squared distance from the mean: float64 for integers and bool, real for complex numbers. */
  var(): number;
  var(axis: Axes | null, options?: VarianceOptions): NDArray;
  var(axis?: Axes | null, options: VarianceOptions = {}): unknown {
    const result = this.#reduce("var", axis, options, (axes) => variance(this, axes, checkDdof(options)));
    return axis === undefined ? single(result) : result;
  }

  /** The standard deviation: the square root of {@link var}. */
  std(): number;
  std(axis: Axes | null, options?: VarianceOptions): NDArray;
  std(axis?: Axes | null, options: VarianceOptions = {}): unknown {
    const result = this.#reduce("std", axis, options, (axes) => deviation(this, axes, checkDdof(options)));
    return axis === undefined ? single(result) : result;
  }

  /**
   * The smallest element; NaN if one is.
   * @throws RangeError if there are no elements; TypeError for complex numbers
   */
  min(): ScalarOf<D>;
  min(axis: Axes | null, options?: ReduceOptions): NDArray<D>;
  min(axis?: Axes | null, options: ReduceOptions = {}): unknown {
    const result = this.#reduce("min", axis, options, (axes) => min(this, axes));
    return axis === undefined ? single(result) : result;
  }

  /** The largest element; see {@link min}. */
  max(): ScalarOf<D>;
  max(axis: Axes | null, options?: ReduceOptions): NDArray<D>;
  max(axis?: Axes | null, options: ReduceOptions = {}): unknown {
    const result = this.#reduce("max", axis, options, (axes) => max(this, axes));
    return axis === undefined ? single(result) : result;
  }

  /**
   * Where the first smallest element is, or the first NaN: its index along one axis, or among all elements in C order.
   * Arrays of indices are int32, so that an index is a number.
   * @throws RangeError if there are no elements; TypeError for complex numbers
   */
  argmin(): number;
  argmin(axis: number | null, options?: ReduceOptions): NDArray<"int32">;
  argmin(axis?: number | null, options: ReduceOptions = {}): unknown {
    return this.#place("argmin", axis, options);
  }

  /** Where the first largest element is, or the first NaN; see {@link argmin}. */
  argmax(): number;
  argmax(axis: number | null, options?: ReduceOptions): NDArray<"int32">;
  argmax(axis?: number | null, options: ReduceOptions = {}): unknown {
    return this.#place("argmax", axis, options);
  }

  #place(which: "argmin" | "argmax", axis: number | null | undefined, options: ReduceOptions): unknown {
    if (axis === undefined || axis === null) {
      const result = this.#reduce(which, axis, options, () => argExtreme(which, this, undefined));
      return axis === undefined ? single(result) : result;
    }
    const only = checkAxis(axis, this.shape.length);
    return this.#reduce(which, only, options, () => argExtreme(which, this, only));
  }

  /** Whether one element is not 0; NaN is not. */
  any(): boolean;
  any(axis: Axes | null, options?: ReduceOptions): NDArray<"bool">;
  any(axis?: Axes | null, options: ReduceOptions = {}): unknown {
    const result = this.#reduce("any", axis, options, (axes) => any(this, axes));
    return axis === undefined ? single(result) : result;
  }

  /** Whether no element is 0. */
  all(): boolean;
  all(axis: Axes | null, options?: ReduceOptions): NDArray<"bool">;
  all(axis?: Axes | null, options: ReduceOptions = {}): unknown {
    const result = this.#reduce("all", axis, options, (axes) => all(this, axes));
    return axis === undefined ? single(result) : result;
  }

  /**
   * The length of the elements as a vector, as `np.linalg.norm`; over two axes, of a matrix as one vector (Frobenius).
   * Other norms of matrices need a decomposition, which this package has not.
   */
  norm(): number;
  norm(axis: Axes | null, options?: NormOptions): NDArray;
  norm(axis?: Axes | null, options: NormOptions = {}): unknown {
    const result = this.#reduce("norm", axis, options, (axes) => norm(this, axes, checkOrd(options)));
    return axis === undefined ? single(result) : result;
  }
}

function checkDType({ dtype }: TotalOptions): DType | undefined {
  return dtype === undefined ? undefined : dtypeInfo(dtype).name;
}

function checkOrd({ ord = 2 }: NormOptions): number {
  if (typeof ord !== "number") throw new TypeError(`norm: expected a number as ord, found ${describe(ord)}`);
  return ord;
}

function checkDdof({ ddof = 0 }: VarianceOptions): number {
  if (typeof ddof !== "number") throw new TypeError(`Expected a number as ddof, found ${describe(ddof)}`);
  return ddof;
}
