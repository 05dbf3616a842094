/** From a closed store of ten thousand names to the first value in hand: what a restart waits for. */

import { join } from "node:path";

import { type Contender, type Medium, secondsOf, type Workload } from "@nodemm/bench";

import { fileStore, lmdbStore, removeStore, shelfStore, type Store, type StoreKind } from "./stores.ts";

const NAMES = 10_000;

export function reopenWorkload(medium: Medium): Workload {
  // On a disk, ten thousand synced files take minutes to make.
  const kinds = medium.id === "dev-shm" ? [lmdbStore, fileStore] : [lmdbStore];
  return {
    id: `reopen-10k.${medium.id}`,
    title: "reopen with 10,000 names, get one",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 15,
    warmups: 3,
    ours: contender(shelfStore, medium),
    peers: kinds.map((kind) => contender(kind, medium)),
  };
}

function contender(kind: StoreKind, medium: Medium): Contender {
  return {
    name: kind.name,
    async start() {
      const path = join(medium.directory, kind.name);
      const made = kind.open(path, medium);
      made.transaction(() => {
        for (let index = 0; index < NAMES; index++) made.set(`name-${index}`, index);
      });
      await made.close();
      return {
        durability: kind.durability(medium),
        async sample() {
          let store: Store | undefined;
          let value: unknown;
          const seconds = secondsOf(() => {
            store = kind.open(path, medium);
            value = store.get("name-7777");
          });
          if (value !== 7777) throw new Error(`${kind.name}: expected 7777 under name-7777, found ${String(value)}`);
          await store!.close();
          return seconds * 1e3;
        },
        stop: () => removeStore(path),
      };
    },
  };
}
