/** Stores that are done, made durable: how long a persist of a dirty range takes. The stores are not timed. */

import { type Contender, cPeer, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, libpmemEnvironment, mapOn, mappedPath, removeMapped } from "./region.ts";

/** Small ranges are persisted one after the other, over so many bytes that lie dirty in the caches. */
const LEAST_WINDOW_BYTES = 2 ** 20;

export interface PersistedRange {
  /** For the workload's id: `4kib`. */
  readonly name: string;
  /** For its title. */
  readonly size: string;
  readonly bytes: number;
  /** Windows a sample. */
  readonly rounds: number;
  readonly bar: number;
}

export function persistRangeWorkload(medium: Medium, range: PersistedRange): Workload {
  const window = Math.max(range.bytes, LEAST_WINDOW_BYTES);
  const roundsOf = ({ quick }: RunContext): number => Math.ceil(range.rounds / (quick ? 4 : 1));
  return {
    id: `persist-${range.name}.${medium.id}`,
    title: `persist ${range.size}, all of it dirty`,
    unit: "us",
    better: "lower",
    directory: medium.directory,
    ours: ours(medium, range.bytes, window, roundsOf),
    peers: [
      cPeer({
        name: "libpmem in C",
        source: new URL("../peers/persist_range.c", import.meta.url),
        libraries: ["pmem"],
        needs: "libpmem-dev",
        arguments: (context) => [
          mappedPath(medium),
          String(range.bytes),
          String(window),
          String(roundsOf(context)),
          medium.survives,
        ],
        environment: libpmemEnvironment(medium),
        bar: range.bar,
      }),
    ],
  };
}

function ours(medium: Medium, bytes: number, window: number, roundsOf: (context: RunContext) => number): Contender {
  return {
    name: "pmem-native",
    start(context) {
      const region = mapOn(medium, window);
      const data = new Uint8Array(region.view(0, window));
      const rounds = roundsOf(context);
      let stored = 0;
      const persistAll = (): void => {
        for (let offset = 0; offset < window; offset += bytes) region.persist(offset, bytes);
      };
      return {
        durability: describeDurability(region),
        sample: () => {
          let seconds = 0;
          for (let round = 0; round < rounds; round++) {
            data.fill(++stored);
            seconds += secondsOf(persistAll);
          }
          return (seconds * 1e6) / (rounds * (window / bytes));
        },
        stop: () => removeMapped(region),
      };
    },
  };
}
