/** Where the state of an optimiser lives: tensors on a shelf, found again by their names, or in DRAM. */
import { announceWrite, type DType, type NDArray } from "@nodemm/ndarray-pm";
import { Tensor, tensor } from "../tensor.ts";

/** What an optimiser needs of a shelf. */
export interface OptimiserShelf {
  readonly inTransaction: boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): unknown;
  /** Saves whole variables, with one fence, before they are changed in place. */
  snapshot(names: readonly string[]): unknown;
  transaction<Result>(work: () => Result): Result;
}

/**
 * The tensor of this name that is on the shelf already, or a new one of zeros.
 * @throws RangeError if what is there is something else
 */
export function stateTensor(
  name: string,
  shape: readonly number[],
  dtype: DType,
  shelf: OptimiserShelf | undefined,
): Tensor {
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
