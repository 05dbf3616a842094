/** From a closed store to the first value in hand: what a restart waits for. */

import { statfsSync } from "node:fs";
import { join } from "node:path";

import { type Contender, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";

import {
  describeDurability,
  fileStore,
  lmdbStore,
  openOn,
  removeStore,
  shelfStore,
  type Store,
  type StoreKind,
} from "./stores.ts";

/** Openings before those that count: the bars are of a process whose code V8 has compiled. */
const WARMUPS = 20;

export function reopenWorkload(medium: Medium): Workload {
  const names = 10_000;
  // On a disk, ten thousand synced files take minutes to make.
  const kinds = medium.id === "dev-shm" ? [lmdbStore, fileStore] : [lmdbStore];
  return {
    id: `reopen-10k.${medium.id}`,
    title: "reopen with 10,000 names, get one",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 15,
    warmups: WARMUPS,
    ...(medium.id === "dev-shm" && { goal: 5 }),
    ours: contender(shelfStore, medium, () => names),
    peers: kinds.map((kind) => contender(kind, medium, () => names)),
  };
}

export function reopenManyWorkload(medium: Medium): Workload {
  return {
    id: `reopen-1m.${medium.id}`,
    title: "reopen with 1,000,000 names, get one",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    goal: 600,
    ours: contender(shelfStore, medium, ({ quick }) => (quick ? 100_000 : 1_000_000)),
    peers: [],
  };
}

/** Whether the 10 GB fit on a medium and, of one in memory, beside what else is there. */
export function hasRoomForLarge({ id, directory }: Medium): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return Math.min(bavail * bsize, id === "dev-shm" ? process.availableMemory() : Infinity) > 14e9;
}

/** The same shelf with little and with much data: opening must not look at it. */
export function reopenLargeWorkload(medium: Medium): Workload {
  const small = largeContender("10 MB of data", medium, () => 10e6);
  return {
    id: `reopen-10gb.${medium.id}`,
    title: "reopen with 10 GB of data",
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 15,
    warmups: WARMUPS,
    ours: largeContender("10 GB of data", medium, ({ quick }) => (quick ? 1e9 : 10e9)),
    peers: [{ ...small, bar: 1.2 }],
  };
}

function contender(kind: StoreKind, medium: Medium, countOf: (context: RunContext) => number): Contender {
  return {
    name: kind.name,
    async start(context) {
      const path = join(medium.directory, kind.name);
      const made = kind.open(path, medium);
      const names = countOf(context);
      made.transaction(() => {
        for (let index = 0; index < names; index++) made.set(`name-${index}`, index);
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

function largeContender(name: string, medium: Medium, bytesOf: (context: RunContext) => number): Contender {
  const part = 10e6;
  return {
    name,
    start(context) {
      const path = join(medium.directory, name.replaceAll(" ", "-"));
      const bytes = bytesOf(context);
      const made = openOn<Record<string, Uint8Array>>(medium, path, (bytes * 17) / 16 + 2 ** 26);
      const data = new Uint8Array(part).fill(7);
      // As many names in both, so that only the bytes differ.
      for (let index = 0; index < 1000; index++) made.set(`part-${index}`, data.subarray(0, bytes / 1000));
      made.close();
      return {
        durability: describeDurability(medium),
        sample() {
          const open = (): void => openOn(medium, path, bytes).close();
          return secondsOf(open) * 1e3;
        },
        stop: () => removeStore(path),
      };
    },
  };
}
