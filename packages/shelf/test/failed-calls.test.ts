import { dram } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { shelfBytes } from "./support/explore.ts";
import { failingRegion, syncError } from "./support/failing-region.ts";
import { contentOf, RandomWorkload } from "./support/workload.ts";

const operations = 120;

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
  // Told both at the beginning of an operation, and what there is at its end.
  const onExpect = (before: string, after?: string): void => {
    Object.assign(told, { before, after: after ?? before, ...(after !== undefined && { changedInPlace: false }) });
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
    const whole = failingRegion(shelfBytes);
    const last = work(openShelf(whole.region), seed);
    expect(last.failure).toBeUndefined();
    const first = failingRegion(shelfBytes);
    openShelf(first.region);
    let compared = 0;
    let failed = 0;
    for (let fatal = first.calls(); fatal < whole.calls(); fatal += 3) {
      const { region, simulated } = failingRegion(shelfBytes, fatal);
      const shelf = openShelf(region);
      const { before, after, changedInPlace, failure } = work(shelf, seed);
      failed++;
      expect(failure === syncError || failure instanceof ShelfError, `call ${fatal}: ${String(failure)}`).toBe(true);
      // What a transaction changed in place, the next opening brings back.
      if (!changedInPlace) {
        compared++;
        expect(contentOf(shelf), `read after call ${fatal}`).toBe(before);
      }
      expect(shelf.size, `names after call ${fatal}`).toBe([...shelf.keys()].length);
      const reopened = openShelf(dram({ image: simulated.durableImage() }));
      expect([before, after], `opened after call ${fatal}`).toContain(contentOf(reopened));
      expect(reopened.check(), `checked after call ${fatal}`).toMatchObject({ ok: true, findings: [] });
      reopened.close();
    }
    expect(compared).toBeGreaterThan(failed / 3);
  },
);
