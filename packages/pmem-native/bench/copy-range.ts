/**
 * Copies past the caches, each durable before the next: from the record to the array. Beside the same copy in C stands
 * the fastest way to store so many bytes at all, which reads no source.
 */

import { type Contender, cPeer, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, libpmemEnvironment, mapOn, mappedPath, removeMapped } from "./region.ts";

/** Small copies go to one place after the other, over so many bytes. */
const LEAST_WINDOW_BYTES = 4 * 2 ** 20;
/** Time, where nine tenths of the bandwidth must be reached. */
const BAR_OF_BEST_STORE = 1 / 0.9;

export interface CopiedRange {
  /** For the workload's id: `4kib`. */
  readonly name: string;
  /** For its title. */
  readonly size: string;
  readonly bytes: number;
  readonly copies: number;
  readonly bar: number;
  /** Whether the bandwidth of stores must be reached as well. */
  readonly atStoreBandwidth: boolean;
}

export function copyRangeWorkload(medium: Medium, range: CopiedRange): Workload {
  const window = Math.max(range.bytes, LEAST_WINDOW_BYTES);
  const copiesOf = ({ quick }: RunContext): number => Math.ceil(range.copies / (quick ? 4 : 1));
  const peer = (name: string, verb: string, bar: number) =>
    cPeer({
      name,
      source: new URL("../peers/copy_range.c", import.meta.url),
      libraries: ["pmem"],
      needs: "libpmem-dev",
      arguments: (context) => [
        verb,
        mappedPath(medium),
        String(range.bytes),
        String(window),
        String(copiesOf(context)),
        medium.survives,
      ],
      environment: libpmemEnvironment(medium),
      bar,
    });
  return {
    id: `copy-${range.name}.${medium.id}`,
    title: `copy ${range.size} and persist it`,
    unit: "us",
    better: "lower",
    directory: medium.directory,
    ours: ours(medium, range.bytes, window, copiesOf),
    peers: [
      peer("libpmem in C", "copy", range.bar),
      ...(range.atStoreBandwidth ? [peer("libpmem in C, fill", "fill", BAR_OF_BEST_STORE)] : []),
    ],
  };
}

function ours(medium: Medium, bytes: number, window: number, copiesOf: (context: RunContext) => number): Contender {
  return {
    name: "pmem-native",
    start(context) {
      const region = mapOn(medium, window);
      const source = new Uint8Array(bytes).fill(7);
      const copies = copiesOf(context);
      const copyAll = (): void => {
        for (let copy = 0, offset = 0; copy < copies; copy++) {
          region.copy(offset, source);
          region.drain();
          offset += bytes;
          if (offset + bytes > window) offset = 0;
        }
      };
      return {
        durability: describeDurability(region),
        sample: () => (secondsOf(copyAll) * 1e6) / copies,
        stop: () => removeMapped(region),
      };
    },
  };
}
