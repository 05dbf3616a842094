import type { AsyncOptions, CopyJob, Region } from "@nodemm/pmem-native";
import type { VariableStorage } from "./storage.ts";

/** A source and where it goes: a variable, and an offset in bytes there, 0 by default. */
export interface NamedCopy {
  readonly name: string;
  readonly byteOffset?: number;
  readonly source: ArrayBufferView;
}

/** Starts many copies at once; their variables keep their extents until they have ended. */
export function copyMany(
  region: Region,
  storageOf: (name: string) => VariableStorage,
  copies: readonly NamedCopy[],
  options: AsyncOptions | undefined,
): CopyJob {
  const storages = copies.map(({ name }) => storageOf(name));
  const placed = copies.map(({ byteOffset = 0, source }, at) => {
    return { offset: storages[at].placeFor(byteOffset, source), source };
  });
  const job = region.copyManyAsync(placed, options);
  const kept = new Set(storages);
  const finish = async (): Promise<void> => {
    await Promise.all([...kept].map((storage) => storage.keepFor(job.done)));
  };
  return {
    done: finish(),
    settle: (...range) => job.settle(...range),
    get copiedBytes() {
      return job.copiedBytes;
    },
  };
}
