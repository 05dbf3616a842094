/** Random saves on pages, with turns of the event loop, kills and power failures between: what is stored is what a model says. */
import { setImmediate } from "node:timers/promises";
import { dram, type SimulatedRegion, simulatePowerFailure } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import {
  ChangeSet,
  pruneVersions,
  save,
  saveAsync,
  type SaveOptions,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";
import { planSave } from "../src/checkpoint/plan.ts";
import { CheckpointRecord } from "../src/checkpoint/record.ts";
import { afterPowerFailure, type AnyShelf, freshShelf, load } from "./support/checkpoint-shelf.ts";
import { randomOf } from "./support/random.ts";

type State = Record<"a" | "b" | "c", Tensor>;
const elements = 3000;
const keys = ["a", "b", "c"] as const;

const copyOf = (state: State): State => ({ a: state.a.clone(), b: state.b.clone(), c: state.c.clone() });

function expectSame(found: State, state: State, when: string): void {
  for (const key of keys) {
    const at = found[key].array.data.findIndex(
      (value: unknown, index: number) => value !== state[key].array.data[index],
    );
    expect(at, `${when}: where ${key} differs`).toBe(-1);
  }
}

const undone = new Error("undone");

class World {
  region: SimulatedRegion;
  shelf: AnyShelf;
  /** What is saved next, and what of it has changed since the last save. */
  state: State = {
    a: tensor({ shape: [elements] }),
    b: tensor({ shape: [elements] }),
    c: tensor({ shape: [elements] }),
  };
  changes = new ChangeSet();
  /** What the last version holds. */
  saved: State;
  #mark = 0;
  readonly #random: (below: number) => number;

  constructor(random: (below: number) => number) {
    this.#random = random;
    ({ region: this.region, shelf: this.shelf } = freshShelf(1 << 20, "page"));
    save(this.shelf, "run", this.state);
    this.saved = copyOf(this.state);
  }

  change(): void {
    for (const key of keys) {
      for (let count = this.#random(4); count > 0; count--) {
        const at = this.#random(elements - 40);
        const length = 1 + this.#random(this.#random(6) === 0 ? elements - at : 39);
        this.state[key].narrow(0, at, length).fill_(++this.#mark);
        this.changes.add(this.state[key], at, length);
      }
    }
  }

  options(): SaveOptions {
    const keep = 1 + Number(this.#random(5) === 0);
    const way = this.#random(6);
    if (way > 1) return { keep, changes: this.changes };
    return way === 1 ? { keep, changes: "compare" } : { keep };
  }

  save(): void {
    this.change();
    save(this.shelf, "run", this.state, this.options());
    if (!this.shelf.inTransaction) this.changes = new ChangeSet();
    this.saved = copyOf(this.state);
  }

  async saveAsync(): Promise<void> {
    this.change();
    const saved = saveAsync(this.shelf, "run", this.state, this.options());
    const expected = copyOf(this.state);
    this.changes = new ChangeSet();
    this.change();
    await saved;
    this.saved = expected;
  }

  /** What is changed through a loaded tree is a change of the checkpoint, and of nothing else. */
  changeLoaded(): void {
    const loaded: State = load(this.shelf, "run");
    for (const key of keys) {
      const at = this.#random(elements - 40);
      this.#mark++;
      for (const each of [loaded, this.saved]) each[key].narrow(0, at, 30).fill_(this.#mark);
      // The next save is told, so that it writes what it has there.
      this.changes.add(this.state[key], at, 30);
    }
  }

  undone(): void {
    const { saved } = this;
    try {
      this.shelf.transaction(() => {
        for (let count = this.#random(3); count >= 0; count--) this.save();
        throw undone;
      });
    } catch (error) {
      if (error !== undone) throw error;
    }
    this.saved = saved;
    for (const key of keys) this.changes.add(this.state[key]);
  }

  open(image: Uint8Array): void {
    this.region = simulatePowerFailure(dram({ image, granularity: "page" }));
    this.shelf = openShelf(this.region, { types: tensorTypes });
  }

  loseProcess(): void {
    this.region.persist(0, this.region.length);
    this.open(this.region.durableImage());
  }

  losePower(seed: number): void {
    // One of the states that the medium may be in.
    const images = [...this.region.crashImages({ limit: 8, seed })];
    this.open(images[this.#random(images.length)].bytes);
  }

  compact(): void {
    this.shelf.rename("run", "elsewhere");
    this.shelf.compact({ detachViews: true });
    this.shelf.rename("elsewhere", "run");
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])("what is stored on pages is what a model says (seed %i)", async (seed) => {
  const random = randomOf(seed);
  const world = new World(random);
  for (let round = 0; round < 150; round++) {
    const steps = [
      ...Array<() => unknown>(6).fill(() => world.save()),
      ...Array<() => unknown>(2).fill(() => world.saveAsync()),
      () => world.changeLoaded(),
      () => world.undone(),
      () => world.compact(),
      () => pruneVersions(world.shelf, "run", { keep: 1 }),
      () => world.loseProcess(),
      () => world.losePower(round),
    ];
    await steps[random(steps.length)]();
    for (let turn = random(5); turn > 0; turn--) await setImmediate();
    // What the shelf does is not disturbed by that.
    expectSame(load(afterPowerFailure(world.region), "run"), world.saved, `round ${round}, after a power failure`);
    if (random(6) === 0) expectSame(load(world.shelf, "run", { copy: true }), world.saved, `round ${round}`);
  }
  expect(world.shelf.check()).toMatchObject({ ok: true, findings: [] });
});

test("checkpoints of one shelf, saved while blocks of the others are on their way, do not mix", async () => {
  const random = randomOf(9);
  const { shelf, region } = freshShelf(2 << 20, "page");
  const states = Array.from({ length: 3 }, () => tensor({ shape: [elements] }));
  for (const [at, w] of states.entries()) save(shelf, `run${at}`, { w });
  for (let round = 1; round < 60; round++) {
    const at = random(3);
    const [w, changes] = [states[at], new ChangeSet()];
    for (let count = 1 + random(5); count > 0; count--) {
      const first = random(elements - 40);
      w.narrow(0, first, 30).fill_(round);
      changes.add(w, first, 30);
    }
    const saved = random(3) === 0 ? saveAsync(shelf, `run${at}`, { w }, { changes }) : undefined;
    if (saved === undefined) save(shelf, `run${at}`, { w }, { changes });
    for (let turn = random(3); turn > 0; turn--) await setImmediate();
    await saved;
    const after = afterPowerFailure(region);
    for (const [other, expected] of states.entries()) {
      expect(load(after, `run${other}`).w.equal(expected), `round ${round}, run${other}`).toBe(true);
    }
  }
});

test("what is too much to be held in DRAM until it is in its place is changed in place", () => {
  const w = new Uint8Array(1.4e9);
  const form = { type: "typed-array", meta: new TextEncoder().encode("Uint8Array"), byteLength: w.length };
  const path = '$["w"]';
  const version = { id: 1, savedAt: 0, root: ["o", [["w", ["l", 0]]]] as never, leaves: [{ path, form, data: 0 }] };
  const data = [{ number: 0, byteLength: w.length, path }];
  const record = new CheckpointRecord({ dataPrefix: "run/", versions: [version], data });
  const { shelf } = freshShelf(1 << 20, "page");
  for (const [bytes, reserved] of [
    [2.6e8, 1],
    [2.7e8, 0],
  ]) {
    const changes = new ChangeSet().add(w, 0, bytes);
    const plan = planSave(shelf, "run", record, { w }, { keep: 1, changes, canDefer: true });
    expect([plan.patches.length, plan.writes.length, plan.reserved.length]).toStrictEqual([1, 0, reserved]);
    expect(plan.delta === undefined).toBe(reserved === 0);
  }
});
