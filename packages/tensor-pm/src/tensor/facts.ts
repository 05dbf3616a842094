import { type DType, dtypeInfo, NDArray, type Nested } from "@nodemm/ndarray-pm";
import { formatTensor } from "./print.ts";

export interface TensorOptions {
  readonly requiresGrad?: boolean;
}

/** What a tensor is: its elements, and what is known of them. */
export abstract class TensorFacts<D extends DType = DType> {
  /** The elements, as an NDArray that shares them. */
  readonly array: NDArray<D>;
  /** Whether an optimiser should compute gradients for it; kept with the tensor on a shelf. */
  readonly requiresGrad: boolean;

  static {
    // What console.log calls. Its computed name cannot be declared as a method.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: TensorFacts): string {
        return this.toString();
      },
    });
    // Of PyTorch; in JavaScript they would make a property, in silence. As many as of NDArray.
    for (let index = 0; index < 64; index++) {
      const refuse = (): never => {
        throw new TypeError(
          `x[${index}] is nothing of a Tensor x: take x.select(0, ${index}), x.array.get(${index}) or x.array.set(${index}, value)`,
        );
      };
      Object.defineProperty(this.prototype, index, { get: refuse, set: refuse });
    }
  }

  /**
   * Wraps an NDArray, without a copy.
   * @throws TypeError if `elements` is no NDArray, or gradients are asked for of a dtype that is no floating point
   */
  constructor(elements: NDArray<D>, options: TensorOptions = {}) {
    if (!NDArray.isNDArray(elements)) throw new TypeError("Expected an NDArray; tensor(...) takes other sources");
    const { requiresGrad = false } = options;
    if (typeof requiresGrad !== "boolean") {
      throw new TypeError(`requiresGrad: expected true or false, found ${typeof requiresGrad}`);
    }
    if (requiresGrad && dtypeInfo(elements.dtype).kind !== "f") {
      throw new TypeError(`requiresGrad needs a floating-point dtype, found ${elements.dtype}; pass "float32"`);
    }
    this.array = elements;
    this.requiresGrad = requiresGrad;
  }

  get dtype(): D {
    return this.array.dtype;
  }

  /** Lengths of the axes. */
  get shape(): readonly number[] {
    return this.array.shape;
  }

  /** Lengths of the axes, or of one of them; negative axes count from the end. */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    if (dim === undefined) return this.shape;
    const length = this.shape.at(dim);
    if (length === undefined) throw new RangeError(`There is no axis ${dim} of ${this.shape.length}`);
    return length;
  }

  /** Distance between neighbours on each axis, in elements. */
  stride(): readonly number[] {
    return this.array.stride;
  }

  /** The number of elements. */
  numel(): number {
    return this.array.size;
  }

  /** The number of axes. */
  dim(): number {
    return this.array.ndim;
  }

  /** Bytes of one element. */
  element_size(): number {
    return this.array.itemsize;
  }

  /** Bytes of all elements. */
  get nbytes(): number {
    return this.array.nbytes;
  }

  /** Whether the elements lie one after another, last axis fastest. */
  is_contiguous(): boolean {
    return this.array.layout === "C";
  }

  /** Whether the dtype is a floating-point one. */
  is_floating_point(): boolean {
    return dtypeInfo(this.dtype).kind === "f";
  }

  /**
   * The value of a tensor of one element.
   * @throws RangeError if it has more or fewer
   */
  item(): ReturnType<NDArray<D>["get"]> {
    if (this.numel() !== 1) throw new RangeError(`item() needs a tensor of one element, found ${this.numel()}`);
    return this.array.reshape(1).get(0);
  }

  /** The elements as nested arrays. */
  toArray(): Nested {
    return this.array.toArray();
  }

  /** {@link toArray}, by PyTorch's name. */
  tolist(): Nested {
    return this.array.toArray();
  }

  /** As PyTorch prints it: four digits, three elements from each end of long axes. */
  toString(): string {
    return formatTensor(this.array, this.requiresGrad);
  }
}
