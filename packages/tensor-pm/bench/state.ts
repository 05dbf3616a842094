import { join } from "node:path";

import { asPersistentMemory, type Medium, type RunContext, secondsOf } from "@nodemm/bench";
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
  /** How often a sample does the work; its figure is the mean. Once takes too little time of a small state. */
  readonly timesPerSample: number;
  /**
   * Samples of every contender that do not count. A training saves thousands of times: what is measured is the steady
   * loop, whose pages are made, whose files have been replaced before, and whose code V8 has compiled.
   */
  readonly warmups: number;
}

export const large: StateSize = {
  id: "1gib",
  title: "1 GiB in 200 tensors",
  bytes: 2 ** 30,
  tensors: 200,
  timesPerSample: 1,
  warmups: 8,
};
export const small: StateSize = {
  id: "8mb",
  title: "8 MB in 20 tensors",
  bytes: 8e6,
  tensors: 20,
  timesPerSample: 20,
  warmups: 10,
};

/** A quick run saves an eighth. */
export function bytesOf({ bytes, tensors }: StateSize, { quick }: RunContext): number {
  const unit = 64 * tensors;
  return Math.floor((quick ? bytes / 8 : bytes) / unit) * unit;
}

/** GB/s at which `save` writes so many bytes. */
export function saveRate({ timesPerSample }: StateSize, bytes: number, save: () => void): number {
  const seconds = secondsOf(() => {
    for (let time = 0; time < timesPerSample; time++) save();
  });
  return (timesPerSample * bytes) / 1e9 / seconds;
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
