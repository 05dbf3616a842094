import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { PmemError, type Region } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";
import { shelfBytes } from "./support/explore.ts";
import { contentOf, RandomWorkload } from "./support/workload.ts";

const operations = 120;
const error = new PmemError("ERR_PMEM_SYNC_FAILED", "a test", "msync failed with EIO");
const writing: ReadonlySet<PropertyKey> = new Set([
  ...["flush", "drain", "persist", "flushMany", "persistMany", "deepFlush", "publish", "fill", "grow"],
  ...["copy", "copyMany", "copyWithin", "copyWithinCrc32c"],
]);

/** Memory whose writing calls fail, each and for ever, from one of them on: as a poisoned region's do. */
function failingFrom(fatal: number) {
  const region = simulatePowerFailure(dram({ size: shelfBytes, capacity: 2 * shelfBytes, granularity: "page" }));
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

/** Does the operations, and tells what the shelf must hold after the last one, and what before it. */
function work(shelf: Shelf, seed: number) {
  const told = { before: "", after: "", changedInPlace: false };
  const watched = new Proxy(shelf, {
    get(target, key) {
      if (key === "snapshot") told.changedInPlace = true;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const onExpect = (before: string, after: string = before): void => {
    Object.assign(told, { before, after, ...(before !== after && { changedInPlace: false }) });
  };
  let failure: unknown;
  try {
    new RandomWorkload(seed).run(watched, { expect: onExpect }, operations);
  } catch (caught) {
    failure = caught;
  }
  return { ...told, failure };
}

test.each([1, 2, 3])(
  "whichever call of the region fails, the shelf is read on as it was, and opens as before or after (seed %i)",
  (seed) => {
    const whole = failingFrom(Infinity);
    const last = work(openShelf(whole.region), seed);
    expect(last.failure).toBeUndefined();
    const first = failingFrom(Infinity);
    openShelf(first.region);
    for (let fatal = first.calls(); fatal < whole.calls(); fatal += 3) {
      const { region, durableImage } = failingFrom(fatal);
      const shelf = openShelf(region);
      const { before, after, changedInPlace, failure } = work(shelf, seed);
      expect(failure, `call ${fatal}`).toBeDefined();
      // What a transaction changed in place, the next opening brings back.
      if (!changedInPlace) expect(contentOf(shelf), `read after call ${fatal}`).toBe(before);
      expect(shelf.size, `names after call ${fatal}`).toBe([...shelf.keys()].length);
      const reopened = openShelf(dram({ image: durableImage() }));
      expect([before, after], `opened after call ${fatal}`).toContain(contentOf(reopened));
      expect(reopened.check(), `checked after call ${fatal}`).toMatchObject({ ok: true, findings: [] });
      reopened.close();
    }
  },
);
