/** Saves of what has changed on pages: blocks that are written ahead, and come to their places afterwards. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { dram, type SimulatedRegion, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf, type Shelf, ShelfError } from "@nodemm/shelf";
import { afterAll, describe, expect, test } from "vitest";
import {
  ChangeSet,
  eraseCheckpoint,
  listVersions,
  load as loadTree,
  pruneVersions,
  save,
  saveAsync,
  type SaveOptions,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";
import { takeMemory } from "../src/checkpoint/fold.ts";
import type { CheckpointRecord } from "../src/checkpoint/record.ts";

type AnyShelf = Shelf<Record<string, any>>;
const load = (shelf: AnyShelf, name = "run"): any => loadTree<any>(shelf, name);
const elements = 20_000;

const folder = mkdtempSync(join(tmpdir(), "nodemm-delta-"));
afterAll(() => rmSync(folder, { recursive: true }));

function onPages(bytes = 4 << 20) {
  const region = simulatePowerFailure(dram({ size: bytes, granularity: "page" }));
  return { region, shelf: openShelf(region, { types: tensorTypes }) as AnyShelf };
}

/** What the kernel has of a process that is killed: all that was stored. */
function storedImage(region: SimulatedRegion): Uint8Array {
  region.persist(0, region.length);
  return region.durableImage();
}

const opened = (image: Uint8Array): AnyShelf => openShelf(dram({ image, granularity: "page" }), { types: tensorTypes });
/** The shelf that somebody opens when the power has come back. */
const afterPowerFailure = (region: SimulatedRegion): AnyShelf => opened(region.durableImage());
const killed = (region: SimulatedRegion): AnyShelf => opened(storedImage(region));

const deltaOf = (shelf: AnyShelf, name = "run"): number | undefined => (shelf.get(name) as CheckpointRecord).delta;
const stateOf = (): { w: Tensor; v: Tensor } => ({
  w: tensor({ shape: [elements] }),
  v: tensor({ shape: [elements] }),
});

/** Changes one element of each leaf, and tells. */
function change({ w, v }: { w: Tensor; v: Tensor }, at: number, value: number): ChangeSet {
  w.array.set(at, value);
  v.array.set(elements - 1 - at, -value);
  return new ChangeSet().add(w, at, 1).add(v, elements - 1 - at, 1);
}

function holds(tree: any, state: { w: Tensor; v: Tensor }): boolean {
  return tree.w.equal(state.w) === true && tree.v.equal(state.v) === true;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

describe("what has changed on pages", () => {
  test("is written ahead, and comes to its places in later turns of the event loop", async () => {
    const { shelf, region } = onPages();
    const state = stateOf();
    save(shelf, "run", state);
    expect(deltaOf(shelf)).toBeUndefined();
    const { writtenBytes } = save(shelf, "run", state, { changes: change(state, 5, 1) });
    expect(writtenBytes).toBe(128);
    const delta = deltaOf(shelf)!;
    expect(delta).toBeDefined();
    const wordOf = (): bigint => new BigUint64Array(shelf.storage(dataNameOf(shelf, delta)).buffer, 0, 1)[0];
    expect(wordOf()).not.toBe(0n);
    await turns(20);
    expect(wordOf()).toBe(0n);
    expect(holds(load(afterPowerFailure(region)), state)).toBe(true);
    expect(holds(load(shelf), state)).toBe(true);
  });

  test("of two leaves is there for a load right after the save, for the next save, and after a kill at each turn", async () => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region } = onPages();
      const state = stateOf();
      save(shelf, "run", state);
      for (let at = 0; at < 5; at++) {
        save(shelf, "run", state, { changes: change(state, 900 * at, at + 1) });
        await turns(waited);
        expect(holds(load(killed(region)), state)).toBe(true);
        expect(holds(load(afterPowerFailure(region)), state)).toBe(true);
      }
      expect(holds(load(shelf), state)).toBe(true);
      await turns(20);
      expect(holds(load(shelf), state)).toBe(true);
      expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
    }
  });

  test("is not written over what is changed through a loaded tree, however soon that is", async () => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region } = onPages();
      const state = stateOf();
      save(shelf, "run", state);
      save(shelf, "run", state, { changes: change(state, 5, 1) });
      await turns(waited);
      const loaded = load(shelf);
      loaded.w.narrow(0, 0, 10).fill_(77);
      state.w.narrow(0, 0, 10).fill_(77);
      await turns(20 - waited);
      for (const each of [shelf, killed(region), afterPowerFailure(region)]) {
        expect(holds(load(each), state)).toBe(true);
      }
    }
  });

  test("is the same in a process that opens the shelf, and changes what it loads, again and again", () => {
    const { shelf, region } = onPages();
    const state = stateOf();
    save(shelf, "run", state);
    save(shelf, "run", state, { changes: change(state, 5, 1) });
    const image = storedImage(region);
    const second = simulatePowerFailure(dram({ image, granularity: "page" }));
    const there: AnyShelf = openShelf(second, { types: tensorTypes });
    load(there).w.narrow(0, 0, 10).fill_(77);
    state.w.narrow(0, 0, 10).fill_(77);
    for (const each of [there, afterPowerFailure(second), killed(second)]) expect(holds(load(each), state)).toBe(true);
  });

  test("of a delta that a killed process had said to be folded is made so durably before it is given away", async () => {
    const { shelf, region } = onPages();
    const state = stateOf();
    save(shelf, "run", state);
    save(shelf, "run", state, { changes: change(state, 5, 1) });
    let image: Uint8Array | undefined;
    // The word is stored, and not durable yet.
    const data = dataNameOf(shelf, deltaOf(shelf)!);
    for (let turn = 0; turn < 40 && image === undefined; turn++) {
      await Promise.resolve();
      if (turn % 4 === 3) await setImmediate();
      if (new BigUint64Array(shelf.storage(data).buffer, 0, 1)[0] === 0n) image = storedImage(region);
    }
    expect(image).toBeDefined();
    let operations = 0;
    const second = simulatePowerFailure(dram({ image: image!, granularity: "page" }), {
      onPersistPoint: () => operations++,
    });
    const there: AnyShelf = openShelf(second, { types: tensorTypes });
    operations = 0;
    const loaded = load(there);
    expect(operations).toBeGreaterThan(0);
    expect(holds(loaded, state)).toBe(true);
  });

  test("of a tree that was loaded goes where it is saved from nowhere else, and detaches what was loaded of it", () => {
    const { shelf } = onPages();
    const state = stateOf();
    save(shelf, "run", state);
    const loaded = load(shelf);
    save(shelf, "run", state, { changes: change(state, 5, 1) });
    expect(() => loaded.w.fill_(3)).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
    const own = load(shelf);
    own.w.narrow(0, 0, 10).fill_(8);
    save(shelf, "run", own, { changes: new ChangeSet().add(own.w, 0, 10) });
    state.w.narrow(0, 0, 10).fill_(8);
    expect(holds(load(shelf), state)).toBe(true);
    own.w.narrow(0, 0, 10).fill_(9);
  });

  test("takes no more space in a steady loop, in two places", () => {
    const { shelf } = onPages();
    const state = stateOf();
    save(shelf, "run", state);
    const free: number[] = [];
    for (let at = 0; at < 9; at++) {
      save(shelf, "run", state, { changes: change(state, 100 * at, at) });
      free.push(shelf.usage().free);
    }
    expect(new Set(free.slice(2)).size).toBe(1);
    // Larger ones than before replace both.
    for (let at = 0; at < 6; at++) {
      const changes = change(state, at, at);
      for (let block = 0; block < 100; block++) changes.add(state.w, 100 * block, 1);
      save(shelf, "run", state, { changes });
    }
    const deltas = (shelf.get("run") as CheckpointRecord).data.filter(({ path }) => path === "delta");
    expect(deltas).toHaveLength(2);
    expect(holds(load(shelf), state)).toBe(true);
    pruneVersions(shelf, "run", { keep: 1 });
    expect((shelf.get("run") as CheckpointRecord).data).toHaveLength(2);
    expect(deltaOf(shelf)).toBeUndefined();
    expect(holds(load(shelf), state)).toBe(true);
  });

  test("is changed in place where there is no room for a delta", () => {
    const { shelf } = onPages(2 << 20);
    const state = stateOf();
    save(shelf, "run", state);
    for (let made = 0; shelf.usage().largestExtent >= 4096; made++) {
      shelf.set(`filler${made}`, new Uint8Array(Math.floor(shelf.usage().largestExtent / 64) * 64));
    }
    const room = shelf.usage().free;
    save(shelf, "run", state, { changes: change(state, 5, 1) });
    expect(deltaOf(shelf)).toBeUndefined();
    expect(shelf.usage().free).toBe(room);
    expect(holds(load(shelf), state)).toBe(true);
  });
});

function dataNameOf(shelf: AnyShelf, number: number): string {
  return (shelf.get("run") as CheckpointRecord).dataName(number);
}

describe("before blocks have come to their places", () => {
  const begin = (): {
    shelf: AnyShelf;
    region: ReturnType<typeof onPages>["region"];
    state: ReturnType<typeof stateOf>;
  } => {
    const { shelf, region } = onPages(8 << 20);
    const state = stateOf();
    save(shelf, "run", state);
    save(shelf, "run", state, { changes: change(state, 5, 1) });
    return { shelf, region, state };
  };
  const later: Record<string, SaveOptions> = {
    all: {},
    compared: { changes: "compare" },
    "two versions": { keep: 2, changes: "compare" },
  };

  test.each(Object.entries(later))("another way to save finds them: %s", async (_, options) => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region, state } = begin();
      await turns(waited);
      const before = state.w.clone();
      state.w.array.set(3, 9);
      save(shelf, "run", state, options);
      for (const each of [shelf, afterPowerFailure(region)]) {
        expect(holds(load(each), state)).toBe(true);
        if (options.keep === 2) {
          const [{ version }] = listVersions(each, "run");
          expect(loadTree<any>(each, "run", { version }).w.equal(before)).toBe(true);
        }
      }
      await turns(20);
      expect(holds(load(shelf), state)).toBe(true);
    }
  });

  test("a transaction that is undone leaves the version that has them", async () => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region, state } = begin();
      await turns(waited);
      const saved = { w: state.w.clone(), v: state.v.clone() };
      const work = (): void =>
        shelf.transaction(() => {
          save(shelf, "run", state, { changes: change(state, 6, 2) });
          save(shelf, "run", state, { changes: "compare" });
          pruneVersions(shelf, "run", { keep: 1 });
          expect(holds(load(shelf), state)).toBe(true);
          throw new Error("undone");
        });
      expect(work).toThrow("undone");
      for (const each of [killed(region), afterPowerFailure(region)]) {
        expect(holds(load(each), saved)).toBe(true);
      }
      await turns(20);
      expect(holds(load(shelf), saved)).toBe(true);
      save(shelf, "run", state, { changes: new ChangeSet().add(state.w).add(state.v) });
      await turns(20);
      expect(holds(load(shelf), state)).toBe(true);
    }
  });

  test("a load in a transaction that is undone may be changed afterwards", async () => {
    const { shelf, region, state } = begin();
    let loaded: any;
    const work = (): void =>
      shelf.transaction(() => {
        loaded = load(shelf);
        throw new Error("undone");
      });
    expect(work).toThrow("undone");
    loaded.w.narrow(0, 0, 10).fill_(77);
    state.w.narrow(0, 0, 10).fill_(77);
    expect(holds(load(afterPowerFailure(region)), state)).toBe(true);
  });

  test("the checkpoint may be renamed, swapped, erased, and the shelf compacted or closed", async () => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region, state } = begin();
      await turns(waited);
      shelf.rename("run", "renamed");
      save(shelf, "run", { other: tensor([1]) });
      shelf.swap("run", "renamed");
      shelf.compact({ detachViews: true });
      expect(() => shelf.copy("run", "copy")).toThrow(ShelfError);
      await turns(waited);
      shelf.compact({ detachViews: true });
      expect(holds(load(shelf), state)).toBe(true);
      save(shelf, "run", state, { changes: change(state, 7, 3) });
      expect(holds(load(afterPowerFailure(region)), state)).toBe(true);
      eraseCheckpoint(shelf, "run");
      save(shelf, "run", state);
      await turns(20);
      expect(holds(load(shelf), state)).toBe(true);
      save(shelf, "run", state, { changes: change(state, 8, 4) });
      shelf.close();
      await turns(20);
      const after: AnyShelf = afterPowerFailure(region);
      expect(holds(load(after), state)).toBe(true);
      expect(after.check()).toMatchObject({ ok: true, findings: [] });
    }
  });

  test("what a thread copies from is let go of when the shelf is closed", async () => {
    const { shelf } = begin();
    shelf.close();
    await turns(20);
    expect(takeMemory(shelf)).toBeUndefined();
  });

  test("an asynchronous save of what has changed writes the state of its call", async () => {
    for (let waited = 0; waited < 12; waited++) {
      const { shelf, region, state } = begin();
      await turns(waited);
      const saved = saveAsync(shelf, "run", state, { changes: change(state, 6, 2) });
      const expected = { w: state.w.clone(), v: state.v.clone() };
      state.w.fill_(-1);
      await saved;
      for (const each of [killed(region), shelf]) expect(holds(load(each), expected)).toBe(true);
      expect(deltaOf(shelf)).toBeDefined();
    }
  });

  test("damage to where they belong is refused by loads and saves, not by erasing", () => {
    const { shelf, region } = begin();
    const { offset } = shelf.info(dataNameOf(shelf, deltaOf(shelf)!))!;
    const image = storedImage(region);
    image[offset + 20] ^= 1;
    const damaged = opened(image);
    const corrupt = expect.objectContaining({ code: "ERR_SHELF_CORRUPT", structure: "checkpoint delta" });
    expect(() => load(damaged)).toThrow(corrupt);
    expect(() => save(damaged, "run", stateOf())).toThrow(corrupt);
    expect(eraseCheckpoint(damaged, "run")).toBe(true);
  });
});

describe("a file on a disk", () => {
  test("is saved to back to back, loaded and opened again, with a thread that copies", async () => {
    process.env["NODEMM_FORCE_GRANULARITY"] = "page";
    const path = join(folder, "run.shelf");
    let shelf: AnyShelf = openShelf(path, { size: 64 << 20, types: tensorTypes });
    delete process.env["NODEMM_FORCE_GRANULARITY"];
    const state = { w: tensor({ shape: [2_000_000] }), v: tensor({ shape: [2_000_000] }) };
    save(shelf, "run", state);
    let value = 0;
    for (let round = 0; round < 36; round++) {
      const changes = new ChangeSet();
      for (let block = 0; block < 40; block++) {
        const at = ((round * 7919 + block * 50_021) % 1_990) * 1000;
        state.w.narrow(0, at, 900).fill_(++value);
        changes.add(state.w, at, 900);
        state.v.array.set(at, value);
        changes.add(state.v, at, 1);
      }
      if (round % 3 === 0) await saveAsync(shelf, "run", state, { changes });
      else save(shelf, "run", state, { changes });
      if (round % 4 === 1) await turns(round % 7);
      if (round % 5 === 2) expect(holds(load(shelf), state)).toBe(true);
      if (round % 6 === 3) {
        // As a kill leaves it.
        const copy: AnyShelf = openShelf(dram({ image: new Uint8Array(readFileSync(path)) }), { types: tensorTypes });
        expect(holds(load(copy), state)).toBe(true);
        copy.close();
      }
      if (round % 9 === 8) {
        shelf.close();
        shelf = openShelf(path, { types: tensorTypes });
        expect(holds(load(shelf), state)).toBe(true);
      }
    }
    expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
    shelf.close();
  }, 60_000);
});
