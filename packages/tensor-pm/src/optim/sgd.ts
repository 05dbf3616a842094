import { array, asarray, type NDArray, type NumericTypedArray } from "@nodemm/ndarray-pm";
import { Tensor, tensor } from "../tensor.ts";
import { plainFloat32, plainFloat64, sgdFloat32, sgdFloat64, type SgdKernel } from "./sgd-kernels.ts";

/** What an optimiser needs of a shelf. */
export interface OptimiserShelf {
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  /** Saves whole variables, with one fence, before they are changed in place. */
  snapshot(names: readonly string[]): unknown;
  transaction<Result>(work: () => Result): Result;
}

export interface SgdOptions {
  readonly learningRate: number;
  /** How much of the last step's direction the next one keeps; 0, the default, keeps no velocity. */
  readonly momentum?: number;
  /** L2 penalty, added to the gradient as `weightDecay * parameter`; 0 by default. */
  readonly weightDecay?: number;
  /**
   * Where the velocities live, as tensors `<name>/<parameter>`; those already there are carried on from. Without a shelf
   * they are in DRAM.
   */
  readonly shelf?: OptimiserShelf;
  /** What the velocities' names on the shelf begin with; `sgd` by default. */
  readonly name?: string;
}

/** A gradient of a parameter: as many elements, in the same order. The parameter's dtype is the fast one. */
export type Gradient = Tensor | NDArray | NumericTypedArray;

type Floats = Float32Array | Float64Array;

interface Slot {
  readonly parameter: NDArray;
  readonly velocity: Tensor | undefined;
  /** The velocity's name on the shelf. */
  readonly variable: string;
  readonly kernel: SgdKernel<Floats>;
}

/**
 * Stochastic gradient descent with momentum and weight decay, by PyTorch's formula. On a shelf, {@link step} changes all
 * parameters and velocities in one failure-atomic transaction, so that a training that was killed carries on from a step
 * that happened whole.
 *
 *     const optimiser = new SGD({ weights, bias }, { learningRate: 0.1, momentum: 0.9, shelf });
 *     optimiser.step({ weights: weightGradient, bias: biasGradient });
 */
export class SGD {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #shelf: OptimiserShelf | undefined;
  readonly #momentum: number;
  readonly #weightDecay: number;
  #learningRate = 0;

  /**
   * @throws TypeError if a parameter is no contiguous float32 or float64 tensor, or not where the velocities are;
   * RangeError if a rate makes no sense or a velocity found on the shelf is of another shape
   */
  constructor(parameters: Readonly<Record<string, Tensor>>, options: SgdOptions) {
    this.learningRate = options.learningRate;
    this.#momentum = checkRate("momentum", options.momentum ?? 0);
    this.#weightDecay = checkRate("weightDecay", options.weightDecay ?? 0);
    this.#shelf = options.shelf;
    const makeSlots = (): Map<string, Slot> =>
      new Map(Object.entries(parameters).map(([key, parameter]) => [key, this.#makeSlot(key, parameter, options)]));
    this.#slots = options.shelf === undefined ? makeSlots() : options.shelf.transaction(makeSlots);
  }

  /** May be changed between steps, as schedules do. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = checkRate("learningRate", value);
  }

  get momentum(): number {
    return this.#momentum;
  }

  get weightDecay(): number {
    return this.#weightDecay;
  }

  /** The velocity of each parameter, by its name; they share the optimiser's elements. Empty without momentum. */
  get velocities(): Readonly<Record<string, Tensor>> {
    const moving = [...this.#slots].filter(([, { velocity }]) => velocity !== undefined);
    return Object.fromEntries(moving.map(([key, { velocity }]) => [key, velocity!]));
  }

  /**
   * The names of the velocities on the shelf; empty without momentum or without a shelf. Who saves more than parameters in
   * the same transaction can save these with it, in one fence: `shelf.snapshot(["weights", ...optimiser.variables])`;
   * {@link step} finds them saved then.
   */
  get variables(): readonly string[] {
    return this.#shelf === undefined ? [] : variablesOf([...this.#slots.values()]);
  }

  /**
   * Takes one step down the gradients, named as the parameters; parameters without one stay as they are. Nothing has
   * changed if it throws. On a shelf, all or nothing also after a crash, and durable on return; inside the caller's
   * `shelf.transaction`, together with what else that does.
   * @throws TypeError, RangeError if a gradient fits no parameter; ShelfError `ERR_SHELF_NO_SPACE`, `ERR_SHELF_ERASED`,
   * `ERR_SHELF_CLOSED`
   */
  step(gradients: Readonly<Record<string, Gradient>>): void {
    const names = Object.keys(gradients);
    const slots = names.map((name) => this.#slotOf(name));
    const dense = slots.map((slot, at) => denseGradient(names[at], gradients[names[at]], slot.parameter));
    const update = (): void => {
      for (const { parameter } of slots) snapshot(parameter);
      this.#shelf?.snapshot(variablesOf(slots));
      for (const [at, slot] of slots.entries()) this.#update(slot, dense[at]);
    };
    if (this.#shelf === undefined) update();
    else this.#shelf.transaction(update);
  }

  #update({ parameter, velocity, kernel }: Slot, gradient: NDArray): void {
    const moving = velocity?.array ?? parameter;
    kernel(
      parameter.data as Floats,
      parameter.offset,
      moving.data as Floats,
      moving.offset,
      gradient.data as Floats,
      gradient.offset,
      parameter.size,
      { learningRate: this.#learningRate, momentum: this.#momentum, weightDecay: this.#weightDecay },
    );
  }

  #slotOf(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    const known = [...this.#slots.keys()].join(", ");
    throw new RangeError(
      `There is no parameter ${JSON.stringify(name)} for this gradient; the parameters are ${known}`,
    );
  }

  #makeSlot(key: string, parameter: unknown, options: SgdOptions): Slot {
    if (!(parameter instanceof Tensor)) throw new TypeError(`Expected parameter ${JSON.stringify(key)} to be a Tensor`);
    const elements: NDArray = parameter.array;
    if (elements.dtype !== "float32" && elements.dtype !== "float64") {
      throw new TypeError(`Parameter "${key}" is ${elements.dtype}; SGD needs float32 or float64`);
    }
    if (elements.layout === "strided") {
      throw new TypeError(`Parameter "${key}" is a view with gaps; SGD needs contiguous tensors, such as its whole`);
    }
    if ((options.shelf === undefined) !== (elements.storage === undefined)) {
      throw new TypeError(
        options.shelf === undefined
          ? `Parameter "${key}" is on a shelf; pass that shelf in the options`
          : `Parameter "${key}" is in DRAM; set it on the shelf and pass what shelf.get returns`,
      );
    }
    const moving = this.#momentum > 0;
    const variable = `${options.name ?? "sgd"}/${key}`;
    const velocity = moving ? velocityOf(variable, elements, options.shelf) : undefined;
    const chosen =
      elements.dtype === "float32" ? (moving ? sgdFloat32 : plainFloat32) : moving ? sgdFloat64 : plainFloat64;
    return { parameter: elements, velocity, variable, kernel: chosen as SgdKernel<Floats> };
  }
}

/** The names on the shelf of the velocities that these slots have. */
function variablesOf(slots: readonly Slot[]): string[] {
  return slots.filter(({ velocity }) => velocity !== undefined).map(({ variable }) => variable);
}

/** The velocity that is on the shelf already, or a new one of zeros. */
function velocityOf(name: string, parameter: NDArray, shelf: OptimiserShelf | undefined): Tensor {
  const { shape, dtype } = parameter;
  if (shelf === undefined) return tensor({ shape }, dtype);
  if (shelf.get(name) === undefined) shelf.set(name, tensor({ shape }, dtype));
  const found = shelf.get(name);
  if (found instanceof Tensor && found.dtype === dtype && found.shape.join() === shape.join()) return found;
  const what = found instanceof Tensor ? `a ${found.dtype} tensor [${found.shape.join(", ")}]` : "no tensor";
  throw new RangeError(
    `"${name}" on the shelf is ${what}, expected a ${dtype} tensor [${shape.join(", ")}]; ` +
      `delete it, or give the optimiser another name`,
  );
}

/** A gradient with the parameter's dtype, size and element order; itself where it has them. */
function denseGradient(name: string, gradient: Gradient, parameter: NDArray): NDArray {
  const given: NDArray = gradient instanceof Tensor ? gradient.array : isArray(gradient) ? gradient : asarray(gradient);
  if (given.size !== parameter.size || (given.ndim !== 1 && given.shape.join() !== parameter.shape.join())) {
    throw new RangeError(
      `The gradient of "${name}" has shape [${given.shape.join(", ")}], its parameter [${parameter.shape.join(", ")}]`,
    );
  }
  const flat = given.ndim === 1 && parameter.ndim !== 1;
  const dense = given.layout === (flat ? "C" : parameter.layout);
  const sameOrder = !flat || parameter.layout === "C";
  if (given.dtype === parameter.dtype && dense && sameOrder) return given;
  const shaped = given.reshape(parameter.shape);
  return parameter.layout === "F" ? shaped.astype(parameter.dtype).copy("F") : array(shaped, parameter.dtype);
}

function isArray(gradient: NDArray | NumericTypedArray): gradient is NDArray {
  return !ArrayBuffer.isView(gradient);
}

/** Records a whole contiguous array, if it lives on a shelf. */
function snapshot(elements: NDArray): void {
  const { data, offset, itemsize, nbytes, storage } = elements;
  storage?.snapshot(data.byteOffset + offset * itemsize, nbytes);
}

function checkRate(name: string, value: number): number {
  if (typeof value !== "number") throw new TypeError(`${name}: expected a number, found a ${typeof value}`);
  if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name}: expected 0 or more, found ${value}`);
  return value;
}
