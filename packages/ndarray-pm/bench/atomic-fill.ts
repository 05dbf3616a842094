/**
 * Filling 1 GiB on a shelf so that a crash leaves the old bytes or the new ones: the old bytes go to the log, the new
 * ones to their place. So the medium is written twice, and nothing that keeps the promise can be faster than that.
 */

import { type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { type NDArray, zeros } from "@nodemm/ndarray-pm";

import { openBenchShelf } from "./shelf.ts";

const BYTES = 2 ** 30;
/** Elements that are stored at once, from the inner cache. */
const BLOCK = 16_384;

export function atomicFillWorkload(medium: Medium): Workload {
  const countOf = ({ quick }: { quick: boolean }): number => (quick ? BYTES / 8 : BYTES) / 8;
  return {
    id: `atomic-fill-1gib.${medium.id}`,
    title: "fill 1 GiB of float64, failure-atomic",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    warmups: 2,
    ours: {
      name: "fill on a shelf",
      start(context) {
        const shelf = openBenchShelf(medium, "2560 MiB");
        shelf.set("x", zeros(countOf(context)));
        const x = shelf.get("x")!;
        let value = 0;
        return {
          durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
          sample: () => secondsOf(() => x.fill(++value)) * 1e3,
          stop: () => shelf.close(),
        };
      },
    },
    peers: [
      {
        name: "log and data, written past the caches",
        bar: 1 / 0.8,
        start(context) {
          const shelf = openBenchShelf(medium, "2304 MiB", "limit.shelf");
          for (const name of ["old", "log"]) shelf.set(name, zeros(countOf(context)));
          const [old, log] = ["old", "log"].map((name) => shelf.get(name)!);
          const block = new Float64Array(BLOCK);
          return {
            durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
            sample: () => secondsOf(() => writeTwice(old, log, block)) * 1e3,
            stop: () => shelf.close(),
          };
        },
      },
    ],
  };
}

/** The least that a log needs: the old elements are copied to it, a fence, the new ones are stored, a fence. */
function writeTwice(old: NDArray, log: NDArray, block: Float64Array): void {
  const [from, to] = [old.storage!, log.storage!];
  to.copy(0, old.data);
  to.drain();
  block.fill(block[0] + 1);
  for (let at = 0; at < old.size; at += BLOCK) from.copy(at * 8, block.subarray(0, Math.min(BLOCK, old.size - at)));
  from.drain();
}
