/**
 * Element access by the number of axes, a class for each: code that walks one array sees nothing of the others, so that
 * V8 can keep all of it in place.
 */
import type { DType, ScalarOf } from "./dtype.ts";
import type { ElementsInit } from "./element-access.ts";
import type { NDArray } from "./ndarray.ts";
import { elementOf, putElement, scalarAt } from "./scalar.ts";
import { checkIndex } from "./slice.ts";

type ArrayClass = new <D extends DType>(init: ElementsInit<D>) => NDArray<D>;

interface RankClasses {
  /** Arrays of numbers, by their number of axes: one to four. */
  readonly ofNumbers: Readonly<Record<number, ArrayClass>>;
  /** Arrays of float64, the commonest, by their number of axes: one to three. */
  readonly ofFloat64: Readonly<Record<number, ArrayClass>>;
  /** Arrays of no axes, or of more than four. */
  readonly general: ArrayClass;
}

/** The classes, which extend NDArray: handed in, as its own module makes arrays of them. */
export function rankClasses(base: typeof NDArray): RankClasses {
  class Array1<D extends DType> extends base<D> {
    override get(i: number, extra?: unknown): ScalarOf<D> {
      const at = this.index1(i, extra);
      const value = this.numberAt(at);
      return (value === undefined ? this.elsewhere(at, i, extra) : value) as ScalarOf<D>;
    }

    override set(i: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index1(i as number, extra);
      if (!this.store(at, value)) this.storeElsewhere(at, value, i, extra);
    }
  }

  class Array2<D extends DType> extends base<D> {
    override get(i: number, j: number, extra?: unknown): ScalarOf<D> {
      const at = this.index2(i, j, extra);
      const value = this.numberAt(at);
      return (value === undefined ? this.elsewhere(at, i, j, extra) : value) as ScalarOf<D>;
    }

    override set(i: unknown, j?: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index2(i as number, j as number, extra);
      if (!this.store(at, value)) this.storeElsewhere(at, value, i, j, extra);
    }
  }

  class Array3<D extends DType> extends base<D> {
    override get(i: number, j: number, k: number, extra?: unknown): ScalarOf<D> {
      const at = this.index3(i, j, k, extra);
      const value = this.numberAt(at);
      return (value === undefined ? this.elsewhere(at, i, j, k, extra) : value) as ScalarOf<D>;
    }

    override set(i: unknown, j?: unknown, k?: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index3(i as number, j as number, k as number, extra);
      if (!this.store(at, value)) this.storeElsewhere(at, value, i, j, k, extra);
    }
  }

  class Array4<D extends DType> extends base<D> {
    override get(i: number, j: number, k: number, l: number): ScalarOf<D> {
      const at = this.index4(i, j, k, l);
      const value = this.numberAt(at);
      return (value === undefined ? this.elsewhere(at, i, j, k, l) : value) as ScalarOf<D>;
    }

    override set(i: unknown, j?: unknown, k?: unknown, l?: unknown, value?: unknown): void {
      const at = this.index4(i as number, j as number, k as number, l as number);
      if (!this.store(at, value)) this.storeElsewhere(at, value, i, j, k, l);
    }
  }

  class Float64Array1 extends Array1<"float64"> {
    override get(i: number, extra?: unknown): number {
      const at = this.index1(i, extra);
      const value = this.float64At(at);
      return value === undefined ? this.elsewhere(at, i, extra) : value;
    }

    override set(i: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index1(i as number, extra);
      if (!this.storeFloat64(at, value)) this.storeElsewhere(at, value, i, extra);
    }
  }

  class Float64Array2 extends Array2<"float64"> {
    override get(i: number, j: number, extra?: unknown): number {
      const at = this.index2(i, j, extra);
      const value = this.float64At(at);
      return value === undefined ? this.elsewhere(at, i, j, extra) : value;
    }

    override set(i: unknown, j?: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index2(i as number, j as number, extra);
      if (!this.storeFloat64(at, value)) this.storeElsewhere(at, value, i, j, extra);
    }
  }

  class Float64Array3 extends Array3<"float64"> {
    override get(i: number, j: number, k: number, extra?: unknown): number {
      const at = this.index3(i, j, k, extra);
      const value = this.float64At(at);
      return value === undefined ? this.elsewhere(at, i, j, k, extra) : value;
    }

    override set(i: unknown, j?: unknown, k?: unknown, value?: unknown, extra?: unknown): void {
      const at = this.index3(i as number, j as number, k as number, extra);
      if (!this.storeFloat64(at, value)) this.storeElsewhere(at, value, i, j, k, extra);
    }
  }

  /** Arrays of no axes, or of more than four. */
  class GeneralArray<D extends DType> extends base<D> {
    override index(...indices: number[]): number {
      if (indices.length !== this.ndim) {
        throw new RangeError(
          `Expected ${this.ndim} indices for an array of ${this.ndim} axes, found ${indices.length}`,
        );
      }
      return indices.reduce(
        (at, index, axis) => at + checkIndex(index, this.shape[axis], axis) * this.stride[axis],
        this.offset,
      );
    }

    override get(...indices: number[]): ScalarOf<D> {
      return scalarAt(this.data, this.dtype, this.index(...indices)) as ScalarOf<D>;
    }

    override set(...indicesAndValue: unknown[]): void {
      const at = this.index(...(indicesAndValue.slice(0, -1) as number[]));
      putElement(this.data, this.dtype, at, elementOf(indicesAndValue.at(-1), this.dtype));
    }
  }

  // To everybody but this module they are all one class, as errors and debuggers should call them.
  for (const each of [Array1, Array2, Array3, Array4, Float64Array1, Float64Array2, Float64Array3, GeneralArray]) {
    Object.defineProperty(each, "name", { value: base.name });
  }
  return {
    ofNumbers: { 1: Array1, 2: Array2, 3: Array3, 4: Array4 },
    ofFloat64: { 1: Float64Array1, 2: Float64Array2, 3: Float64Array3 } as unknown as Record<number, ArrayClass>,
    general: GeneralArray,
  };
}
