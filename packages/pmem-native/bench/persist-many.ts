/** Many small changes, made durable together: what a commit of a transaction or a step of an optimiser does. */

import { type Contender, cPeer, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, libpmemEnvironment, mapOn, mappedPath, removeMapped } from "./region.ts";

const FILE_BYTES = 64 * 2 ** 20;
const RANGE_BYTES = 64;
const RANGES = 1000;
/** Odd, hence each place comes once before any comes again. */
const STRIDE_LINES = 7919;
const LINES = FILE_BYTES / RANGE_BYTES;
/** So many lists are timed together: a clock is read in a fortieth of the time of one. Their lines fit into the caches. */
const LISTS = 8;

export function persistManyWorkload(medium: Medium): Workload {
  const roundsOf = ({ quick }: RunContext): number => (quick ? 30 : 250);
  return {
    id: `persist-many.${medium.id}`,
    title: `persist ${RANGES} scattered ranges of 64 B together`,
    unit: "us",
    better: "lower",
    directory: medium.directory,
    warmups: 2,
    ours: ours(medium, roundsOf),
    peers: [
      cPeer({
        name: "libpmem in C",
        source: new URL("../peers/persist_many.c", import.meta.url),
        libraries: ["pmem"],
        needs: "libpmem-dev",
        arguments: (context) => [
          mappedPath(medium),
          String(FILE_BYTES),
          String(RANGES),
          String(STRIDE_LINES),
          String(LISTS),
          String(roundsOf(context)),
          medium.survives,
        ],
        environment: libpmemEnvironment(medium),
        bar: 1,
      }),
    ],
  };
}

function ours(medium: Medium, roundsOf: (context: RunContext) => number): Contender {
  return {
    name: "pmem-native",
    start(context) {
      const region = mapOn(medium, FILE_BYTES);
      const bytes = new Uint8Array(region.view(0, FILE_BYTES));
      const lists = Array.from({ length: LISTS }, () => new Float64Array(2 * RANGES));
      const rounds = roundsOf(context);
      let line = 0;
      const persistAll = (): void => {
        for (const ranges of lists) region.persistMany(ranges);
      };
      return {
        durability: describeDurability(region),
        sample: () => {
          let seconds = 0;
          for (let round = 0; round < rounds; round++) {
            for (const ranges of lists) {
              for (let index = 0; index < RANGES; index++) {
                line = (line + STRIDE_LINES) % LINES;
                bytes[line * RANGE_BYTES] = round;
                ranges[2 * index] = line * RANGE_BYTES;
                ranges[2 * index + 1] = RANGE_BYTES;
              }
            }
            seconds += secondsOf(persistAll);
          }
          return (seconds * 1e6) / (rounds * LISTS);
        },
        stop: () => removeMapped(region),
      };
    },
  };
}
