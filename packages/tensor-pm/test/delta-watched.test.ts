/** Who is told of the commit of a save uses the shelf before the save has returned. */
import { type ChannelListener, subscribe, unsubscribe } from "node:diagnostics_channel";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { ChangeSet, pruneVersions, save, type Tensor, tensor } from "../src/index.ts";
import type { CheckpointRecord } from "../src/checkpoint/record.ts";
import { afterPowerFailure, type AnyShelf, freshShelf, load } from "./support/checkpoint-shelf.ts";

/** Runs `listener` at the first commit that leaves a record with a delta. */
function whenCommitted(shelf: AnyShelf, listener: () => void, work: () => void): void {
  let isTold = false;
  const heard: ChannelListener = () => {
    if (isTold || (shelf.get("run") as CheckpointRecord).delta === undefined) return;
    isTold = true;
    listener();
  };
  subscribe("nodemm.shelf.commit", heard);
  try {
    work();
  } finally {
    unsubscribe("nodemm.shelf.commit", heard);
  }
  expect(isTold).toBe(true);
}

const told = ({ w }: { w: Tensor }, value: number): ChangeSet => new ChangeSet().add(w.narrow(0, 0, 10).fill_(value));

const listeners: Record<string, (shelf: AnyShelf, state: { w: Tensor }) => void> = {
  "changes what it loads": (shelf) => load(shelf, "run").w.narrow(0, 0, 10).fill_(4),
  saves: (shelf, state) => void save(shelf, "run", state, { changes: told(state, 4) }),
  "saves twice": (shelf, state) => {
    save(shelf, "run", state, { changes: told(state, 3) });
    save(shelf, "run", state, { changes: told(state, 4) });
  },
  "saves whole, prunes and changes what it loads": (shelf, state) => {
    save(shelf, "run", state);
    pruneVersions(shelf, "run", { keep: 1 });
    load(shelf, "run").w.narrow(0, 0, 10).fill_(4);
  },
  "prunes and changes what it loads": (shelf) => {
    pruneVersions(shelf, "run", { keep: 1 });
    load(shelf, "run").w.narrow(0, 0, 10).fill_(4);
  },
};

test.each(Object.entries(listeners))("no block comes over what a listener stores that %s", async (_, listener) => {
  const { shelf, region } = freshShelf(4 << 20, "page");
  const state = { w: tensor({ shape: [20_000] }) };
  save(shelf, "run", state);
  const work = (): void => void save(shelf, "run", state, { changes: told(state, 2) });
  whenCommitted(shelf, () => listener(shelf, state), work);
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  for (const each of [afterPowerFailure(region), shelf]) expect(load(each, "run").w.array.get(0)).toBe(4);
});
