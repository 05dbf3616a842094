import {
  array,
  type DType,
  dtypeInfo,
  NDArray,
  type Nested,
  type NumericTypedArray,
  type Operand,
  zeros,
} from "@nodemm/ndarray-pm";

/** A right-hand side: a number, or anything that broadcasts to the tensor's shape. */
export type TensorOperand = Tensor | Operand;

/**
 * An n-d array with PyTorch's manners, in DRAM or on a shelf. A thin wrapper: {@link array} has the elements, their views
 * and everything that is not here. In-place operations are failure-atomic on a shelf, durable on return (outside a
 * transaction), and return the tensor.
 */
export class Tensor<D extends DType = DType> {
  /** The elements, as an NDArray that shares them. */
  readonly array: NDArray<D>;
  /** Whether an optimiser should compute gradients for it; kept with the tensor on a shelf. */
  readonly requiresGrad: boolean;

  static {
    // What console.log calls. Its computed name cannot be declared as a method.
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: Tensor): string {
        return this.toString();
      },
    });
  }

  /**
   * Wraps an NDArray, without a copy.
   * @throws TypeError if `elements` is no NDArray, or gradients are asked for of a dtype that is no floating point
   */
  constructor(elements: NDArray<D>, options: TensorOptions = {}) {
    if (!NDArray.isNDArray(elements)) throw new TypeError("Expected an NDArray; tensor(...) takes other sources");
    const requiresGrad = options.requiresGrad ?? false;
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

  /** The number of elements. */
  numel(): number {
    return this.array.size;
  }

  /** The number of axes. */
  dim(): number {
    return this.array.ndim;
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

  toString(): string {
    const text = String(this.array).replace(/^NDArray/, "Tensor");
    return this.requiresGrad ? `${text} requiresGrad` : text;
  }

  /** `this += operand`; see NDArray's `iadd` for casting and broadcasting. So for the operations below. */
  add_(operand: TensorOperand): this {
    this.array.iadd(unwrap(operand));
    return this;
  }

  /** `this -= operand`. */
  sub_(operand: TensorOperand): this {
    this.array.isub(unwrap(operand));
    return this;
  }

  /** `this *= operand`. */
  mul_(operand: TensorOperand): this {
    this.array.imul(unwrap(operand));
    return this;
  }

  /** `this /= operand`; floating point only. */
  div_(operand: TensorOperand): this {
    this.array.itruediv(unwrap(operand));
    return this;
  }

  /** Stores one value in every element. */
  fill_(value: number | bigint | boolean): this {
    this.array.fill(value);
    return this;
  }

  /** Stores 0 in every element. */
  zero_(): this {
    this.array.fill(0);
    return this;
  }

  /** Copies a tensor or array that broadcasts to this shape, converting to this dtype. */
  copy_(source: TensorOperand): this {
    this.array.assign(unwrap(source));
    return this;
  }
}

export interface TensorOptions {
  readonly requiresGrad?: boolean;
}

function unwrap(operand: TensorOperand): Operand {
  return operand instanceof Tensor ? operand.array : operand;
}

/** What a tensor can be made from: elements (copied), or a shape to fill with zeros. */
export type TensorSource = Nested | NumericTypedArray | NDArray | Tensor | { readonly shape: readonly number[] };

/**
 * A new tensor with a copy of the elements of nested arrays, a typed array, an NDArray or a tensor; or, from
 * `{ shape: [2, 3] }`, of zeros, which take no memory until they are used: assigned to a shelf they are made in place.
 * Without `dtype`, numbers become float32 as in PyTorch, booleans bool and bigints int64; arrays keep theirs.
 *
 *     shelf.vars.weights = tensor({ shape: [784, 128] }, "float32", { requiresGrad: true });
 *     const target = tensor([[1, 2], [3, 4]]);
 *
 * @throws TypeError, RangeError if the source, shape or dtype makes no sense
 */
export function tensor<D extends DType = "float32">(
  source: TensorSource,
  dtype?: D,
  options: TensorOptions = {},
): Tensor<D> {
  return new Tensor(elementsOf(source, dtype) as NDArray<D>, options);
}

function elementsOf(source: TensorSource, dtype: DType | undefined): NDArray {
  if (source instanceof Tensor) return elementsOf(source.array, dtype);
  const isShape = typeof source === "object" && !Array.isArray(source) && !NDArray.isNDArray(source);
  if (isShape && !ArrayBuffer.isView(source) && source !== null && "shape" in source) {
    return zeros(source.shape, dtype ?? "float32");
  }
  if (dtype !== undefined) return array(source as Nested, dtype);
  const elements = array(source as Nested);
  const isNested = Array.isArray(source) || typeof source === "number";
  return isNested && elements.dtype === "float64" ? elements.astype("float32") : elements;
}
