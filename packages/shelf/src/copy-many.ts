import type { AsyncOptions, Copy, CopyJob, Region } from "@nodemm/pmem-native";
import type { VariableStorage } from "./storage.ts";

/** A source and where it goes: a variable, and an offset in bytes there, 0 by default. */
export interface NamedCopy {
  readonly name: string;
  readonly byteOffset?: number;
  readonly source: ArrayBufferView;
}

/** A copy with the variable that it goes to. */
interface PlacedCopy extends Copy {
  readonly storage: VariableStorage;
}

/** Where copies go, checked. */
export function placeCopies(storageOf: (name: string) => VariableStorage, copies: readonly NamedCopy[]): PlacedCopy[] {
  if (!Array.isArray(copies)) {
    throw new TypeError(`copies must be an array of { name, byteOffset, source }, got ${typeof copies}`);
  }
  const find = inARow(storageOf);
  return copies.map((copy: unknown) => {
    const { name, byteOffset = 0, source } = checkCopy(copy);
    const storage = find(name);
    return { storage, offset: storage.placeFor(byteOffset, source), source };
  });
}

function checkCopy(copy: unknown): NamedCopy {
  const found = typeof copy === "object" && copy !== null ? copy : undefined;
  if (found === undefined || !("name" in found) || !("source" in found)) {
    throw new TypeError("a copy must be { name, byteOffset, source }: the variable's name, and the bytes to be copied");
  }
  // A region's copies have it, and their places would be taken for the beginning.
  if ("offset" in found) throw new TypeError("a copy to a variable has a byteOffset, in the variable, and no offset");
  return found as NamedCopy;
}

/** The same, without looking for a name that was looked for just before: many blocks of one variable are copied. */
function inARow(storageOf: (name: string) => VariableStorage): (name: string) => VariableStorage {
  let last: { readonly name: string; readonly storage: VariableStorage } | undefined;
  return (name) => {
    if (last?.name !== name) last = { name, storage: storageOf(name) };
    return last.storage;
  };
}

/** Starts many copies at once; their variables keep their extents until they have ended. */
export function copyManyAsync(
  region: Region,
  storageOf: (name: string) => VariableStorage,
  copies: readonly NamedCopy[],
  options: AsyncOptions | undefined,
): CopyJob {
  const placed = placeCopies(storageOf, copies);
  const job = region.copyManyAsync(placed, options);
  const settle = (): void => {
    for (const { source } of placed) job.settle(source.buffer, source.byteOffset, source.byteLength);
  };
  // One count for each copy: a variable may be there twice.
  for (const { storage } of placed) storage.copyBegun(settle);
  const finish = async (): Promise<void> => {
    try {
      await job.done;
    } finally {
      for (const { storage } of placed) storage.copyEnded(settle);
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
