/** Power that fails while a thread copies changed blocks to their places, at each turn of the event loop. */
import { setImmediate } from "node:timers/promises";
import { dram, type PersistPoint, type PowerFailureOptions, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import type { CheckpointRecord } from "../../src/checkpoint/record.ts";
import { ChangeSet, load, pruneVersions, save, saveAsync, type Tensor, tensor, tensorTypes } from "../../src/index.ts";

type AnyShelf = Shelf<Record<string, any>>;
interface State {
  readonly w: Tensor;
  readonly v: Tensor;
  epoch: number;
}

const elements = 1024;
const epochs = 14;
const textOf = ({ w, v, epoch }: State): string => `${epoch}: ${w.array.data.join()} ${v.array.data.join()}`;

/** Examines the states that power failures leave, until one is wrong: says which; undefined if none is. */
async function findViolation(
  options: PowerFailureOptions = {},
): Promise<{ violation: string | undefined; points: PersistPoint[]; images: number }> {
  let examine: ((when: string) => void) | undefined;
  const inner = dram({ size: 256 * 1024, granularity: "page" });
  const region = simulatePowerFailure(inner, { ...options, onPersistPoint: (kind) => examine?.(`at a ${kind}`) });
  const shelf: AnyShelf = openShelf(region, { types: tensorTypes });
  const state: State = { w: tensor({ shape: [elements] }), v: tensor({ shape: [elements] }), epoch: 0 };
  let images = 0;
  let allowed: string[] = [];
  const violations: string[] = [];
  const look = (when: string): void => {
    for (const { bytes } of region.crashImages({ limit: 24, seed: images })) {
      images++;
      const after: AnyShelf = openShelf(dram({ image: bytes, granularity: "page" }), { types: tensorTypes });
      const found = textOf(load<State>(after, "run", { copy: true }));
      after.close();
      // What throws in a turn is for nobody.
      if (!allowed.includes(found)) violations.push(`${when}, epoch ${state.epoch}: found epoch ${found.slice(0, 60)}`);
    }
  };
  const change = (tree: State, epoch: number): void => {
    tree.w.array.set(64 * epoch, epoch);
    tree.v.array.set(elements - 1 - 64 * epoch, epoch);
  };
  save(shelf, "run", state);
  examine = look;
  for (let epoch = 1; epoch <= epochs && violations.length === 0; epoch++) {
    const before = textOf(state);
    state.epoch = epoch;
    const changes = new ChangeSet();
    // Now and then nothing but the epoch has changed, so that the record alone is written.
    if (epoch % 4 !== 0) {
      change(state, epoch);
      changes.add(state.w, 64 * epoch, 1).add(state.v, elements - 1 - 64 * epoch, 1);
    }
    allowed = [before, textOf(state)];
    if (epoch % 3 === 0) await saveAsync(shelf, "run", state, { changes });
    else save(shelf, "run", state, { changes });
    allowed = [textOf(state)];
    if (epoch % 7 === 0) pruneVersions(shelf, "run", { keep: 1 });
    for (let turn = 0; turn < epoch % 7; turn++) {
      look("between two turns");
      await setImmediate();
    }
    look("after a save");
    if (epoch % 2 === 1) continue;
    const loaded = load<State>(shelf, "run");
    state.w.narrow(0, 64 * epoch, 2).add_(1000);
    allowed.push(textOf(state));
    if (epoch % 8 !== 2) {
      loaded.w.narrow(0, 64 * epoch, 2).add_(1000);
    } else {
      // By a plain store, which another thread makes durable.
      const record = shelf.get("run") as CheckpointRecord;
      const { data } = record.latest!.leaves.find(({ path }) => path.includes("w"))!;
      for (const at of [64 * epoch, 64 * epoch + 1]) loaded.w.array.set(at, state.w.array.get(at));
      await shelf.storage(record.dataName(data)).persistAsync(256 * epoch, 8);
    }
    allowed = [textOf(state)];
    look("after a change");
  }
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  look("at the end");
  examine = undefined;
  return {
    violation: violations.at(0),
    points: options.recordCallSites === true ? region.enumeratePersistPoints() : [],
    images,
  };
}

test("power that fails at any turn of a fold leaves the version, and what was changed through it", async () => {
  const { violation, images } = await findViolation();
  expect(violation).toBeUndefined();
  expect(images).toBeGreaterThan(300);
  console.log(`${images} images`);
});

test("each fence of a fold is needed, at whatever turn the next save or load comes", async () => {
  const { points } = await findViolation({ recordCallSites: true, callSiteFrames: 3 });
  // But for the one before a save, which fences once more before its record.
  const folds = points.filter(({ kind, callSite }) => {
    return /checkpoint\/fold/u.test(callSite) && !(kind === "drain" && callSite.includes("checkpoint/save"));
  });
  const survivors: string[] = [];
  for (const point of folds) {
    const drop = (kind: string, callSite: string): boolean => kind === point.kind && callSite === point.callSite;
    const { violation } = await findViolation({ callSiteFrames: 3, mutate: { drop } });
    if (violation === undefined) survivors.push(`${point.kind} ${point.callSite}`);
  }
  console.log(`${folds.length - survivors.length} of ${folds.length} mutants caught`);
  expect(folds.length).toBeGreaterThan(5);
  expect(survivors).toStrictEqual([]);
});
