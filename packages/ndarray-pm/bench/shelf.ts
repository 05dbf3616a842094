import { rmSync } from "node:fs";
import { join } from "node:path";

import type { Medium } from "@nodemm/bench";
import { type NDArray, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";

/** A new shelf on a medium, in place of the last; `/dev/shm` stands in for persistent memory. */
export function openBenchShelf(medium: Medium, size: string): Shelf<Record<string, NDArray>> {
  // The variable is read when the shelf's file is mapped.
  if (medium.id === "dev-shm") process.env["NODEMM_FORCE_GRANULARITY"] = "cache-line";
  const path = join(medium.directory, "bench.shelf");
  rmSync(path, { force: true });
  try {
    return openShelf<Record<string, NDArray>>(path, { size, types: [ndarrayCodec] });
  } finally {
    delete process.env["NODEMM_FORCE_GRANULARITY"];
  }
}
