import { setImmediate } from "node:timers/promises";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { type Granularity, PmemError, type Region } from "@nodemm/pmem-native";
import { openShelf, type Shelf, ShelfError } from "@nodemm/shelf";
import { expect, test } from "vitest";
import {
  ChangeSet,
  listVersions,
  load,
  save,
  saveAsync,
  type SaveOptions,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";

const epochs = 6;
const error = new PmemError("ERR_PMEM_SYNC_FAILED", "a test", "msync failed with EIO");
const writing: ReadonlySet<PropertyKey> = new Set([
  ...[
    "flush",
    "drain",
    "persist",
    "persistMany",
    "publish",
    "copy",
    "copyMany",
    "copyWithin",
    "copyWithinCrc32c",
    "persistRecord",
  ],
  ...["copyManyAsync", "copyAsync", "persistAsync"],
]);

/** Memory whose writing calls fail, each and for ever, from one of them on: as a poisoned region's do. */
function failingFrom(fatal: number, granularity: Granularity) {
  const region = simulatePowerFailure(dram({ size: 256 * 1024, granularity }));
  let calls = 0;
  const failing: Region = new Proxy(region, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...parts: unknown[]): unknown => {
        if (writing.has(key) && calls++ >= fatal) throw error;
        return (value as (...parts: unknown[]) => unknown).apply(target, parts);
      };
    },
  });
  return { region: failing, calls: () => calls, durableImage: () => region.durableImage() };
}

interface State {
  readonly weights: Tensor;
  readonly bias: Tensor;
  epoch: number;
}

function textOf({ weights, bias, epoch }: State): string {
  return JSON.stringify([epoch, weights.toArray(), bias.toArray()]);
}

function contentOf(shelf: Shelf): string {
  if (!shelf.has("run")) return "nothing";
  for (const { version } of listVersions(shelf, "run")) load(shelf, "run", { version, copy: true });
  return textOf(load<State>(shelf, "run", { copy: true }));
}

type Way = (changes: ChangeSet) => SaveOptions;
const ways: Record<string, Way> = {
  whole: () => ({}),
  "whole, two versions": () => ({ keep: 2 }),
  compared: () => ({ changes: "compare" }),
  told: (changes) => ({ changes }),
  "told, with turns of the event loop between": (changes) => ({ changes }),
};

/** Saves, and tells what can be loaded after the last save, and what before it. */
async function work(region: Region, way: Way, isAsync: boolean) {
  const shelf = openShelf(region, { types: tensorTypes });
  const state: State = { weights: tensor({ shape: [600] }), bias: tensor([0, 0]), epoch: 0 };
  const changes = new ChangeSet();
  let [before, after] = ["nothing", "nothing"];
  let failure: unknown;
  try {
    while (state.epoch < epochs) {
      state.epoch++;
      state.weights.array.set(state.epoch, state.epoch);
      changes.add(state.weights, state.epoch, 1);
      after = textOf(state);
      if (isAsync) await saveAsync(shelf, "run", state, way(changes));
      else save(shelf, "run", state, way(changes));
      before = after;
      // In which what has changed is copied to its places.
      for (let turn = 0; way === ways["told, with turns of the event loop between"] && turn < 8; turn++) {
        await setImmediate();
      }
    }
  } catch (caught) {
    failure = caught;
  }
  return { shelf, before, after, failure };
}

const cases = Object.entries(ways).flatMap(([name, way]) => {
  return (["page", "cache-line"] as const).flatMap((granularity) =>
    [false, true].map((isAsync) => [name, isAsync ? "saveAsync" : "save", granularity, way, isAsync] as const),
  );
});

test.each(cases)(
  "whichever call of the region fails, no mixed checkpoint is loaded, then or after opening again (%s, %s, %s)",
  async (_, __, granularity, way, isAsync) => {
    const whole = failingFrom(Infinity, granularity);
    expect((await work(whole.region, way, isAsync)).failure).toBeUndefined();
    const first = failingFrom(Infinity, granularity);
    openShelf(first.region, { types: tensorTypes });
    for (let fatal = first.calls(); fatal < whole.calls(); fatal++) {
      const { region, durableImage } = failingFrom(fatal, granularity);
      const { shelf, before, after, failure } = await work(region, way, isAsync);
      // What is done after a save may fail behind the last one.
      const hasFailed = failure === error || failure instanceof ShelfError;
      expect(hasFailed || before === after, `call ${fatal}: ${String(failure)}`).toBe(true);
      try {
        expect(contentOf(shelf), `loaded after call ${fatal}`).toBe(before);
        // Again, of what is whole in memory alone.
        expect(contentOf(shelf), `loaded again after call ${fatal}`).toBe(before);
      } catch (refusal) {
        if ((refusal as { code?: string }).code !== "ERR_CHECKPOINT_TORN") throw refusal;
        // Where what changed is changed in place.
        expect(granularity).toBe("cache-line");
        expect([ways["told"], ways["told, with turns of the event loop between"]]).toContain(way);
      }
      const reopened = openShelf(dram({ image: durableImage() }), { types: tensorTypes });
      expect([before, after], `loaded from what call ${fatal} left`).toContain(contentOf(reopened));
      expect(reopened.check()).toMatchObject({ ok: true, findings: [] });
      reopened.close();
    }
  },
);
