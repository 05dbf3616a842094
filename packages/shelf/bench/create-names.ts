/** Many small named values, each new: durable one by one, or together. */

import { join } from "node:path";

import { type Contender, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import { fileStore, lmdbStore, removeStore, shelfStore, type StoreKind } from "./stores.ts";

export function createNamesWorkload(medium: Medium, manner: "one by one" | "in one transaction"): Workload {
  const together = manner === "in one transaction";
  // A disk syncs some hundred times a second.
  const full = together || medium.id === "dev-shm" ? 10_000 : 100;
  const countOf = ({ quick }: RunContext): number => (quick ? full / 10 : full);
  const contend = (kind: StoreKind): Contender => contender(kind, medium, countOf, together);
  return {
    id: `create-names-${together ? "together" : "each"}.${medium.id}`,
    title: `create ${full.toLocaleString("en")} small names ${together ? manner : `${manner}, each durable`}: a name`,
    unit: "ns",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    ours: contend(shelfStore),
    peers: together ? [contend(lmdbStore)] : [contend(lmdbStore), contend(fileStore)],
  };
}

function contender(
  kind: StoreKind,
  medium: Medium,
  countOf: (context: RunContext) => number,
  together: boolean,
): Contender {
  return {
    name: kind.name,
    start(context) {
      const path = join(medium.directory, "store");
      const count = countOf(context);
      return {
        durability: kind.durability(medium),
        async sample() {
          const store = kind.open(path, medium);
          const create = (): void => {
            for (let index = 0; index < count; index++) store.set(`name-${index}`, index);
          };
          const seconds = secondsOf(together ? () => store.transaction(create) : create);
          await store.close();
          removeStore(path);
          return (seconds * 1e9) / count;
        },
        stop: () => removeStore(path),
      };
    },
  };
}
