/** The value of a name that the program knows, on a shelf of many. */

import { join } from "node:path";

import { type Medium, secondsOf, type Workload } from "@nodemm/bench";

import { describeDurability, openOn, removeStore } from "./stores.ts";

const NAMES = 10_000;
const ROUNDS = 100;

export function getWorkload(medium: Medium): Workload {
  return {
    id: `get.${medium.id}`,
    title: `get of a known name, of ${NAMES.toLocaleString("en")}`,
    unit: "ns",
    better: "lower",
    directory: medium.directory,
    warmups: 3,
    goal: 100,
    ours: {
      name: "shelf",
      start() {
        const path = join(medium.directory, "get");
        const shelf = openOn<Record<string, number>>(medium, path, "64 MiB");
        const names = Array.from({ length: NAMES }, (_, index) => `name-${index}`);
        shelf.transaction(() => names.forEach((name, index) => shelf.set(name, index)));
        return {
          durability: describeDurability(medium),
          sample() {
            let sum = 0;
            const seconds = secondsOf(() => {
              for (let round = 0; round < ROUNDS; round++) for (const name of names) sum += shelf.get(name)!;
            });
            if (sum !== (ROUNDS * NAMES * (NAMES - 1)) / 2) throw new Error(`the values do not add up: ${sum}`);
            return (seconds * 1e9) / (ROUNDS * NAMES);
          },
          stop() {
            shelf.close();
            removeStore(path);
          },
        };
      },
    },
    peers: [],
  };
}
