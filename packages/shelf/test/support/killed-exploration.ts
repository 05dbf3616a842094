import { dram, type ExploreOptions } from "@nodemm/emulator";
import type { Granularity, Region } from "@nodemm/pmem-native";
import { openShelf, type Shelf } from "../../src/index.ts";
import { type Expect, expectRecovered, type Limits, shelfBytes } from "./explore.ts";
import { fixEntropy } from "./fixed-entropy.ts";
import { MortalProcess } from "./mortal-process.ts";
import { step } from "./step.ts";
import { contentOf } from "./workload.ts";

/** Operations that processes live to do: until the shelf is made, while it grows, and then for each kind of work. */
const lives = { creation: 40, growth: 8, work: 16, all: 100 };
const growthBytes = 4096;

/**
 * Processes are killed at any moment, and power fails at any moment after that. What a killed process had stored is what
 * the next one finds, though perhaps nobody had told it to go to the medium: who builds on it must see to that first.
 */
export function killedExploration(limits: Limits, granularity: Granularity): ExploreOptions<string> {
  return {
    ...limits,
    create() {
      fixEntropy();
      return dram({ size: shelfBytes, capacity: 4 * shelfBytes, granularity });
    },
    workload(region, context) {
      const expect: Expect = (...contents) => context.expect(...contents);
      expect("");
      for (let life = 0; life <= lives.creation; life++) live(region, life, expect, () => undefined);
      // What a superblock copy is repaired from is written next, at once: the region need not grow with the shelf.
      region.grow(region.capacity);
      for (let life = 0; life <= lives.growth; life++)
        for (const each of [life, lives.all]) live(region, each, expect, growALittle);
      for (let life = 0; life <= lives.work; life++)
        for (const work of works) live(region, life, expect, (shelf) => work(shelf, life, expect));
    },
    verify: (region, context) => expectRecovered(openShelf(region), context),
  };
}

/** One process, which opens the shelf and works on it for as long as it lives. */
function live(region: Region, operations: number, expect: Expect, work: (shelf: Shelf) => void): void {
  const process = new MortalProcess(region, operations);
  try {
    const shelf = openShelf(region);
    expect(contentOf(shelf));
    work(shelf);
  } catch (error) {
    if (!process.isKilled) throw error;
  }
  process.end();
}

function growALittle(shelf: Shelf): void {
  shelf.grow(shelf.usage().size + growthBytes);
}

/** A small value, bytes in place, and texts that make the catalog be written anew now and then. */
const works: readonly ((shelf: Shelf, life: number, expect: Expect) => void)[] = [
  (shelf, life, expect) => set(shelf, expect, "number", life),
  (shelf, life, expect) => {
    if (!shelf.has("bytes")) set(shelf, expect, "bytes", new Uint8Array(100));
    const bytes = shelf.get("bytes") as Uint8Array;
    const changed = bytes.slice().fill(life, 50);
    step(shelf, expect, [...new Map([...shelf]).set("bytes", changed)], () =>
      shelf.transaction(() => {
        shelf.snapshot("bytes", 50, 50);
        bytes.set(changed);
      }),
    );
  },
  (shelf, life, expect) => set(shelf, expect, "text", String(life % 10).repeat(700)),
  (shelf, life, expect) => set(shelf, expect, "text", String(life % 10).repeat(800)),
];

function set(shelf: Shelf, expect: Expect, name: string, value: unknown): void {
  step(shelf, expect, [...new Map([...shelf]).set(name, value)], () => shelf.set(name, value));
}
