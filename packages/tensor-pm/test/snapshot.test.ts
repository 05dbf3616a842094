import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { announceWrite } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Adam, ChangeSet, load, save, saveAsync, type Tensor, tensor, tensorTypes } from "../src/index.ts";

type AnyShelf = Shelf<Record<string, any>>;
const folder = mkdtempSync(join(tmpdir(), "nodemm-snapshot-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than a piece that is copied at once. */
const elements = 700_000;
const names = ["a", "b", "c"] as const;

/** What a training may do between two turns of the event loop; some of it on views. */
const changes: ((x: Tensor) => unknown)[] = [
  (x) => x.add_(1),
  (x) => x.slice(`${elements / 2}:`).mul_(3),
  (x) => x.narrow(0, 5, 7).zero_(),
  (x) => x.flatten().slice("::2").neg_(),
  (x) => x.array.slice(`:${elements - 9}`).iadd(2),
  (x) => x.array.sort(),
  (x) => x.lerp_(x.clone().fill_(7), 0.5),
  (x) => {
    announceWrite(x.array);
    (x.array.data as Float32Array).fill(4);
  },
];
const step = fc.record({ which: fc.nat(2), how: fc.nat(changes.length - 1), turns: fc.nat(2) });

async function check(
  shelf: AnyShelf,
  onShelf: boolean,
  steps: readonly { which: number; how: number; turns: number }[],
): Promise<boolean> {
  const state: Record<string, Tensor> = {};
  for (const [at, name] of names.entries()) {
    const made = tensor({ shape: [elements] }).add_(at);
    if (onShelf) shelf.set(name, made);
    state[name] = onShelf ? shelf.get(name) : made;
  }
  const expected = names.map((name) => state[name].clone());
  const saved = saveAsync(shelf, "run", state, { keep: 2 });
  for (const { which, how, turns } of steps) {
    changes[how](state[names[which]]);
    for (let at = 0; at < turns; at++) await setImmediate();
  }
  await saved;
  let equal = true;
  for (const [at, name] of names.entries()) {
    equal &&= load<Tensor>(shelf, "run", { at: [name] }).equal(expected[at]);
  }
  return equal;
}

describe("an asynchronous save has the state of the moment of its call, whatever is done to it meanwhile", () => {
  test.each([
    ["in DRAM", false],
    ["on the shelf", true],
  ])(
    "tensors %s, a region without threads",
    async (_, onShelf) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
          const shelf = openShelf(dram({ size: 40 << 20 }), { types: tensorTypes });
          expect(await check(shelf, onShelf, steps)).toBe(true);
        }),
        { numRuns: 8 },
      );
    },
    60_000,
  );

  test("a file, whose copies are made by another thread", async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 6 }), async (onShelf, steps) => {
        using shelf = openShelf(join(folder, `${made++}.shelf`), { size: 40 << 20, types: tensorTypes }) as AnyShelf;
        expect(await check(shelf, onShelf, steps)).toBe(true);
        rmSync(shelf.source);
      }),
      { numRuns: 8 },
    );
  }, 60_000);
});

test("an optimiser steps on while its state is saved, without a turn of the event loop: the save has none of it", async () => {
  using shelf = openShelf(join(folder, "adam.shelf"), { size: 64 << 20, types: tensorTypes }) as AnyShelf;
  shelf.set("w", tensor({ shape: [elements] }).fill_(1));
  const w: Tensor = shelf.get("w");
  const optimiser = new Adam({ w }, { shelf, learningRate: 0.5 });
  optimiser.step({ w: new Float32Array(elements).fill(1) });
  const before = [w, ...Object.values(optimiser.stateDict().state[0])].map((each) => each.clone());
  const saved = saveAsync(shelf, "run", { w, optimiser: optimiser.stateDict() });
  for (let at = 0; at < 3; at++) optimiser.step({ w: new Float32Array(elements).fill(at) });
  await saved;
  const found = load<any>(shelf, "run");
  const after = [found.w, ...Object.values<Tensor>(found.optimiser.state[0])];
  expect(after.map((each, at) => each.equal(before[at]))).toStrictEqual(after.map(() => true));
  expect(w.equal(before[0])).toBe(false);
});

describe("what changes are told while a save is under way", () => {
  const freshShelf = (): AnyShelf => openShelf(dram({ size: 16 << 20 }), { types: tensorTypes });

  test("is for the next save, and what it was to patch is that of its call", async () => {
    const shelf = freshShelf();
    const x = tensor({ shape: [100_000] });
    save(shelf, "run", { x });
    const changed = new ChangeSet();
    x.slice(":10").fill_(1);
    changed.add(x, 0, 10);
    const saved = saveAsync(shelf, "run", { x }, { changes: changed, keep: 1 });
    x.slice("5:20").fill_(2);
    changed.add(x, 5, 15);
    const { writtenBytes } = await saved;
    expect(writtenBytes).toBeLessThan(4096);
    expect(load<any>(shelf, "run").x.slice(":12").toArray()).toStrictEqual([...Array<number>(10).fill(1), 0, 0]);
    await saveAsync(shelf, "run", { x }, { changes: changed });
    expect(changed.isEmpty).toBe(true);
    expect(load<any>(shelf, "run").x.equal(x)).toBe(true);
  });

  test("comes back to the set when the save fails", async () => {
    const shelf = freshShelf();
    const x = tensor({ shape: [1_000_000] });
    save(shelf, "run", { x });
    const changed = new ChangeSet().add(x);
    const aborting = new AbortController();
    const saved = saveAsync(shelf, "run", { x: x.add_(1) }, { changes: changed, signal: aborting.signal });
    expect(changed.isEmpty).toBe(true);
    aborting.abort();
    await expect(saved).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
    expect(changed.isEmpty).toBe(false);
    await saveAsync(shelf, "run", { x }, { changes: changed });
    expect(load<any>(shelf, "run").x.equal(x)).toBe(true);
  });
});

test("power that fails at any moment of an asynchronous save leaves the last version or the new one, whole", async () => {
  const size = 2 << 20;
  const region = simulatePowerFailure(dram({ size }));
  const shelf: AnyShelf = openShelf(region, { types: tensorTypes });
  const x = tensor({ shape: [40_000] });
  const y = tensor({ shape: [1000] });
  let images = 0;
  let allowed: number[] = [];
  const examine = (): void => {
    for (const { bytes } of region.crashImages({ limit: 12, seed: images })) {
      images++;
      const after: AnyShelf = openShelf(dram({ image: bytes }), { types: tensorTypes });
      const found = load<any>(after, "run", { copy: true });
      const values = new Set([...found.x.array.data, ...found.y.array.data, found.epoch]);
      expect(values.size).toBe(1);
      expect(allowed).toContain(found.epoch);
    }
  };
  const fillAll = (value: number): void => {
    x.fill_(value);
    y.fill_(value);
  };
  save(shelf, "run", { x, y, epoch: 0 });
  for (let epoch = 1; epoch < 4; epoch++) {
    fillAll(epoch);
    allowed = [epoch - 1, epoch];
    const progress = { isDone: false };
    const saved = saveAsync(shelf, "run", { x, y, epoch }).then(() => (progress.isDone = true));
    examine();
    y.fill_(100 + epoch);
    examine();
    for (let turns = 0; !progress.isDone && turns < 200; turns++) {
      await setImmediate();
      if (turns === 1) x.slice(":500").fill_(200);
      examine();
    }
    await saved;
    allowed = [epoch];
    examine();
  }
  expect(images).toBeGreaterThan(100);
});
