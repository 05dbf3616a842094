/** Transactions that each change one range of numbers in place, at a random spot of a large variable. */

import { join } from "node:path";

import { type Contender, cPeer, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, openOn, removeStore } from "./stores.ts";

const OBJECT_BYTES = 64 * 2 ** 20;
/** So few numbers are stored one by one, which takes less than the engine's call of `fill`. */
const ROW_BYTES = 64;

function storeRow(data: Float64Array, start: number, count: number, value: number): void {
  for (let index = start; index < start + count; index++) data[index] = value;
}

function fillRange(data: Float64Array, start: number, count: number, value: number): void {
  data.fill(value, start, start + count);
}

export function transactionWorkload(medium: Medium, rangeBytes: number, label: string): Workload {
  const full = rangeBytes >= 2 ** 20 ? 200 : 50_000;
  const countOf = ({ quick }: RunContext): number => (quick ? full / 5 : full);
  return {
    id: `transaction-${label.replace(" ", "").toLowerCase()}.${medium.id}`,
    title: `transaction that changes ${label} in place`,
    unit: rangeBytes >= 2 ** 20 ? "us" : "ns",
    better: "lower",
    directory: medium.directory,
    warmups: 3,
    ours: ours(medium, rangeBytes, countOf),
    peers: [
      cPeer({
        name: "libpmemobj TX_ADD in C",
        source: new URL("../peers/transaction.c", import.meta.url),
        libraries: ["pmemobj"],
        needs: "libpmemobj-dev",
        arguments: (context) => [
          join(medium.directory, "pool"),
          String(OBJECT_BYTES),
          String(rangeBytes),
          String(countOf(context)),
          medium.survives,
        ],
        environment: { PMEM_IS_PMEM_FORCE: "1" },
        bar: 1,
      }),
    ],
  };
}

function ours(medium: Medium, rangeBytes: number, countOf: (context: RunContext) => number): Contender {
  return {
    name: "shelf",
    start(context) {
      const path = join(medium.directory, "transactions");
      const shelf = openOn<{ data: Float64Array }>(medium, path, "192 MiB");
      shelf.vars.data = new Float64Array(OBJECT_BYTES / 8);
      const { data } = shelf.vars;
      const set = rangeBytes > ROW_BYTES ? fillRange : storeRow;
      const count = countOf(context);
      const places = OBJECT_BYTES / rangeBytes;
      let random = 1;
      const change = (): void => {
        for (let index = 0; index < count; index++) {
          // xorshift32, as in the other contenders.
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          const offset = ((random >>> 0) % places) * rangeBytes;
          shelf.transaction(() => {
            shelf.snapshot("data", offset, rangeBytes);
            set(data, offset / 8, rangeBytes / 8, index);
          });
        }
      };
      const scale = rangeBytes >= 2 ** 20 ? 1e6 : 1e9;
      return {
        durability: describeDurability(medium),
        sample: () => (secondsOf(change) * scale) / count,
        stop() {
          shelf.close();
          removeStore(path);
        },
      };
    },
  };
}
