import type { AsyncOptions, Copy, CopyJob, Region } from "@nodemm/pmem-native";
import type { VariableStorage } from "./storage.ts";

/** A source and where it goes: a variable, and an offset in bytes there, 0 by default. */
export interface NamedCopy {
  readonly name: string;
  readonly byteOffset?: number;
  readonly source: ArrayBufferView;
}

/** Where copies go, checked. */
export function placeCopies(storageOf: (name: string) => VariableStorage, copies: readonly NamedCopy[]): Copy[] {
  return copies.map(({ name, byteOffset = 0, source }) => ({
    offset: storageOf(name).placeFor(byteOffset, source),
    source,
  }));
}

/** Starts many copies at once; their variables keep their extents until they have ended. */
export function copyManyAsync(
  region: Region,
  storageOf: (name: string) => VariableStorage,
  copies: readonly NamedCopy[],
  options: AsyncOptions | undefined,
): CopyJob {
  const storages: VariableStorage[] = [];
  const placed: Copy[] = [];
  for (const { name, byteOffset = 0, source } of copies) {
    const storage = storageOf(name);
    storages.push(storage);
    placed.push({ offset: storage.placeFor(byteOffset, source), source });
  }
  const job = region.copyManyAsync(placed, options);
  // One count for each copy: a variable may be there twice.
  for (const storage of storages) storage.copyBegun();
  const finish = async (): Promise<void> => {
    try {
      await job.done;
    } finally {
      for (const storage of storages) storage.copyEnded();
    }
  };
  return {
    done: finish(),
    settle: (buffer, byteOffset, byteLength) => job.settle(buffer, byteOffset, byteLength),
    get copiedBytes() {
      return job.copiedBytes;
    },
  };
}
