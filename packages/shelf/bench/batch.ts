/** A thousand small values in one transaction, over and over on a store that has run for a while: the price of one sync. */

import { join } from "node:path";

import { type Contender, type Medium, secondsOf, type Workload } from "@nodemm/bench";

import { lmdbStore, removeStore, shelfStore, type StoreKind } from "./stores.ts";

const BATCH = 1000;
const NAMES = 10 * BATCH;

export function batchWorkload(medium: Medium): Workload {
  return {
    id: `batch-1000.${medium.id}`,
    title: "set 1,000 small values in one transaction: a value",
    unit: "ns",
    better: "lower",
    directory: medium.directory,
    warmups: 2,
    samples: 9,
    ours: contender(shelfStore, medium),
    // The bar is a plain file's: on tmpfs a sync costs nothing.
    peers: [{ ...contender(lmdbStore, medium), ...(medium.id !== "dev-shm" && { bar: 1 }) }],
  };
}

function contender(kind: StoreKind, medium: Medium): Contender {
  return {
    name: kind.name,
    start({ quick }) {
      const path = join(medium.directory, `batch-${kind.name}`);
      const store = kind.open(path, medium);
      const names = Array.from({ length: NAMES }, (_, index) => `name-${index}`);
      const transactions = quick ? 10 : 50;
      let round = 0;
      return {
        durability: kind.durability(medium),
        sample() {
          const seconds = secondsOf(() => {
            for (let index = 0; index < transactions; index++) {
              round++;
              const first = (round * BATCH) % NAMES;
              store.transaction(() => {
                for (let at = first; at < first + BATCH; at++) store.set(names[at], round);
              });
            }
          });
          return (seconds * 1e9) / (transactions * BATCH);
        },
        async stop() {
          await store.close();
          removeStore(path);
          removeStore(`${path}-lock`);
        },
      };
    },
  };
}
