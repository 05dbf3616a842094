import { rmSync } from "node:fs";
import { join } from "node:path";

import { asPersistentMemory, type Medium } from "@nodemm/bench";
import { type NDArray, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";

/** A new shelf on a medium, in place of the last; `/dev/shm` stands in for persistent memory. */
export function openBenchShelf(medium: Medium, size: string, name = "bench.shelf"): Shelf<Record<string, NDArray>> {
  const path = join(medium.directory, name);
  rmSync(path, { force: true });
  return asPersistentMemory(medium, () => openShelf<Record<string, NDArray>>(path, { size, types: [ndarrayCodec] }));
}
