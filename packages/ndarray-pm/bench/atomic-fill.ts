/**
 * Filling 256 MiB on a shelf so that a crash leaves the old bytes or the new ones: the old bytes go to the log, the new
 * ones to their place. So the memory is written twice, and nothing that keeps the promise can be faster than that.
 */

import { type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { zeros } from "@nodemm/ndarray-pm";

import { openBenchShelf } from "./shelf.ts";

const BYTES = 256 * 2 ** 20;

export function atomicFillWorkload(medium: Medium): Workload {
  const countOf = ({ quick }: { quick: boolean }): number => (quick ? BYTES / 8 : BYTES) / 8;
  return {
    id: `atomic-fill-256mib.${medium.id}`,
    title: "fill 256 MiB of float64, failure-atomic",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    warmups: 2,
    ours: {
      name: "fill on a shelf",
      start(context) {
        const shelf = openBenchShelf(medium, "768 MiB");
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
        name: "two writes of DRAM",
        start(context) {
          const copies = [new Float64Array(countOf(context)), new Float64Array(countOf(context))];
          let value = 0;
          return {
            durability: "none",
            sample: () => {
              value++;
              return secondsOf(() => copies.forEach((data) => data.fill(value))) * 1e3;
            },
          };
        },
      },
    ],
  };
}
