import { join } from "node:path";

import { asPersistentMemory, type Medium, type RunContext } from "@nodemm/bench";
import { array } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { Tensor, tensorTypes } from "@nodemm/tensor-pm";

/** A state dict to save. */
export interface StateSize {
  /** For workload ids. */
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly tensors: number;
}

export const large: StateSize = { id: "1gib", title: "1 GiB in 200 tensors", bytes: 2 ** 30, tensors: 200 };
export const small: StateSize = { id: "8mb", title: "8 MB in 20 tensors", bytes: 8e6, tensors: 20 };

/** A quick run saves an eighth. */
export function bytesOf({ bytes, tensors }: StateSize, { quick }: RunContext): number {
  const unit = 64 * tensors;
  return Math.floor((quick ? bytes / 8 : bytes) / unit) * unit;
}

export function makeState(size: StateSize, context: RunContext): Map<string, Tensor<"float32">> {
  const elements = bytesOf(size, context) / size.tensors / 4;
  return new Map(
    Array.from({ length: size.tensors }, (_, index) => {
      const data = new Float32Array(elements).fill(index);
      return [`layer${index}.weight`, new Tensor(array(data, "float32"))];
    }),
  );
}

/** A new shelf with room for two copies of a state. */
export function openStateShelf(medium: Medium, name: string, bytes: number): Shelf {
  const path = join(medium.directory, `${name}.shelf`);
  return asPersistentMemory(medium, () =>
    openShelf(path, { size: Math.ceil(2.1 * bytes) + 2 ** 24, forceNew: true, types: tensorTypes }),
  );
}
