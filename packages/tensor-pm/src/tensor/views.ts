import { type DType, dtypeInfo, type Slice } from "@nodemm/ndarray-pm";
import type { Tensor } from "../tensor.ts";
import { TensorFacts } from "./facts.ts";
import { makeTensor } from "./make.ts";

/**
 * The views of a tensor: they share its elements, on a shelf too, and keep its `requiresGrad`. Who changes one changes the
 * other; on a shelf they die with the variable.
 */
export abstract class TensorViews<D extends DType = DType> extends TensorFacts<D> {
  /** NumPy's slices, one an axis: `x.slice("1:-1", 0)`; see NDArray's `slice`. */
  slice(...slices: readonly Slice[]): Tensor<D> {
    return makeTensor(this.array.slice(...slices), this);
  }

  /**
   * Another shape over the same elements; one length may be -1.
   * @throws RangeError if the sizes differ; TypeError if the elements would have to be copied: use {@link reshape}
   */
  view(...shape: readonly number[]): Tensor<D> {
    const shaped = this.array.reshape(shape);
    if (this.numel() > 0 && shaped.data.buffer !== this.array.data.buffer) {
      throw new TypeError(
        `A tensor of shape [${this.shape.join(", ")}] and strides [${this.stride().join(", ")}] has no view of shape ` +
          `[${shape.join(", ")}]; reshape() copies`,
      );
    }
    return makeTensor(shaped, this);
  }

  /** {@link view} where that is possible, else a copy in DRAM. */
  reshape(...shape: readonly number[]): Tensor<D> {
    return makeTensor(this.array.reshape(shape), this);
  }

  /** One axis, in C order; a copy in DRAM where the elements do not lie so. */
  flatten(): Tensor<D> {
    return makeTensor(this.array.ravel(), this);
  }

  /** Two axes exchanged. */
  transpose(dim0: number, dim1: number): Tensor<D> {
    return makeTensor(this.array.swapaxes(dim0, dim1), this);
  }

  /**
   * A matrix transposed.
   * @throws RangeError if there are more than two axes
   */
  t(): Tensor<D> {
    if (this.dim() > 2) throw new RangeError(`t() takes at most two axes, found ${this.dim()}; use transpose()`);
    return makeTensor(this.array.T, this);
  }

  /** All axes in another order. */
  permute(...dims: readonly number[]): Tensor<D> {
    return makeTensor(this.array.transpose(dims), this);
  }

  /** Without the axes of length 1, or without this one if it has length 1. */
  squeeze(dim?: number): Tensor<D> {
    if (dim !== undefined && this.size(dim) !== 1) return makeTensor(this.array, this);
    return makeTensor(dim === undefined ? this.array.squeeze() : this.array.squeeze(dim), this);
  }

  /** With a new axis of length 1. */
  unsqueeze(dim: number): Tensor<D> {
    return makeTensor(this.array.expandDims(dim), this);
  }

  /** `length` places from `start` on, on one axis. */
  narrow(dim: number, start: number, length: number): Tensor<D> {
    const axis = dim < 0 ? dim + this.dim() : dim;
    const count = this.size(dim);
    const from = start < 0 ? start + count : start;
    if (!Number.isInteger(from) || !Number.isInteger(length) || from < 0 || length < 0 || from + length > count) {
      throw new RangeError(`narrow: expected a range within ${count} places, found start ${start}, length ${length}`);
    }
    const slices = this.shape.map((_length, at): Slice => (at === axis ? [from, from + length] : ":"));
    return this.slice(...slices);
  }

  /** One place of an axis, which goes. */
  select(dim: number, index: number): Tensor<D> {
    this.size(dim);
    const axis = dim < 0 ? dim + this.dim() : dim;
    return this.slice(...this.shape.map((_length, at): Slice => (at === axis ? index : ":")));
  }

  /** The elements repeated along axes of length 1, without a copy; such a view cannot be written. -1 keeps a length. */
  expand(...shape: readonly number[]): Tensor<D> {
    const ahead = shape.length - this.dim();
    const lengths = shape.map((length, axis) => (length === -1 && axis >= ahead ? this.shape[axis - ahead] : length));
    return makeTensor(this.array.broadcastTo(lengths), this);
  }

  /** The same elements, without `requiresGrad`. */
  detach(): Tensor<D> {
    return makeTensor(this.array);
  }

  /** A copy in DRAM, which keeps `requiresGrad`. */
  clone(): Tensor<D> {
    return makeTensor(this.array.copy(this.array.layout === "F" ? "F" : "C"), this);
  }

  /** Itself where the elements lie in C order without gaps, else a copy in DRAM. */
  contiguous(): Tensor<D> {
    return this.is_contiguous() ? makeTensor(this.array, this) : makeTensor(this.array.copy(), this);
  }

  /** A copy in DRAM of another dtype: fractions are cut off for integers, as NumPy casts. The tensor itself if it has it. */
  to<To extends DType>(dtype: To): Tensor<To> {
    const same: DType = this.dtype;
    const elements = same === dtype ? (this.array as never) : this.array.astype(dtype);
    return makeTensor<To>(elements, { requiresGrad: this.requiresGrad && dtypeInfo(dtype).kind === "f" });
  }
}
