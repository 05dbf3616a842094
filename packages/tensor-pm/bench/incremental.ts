/**
 * The save of a state dict after one block of 4 KiB in a hundred has changed, beside the first save on a new shelf, which
 * makes the pages, and beside a later save of everything. On a disk a save leaves work for a thread: `told` and `compared` are
 * what a training waits for whose steps take longer than that, `back-to-back` is all of it.
 */

import {
  type Contender,
  type Medium,
  type RunContext,
  type Runner,
  secondsOf,
  secondsOfAsync,
  type Workload,
} from "@nodemm/bench";
import { rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import type { Shelf } from "@nodemm/shelf";
import { ChangeSet, save, type SaveOptions, type Tensor } from "@nodemm/tensor-pm";

import { bytesOf, makeState, openStateShelf, type StateSize } from "./state.ts";

const elementsPerBlock = 1024;
const blocksPerChange = 100;
const savesInARow = 4;

export function incrementalWorkload(medium: Medium, size: StateSize, way: "told" | "compared"): Workload {
  const isTold = way === "told";
  return {
    id: `save-1-percent-${way}-${size.id}.${medium.id}`,
    title: `save ${size.title} with 1% of the blocks changed, ${way}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    ours: {
      name: "save of what changed",
      start: (context) =>
        laterSaves(medium, size, context, `changed-${way}`, (changes) => ({ changes: isTold ? changes : "compare" })),
    },
    peers: [
      { ...firstSave(medium, size), ...(isTold ? { bar: 1 / 20 } : {}) },
      { name: "later save of everything", start: (context) => laterSaves(medium, size, context, "whole", () => ({})) },
    ],
  };
}

/** The mean of saves with nothing between them but the changes, and of what they leave to be done. */
export function backToBackWorkload(medium: Medium, size: StateSize): Workload {
  return {
    id: `save-1-percent-back-to-back-${size.id}.${medium.id}`,
    title: `save ${size.title} with 1% of the blocks changed, told, ${savesInARow} times in a row, until all is in its place`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: 5,
    ours: {
      name: "save of what changed",
      start: (context) =>
        laterSaves(medium, size, context, "changed-in-a-row", (changes) => ({ changes }), savesInARow),
    },
    peers: [firstSave(medium, size)],
  };
}

function firstSave(medium: Medium, size: StateSize): Contender {
  return {
    name: "first save",
    start(context) {
      const state = makeState(size, context);
      const openNew = (): ReturnType<typeof openStateShelf> =>
        openStateShelf(medium, `first-${size.id}`, bytesOf(size, context));
      let shelf = openNew();
      return {
        durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
        sample() {
          shelf.close();
          rmSync(shelf.source);
          shelf = openNew();
          return 1e3 * secondsOf(() => save(shelf, "run", state));
        },
        stop() {
          shelf.close();
          rmSync(shelf.source);
        },
      };
    },
  };
}

/** Saves in a steady loop: the first ones, in \`start\`, are not measured. */
function laterSaves(
  medium: Medium,
  size: StateSize,
  context: RunContext,
  name: string,
  optionsOf: (changes: ChangeSet) => SaveOptions,
  inARow = 0,
): Runner {
  const shelf = openStateShelf(medium, `${name}-${size.id}`, bytesOf(size, context));
  const state = makeState(size, context);
  save(shelf, "run", state);
  let round = 0;
  const saveOnce = (): number => {
    const changes = new ChangeSet();
    round++;
    for (const tensor of state.values()) change(tensor, round, changes);
    return 1e3 * secondsOf(() => save(shelf, "run", state, optionsOf(changes)));
  };
  const sample = async (): Promise<number> => {
    let spent = 0;
    for (let time = 0; time < Math.max(1, inARow); time++) spent += saveOnce();
    const waited = 1e3 * (await secondsOfAsync(() => untilFolded(shelf)));
    return inARow === 0 ? spent : (spent + waited) / inARow;
  };
  for (let warmup = 0; warmup < size.warmups; warmup++) saveOnce();
  return {
    durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
    sample,
    stop() {
      shelf.close();
      rmSync(shelf.source);
    },
  };
}

/** Waits until the blocks that the last save has written ahead are in their places, as the delta's first word says. */
async function untilFolded(shelf: Shelf): Promise<void> {
  const record = shelf.get("run") as { readonly delta?: number; dataName(number: number): string };
  if (record.delta === undefined) return;
  const word = new BigUint64Array(shelf.storage(record.dataName(record.delta)).buffer, 0, 1);
  while (word[0] !== 0n) await setTimeout(1);
}

function change(tensor: Tensor, round: number, changes: ChangeSet): void {
  const data = tensor.array.data as Float32Array;
  const step = elementsPerBlock * blocksPerChange;
  for (let at = (round % blocksPerChange) * elementsPerBlock; at < data.length; at += step) {
    const length = Math.min(elementsPerBlock, data.length - at);
    data.fill(round, at, at + length);
    changes.add(tensor, at, length);
  }
}
