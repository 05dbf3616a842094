/** Where the state of an optimiser lives: tensors on a shelf, found again by their names, or in DRAM. */
import { announceWrite, type DType, type NDArray, zeros } from "@nodemm/ndarray-pm";
import { Tensor } from "../tensor.ts";

/** What an optimiser needs of a shelf. */
export interface OptimiserShelf {
  readonly inTransaction: boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  /** Saves whole variables, with one fence, before they are changed in place. */
  snapshot(names: readonly string[]): unknown;
  transaction<Result>(work: () => Result): Result;
}

/** What a tensor of state is like. */
export interface Like {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly layout: NDArray["layout"];
}

/**
 * The tensor of this name that is on the shelf already, or a new one of zeros; in either case, elements lie in the order of
 * what it is like, beside which they are stepped through.
 * @throws RangeError if what is there is something else
 */
export function stateTensor(name: string, like: Like, shelf: OptimiserShelf | undefined): Tensor {
  const { shape, dtype } = like;
  const made = (): Tensor => new Tensor(inOrderOf(like, zeros(shape, dtype)));
  if (shelf === undefined) return made();
  if (shelf.get(name) === undefined) shelf.set(name, made());
  const found = shelf.get(name);
  if (found instanceof Tensor && found.dtype === dtype && found.shape.join() === shape.join()) {
    const elements = inOrderOf(like, found.array);
    if (elements === found.array) return found;
    shelf.set(name, new Tensor(elements));
    return shelf.get(name) as Tensor;
  }
  const what = found instanceof Tensor ? `a ${found.dtype} tensor [${found.shape.join(", ")}]` : "no tensor";
  throw new RangeError(
    `"${name}" on the shelf is ${what}, expected a ${dtype} tensor [${shape.join(", ")}]; ` +
      `delete it, or give the optimiser another name`,
  );
}

/** The same elements, where they lie in another order copied into that of `like`. */
function inOrderOf({ layout }: Like, elements: NDArray): NDArray {
  return elements.layout === layout ? elements : elements.copy(layout === "F" ? "F" : "C");
}

/**
 * A parameter's elements.
 * @throws TypeError if it is no contiguous float32 or float64 tensor, or not where the state is
 */
export function parameterArray(key: string, parameter: unknown, shelf: OptimiserShelf | undefined): NDArray {
  if (!(parameter instanceof Tensor)) throw new TypeError(`Expected parameter ${JSON.stringify(key)} to be a Tensor`);
  const elements: NDArray = parameter.array;
  if (elements.dtype !== "float32" && elements.dtype !== "float64") {
    throw new TypeError(`Parameter "${key}" is ${elements.dtype}; optimisers need float32 or float64`);
  }
  if (elements.layout === "strided") {
    throw new TypeError(
      `Parameter "${key}" is a view with gaps; optimisers need contiguous tensors, such as its whole`,
    );
  }
  if ((shelf === undefined) !== (elements.storage === undefined)) {
    throw new TypeError(
      shelf === undefined
        ? `Parameter "${key}" is on a shelf; pass that shelf in the options`
        : `Parameter "${key}" is in DRAM; set it on the shelf and pass what shelf.get returns`,
    );
  }
  return elements;
}

/** Records a whole contiguous array, if it lives on a shelf. */
export function snapshotWhole(elements: NDArray): void {
  const { data, offset, itemsize, nbytes, storage } = elements;
  storage?.snapshot(data.byteOffset + offset * itemsize, nbytes);
}

/** Tells asynchronous saves, before plain stores change what they have not copied yet. */
export function announce(arrays: Iterable<NDArray>): void {
  for (const each of arrays) announceWrite(each);
}
