/**
 * For how long an asynchronous save keeps a training from going on, beside a synchronous save. The training reads every
 * element of its state, then changes every element in place, step after step; the first step begins as soon as the save has
 * been called. It is kept from going on by the call itself, by what in-place operations copy or wait for, and by the
 * transactions in which the save ends.
 */

import { rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import { type Medium, type Peer, secondsOf, type Workload } from "@nodemm/bench";
import { watchWrites } from "@nodemm/ndarray-pm";
import type { Shelf } from "@nodemm/shelf";
import { type CheckpointShelf, save, saveAsync, type Tensor } from "@nodemm/tensor-pm";

import { bytesOf, makeState, openStateShelf, type StateSize } from "./state.ts";

export function blockedWorkload(medium: Medium, size: StateSize): Workload {
  return {
    id: `blocked-${size.id}.${medium.id}`,
    title: `training kept from going on by a save of ${size.title}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 7,
    warmups: size.warmups,
    ours: {
      name: "saveAsync",
      start(context) {
        const shelf = openStateShelf(medium, `blocked-${size.id}`, bytesOf(size, context));
        const state = makeState(size, context);
        return {
          durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
          sample: () => meanOf(size, () => blockedMs(shelf, state)),
          stop: () => {
            shelf.close();
            rmSync(shelf.source);
          },
        };
      },
    },
    peers: [synchronousSave(medium, size)],
  };
}

function synchronousSave(medium: Medium, size: StateSize): Peer {
  return {
    name: "save",
    bar: 0.1,
    start(context) {
      const shelf = openStateShelf(medium, `synchronous-${size.id}`, bytesOf(size, context));
      const state = makeState(size, context);
      return {
        durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
        sample: () =>
          meanOf(size, () => {
            step(state);
            return 1e3 * secondsOf(() => save(shelf, "run", state));
          }),
        stop: () => {
          shelf.close();
          rmSync(shelf.source);
        },
      };
    },
  };
}

async function meanOf({ timesPerSample }: StateSize, figure: () => number | Promise<number>): Promise<number> {
  let sum = 0;
  for (let time = 0; time < timesPerSample; time++) sum += await figure();
  return sum / timesPerSample;
}

/** Steps until the save has ended. */
async function blockedMs(shelf: Shelf, state: ReadonlyMap<string, Tensor>): Promise<number> {
  let blocked = 0;
  let sinceMs = 0;
  // Called before and after the save's own watcher.
  const stopFirst = watchWrites(() => (sinceMs = performance.now()));
  const progress = { isDone: false };
  const calledMs = performance.now();
  const saved = saveAsync(
    timed(shelf, (ms) => (blocked += ms)),
    "run",
    state,
  );
  blocked = performance.now() - calledMs;
  const stopLast = watchWrites(() => (blocked += performance.now() - sinceMs));
  const ended = saved.then(() => (progress.isDone = true));
  while (!progress.isDone) {
    step(state);
    await setImmediate();
  }
  await ended;
  stopFirst();
  stopLast();
  return blocked;
}

function step(state: ReadonlyMap<string, Tensor>): void {
  for (const { array } of state.values()) array.sum();
  for (const tensor of state.values()) tensor.mul_(0.999);
}

/** The same shelf, whose transactions are timed. */
function timed(shelf: Shelf, onTransaction: (ms: number) => void): CheckpointShelf {
  return {
    get inTransaction() {
      return shelf.inTransaction;
    },
    granularity: shelf.granularity,
    get: (name) => shelf.get(name),
    set: (name, value) => shelf.set(name, value),
    delete: (name) => shelf.delete(name),
    keys: () => shelf.keys(),
    info: (name) => shelf.info(name),
    storage: (name) => shelf.storage(name),
    release: (name) => shelf.release(name),
    snapshot: (saves) => shelf.snapshot(saves),
    copyMany: (copies) => shelf.copyMany(copies),
    copyManyAsync: (copies, options) => shelf.copyManyAsync(copies, options),
    transaction: (work) => {
      const startMs = performance.now();
      const result = shelf.transaction(work);
      onTransaction(performance.now() - startMs);
      return result;
    },
  };
}
