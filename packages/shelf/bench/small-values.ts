/** Small named values in a shelf that has run for a while, each change durable on return: made, replaced, erased. */

import { join } from "node:path";

import { type Contender, cPeer, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";
import type { Shelf } from "@nodemm/shelf";

import { describeDurability, openOn, removeStore } from "./stores.ts";

const VERBS = {
  create: { title: "create a small named value", goal: 2000, bar: 1 },
  replace: { title: "replace a small named value", goal: 2500, bar: undefined },
  erase: { title: "erase a small named value", goal: 2500, bar: undefined },
} as const;
type Verb = keyof typeof VERBS;

/** Lists of a hash table: about one value a list. */
const BUCKETS = 65_536;

export function smallValueWorkloads(medium: Medium): readonly Workload[] {
  return (Object.keys(VERBS) as Verb[]).map((verb) => smallValueWorkload(medium, verb));
}

function smallValueWorkload(medium: Medium, verb: Verb): Workload {
  const { title, goal, bar } = VERBS[verb];
  const countOf = ({ quick }: RunContext): number => (quick ? 20_000 : 50_000);
  const peer = (name: string, buckets: number) =>
    cPeer({
      name,
      source: new URL("../peers/small_values.c", import.meta.url),
      libraries: ["pmemobj"],
      needs: "libpmemobj-dev",
      arguments: (context) => [
        join(medium.directory, `pool-${buckets}`),
        verb,
        String(countOf(context)),
        String(buckets),
        medium.survives,
      ],
      environment: { PMEM_IS_PMEM_FORCE: "1" },
      ...(bar !== undefined && { bar }),
    });
  return {
    id: `${verb}-small.${medium.id}`,
    title: `${title}, durable on return`,
    unit: "ns",
    better: "lower",
    directory: medium.directory,
    warmups: 3,
    goal,
    ours: ours(medium, verb, countOf),
    peers: [peer("libpmemobj list in C", 1), peer("libpmemobj hash table in C", BUCKETS)],
  };
}

function ours(medium: Medium, verb: Verb, countOf: (context: RunContext) => number): Contender {
  return {
    name: "shelf",
    start(context) {
      const shelf = openOn<Record<string, number>>(medium, join(medium.directory, "small"), "256 MiB");
      const names = Array.from({ length: countOf(context) }, (_, index) => `name-${index}`);
      const create = (): void => names.forEach((name, index) => shelf.set(name, index));
      const erase = (): void => names.forEach((name) => shelf.delete(name));
      const work = verb === "erase" ? erase : create;
      return {
        durability: describeDurability(medium),
        sample() {
          if (verb !== "create") shelf.transaction(create);
          const seconds = secondsOf(work);
          shelf.clear();
          return (seconds * 1e9) / names.length;
        },
        stop: () => closeAndRemove(shelf),
      };
    },
  };
}

function closeAndRemove(shelf: Shelf<Record<string, number>>): void {
  const { source } = shelf;
  shelf.close();
  removeStore(source);
}
