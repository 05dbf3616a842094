import { diagnose, type DiagnosedRegion, dram, type Finding } from "@nodemm/emulator";
import type { Granularity } from "@nodemm/pmem-native";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";
import { catalogHeader, laneHeader, lanesOffset } from "../src/layout.ts";
import { Allocator } from "../src/allocator.ts";
import { Catalog } from "../src/catalog.ts";
import { ScratchSpace } from "../src/scratch.ts";
import { Store } from "../src/store.ts";
import { Transactions } from "../src/transactions.ts";
import { type Scenario, shelfBytes } from "./support/explore.ts";
import { randomScenario, scenarios } from "./support/scenarios.ts";

/** What is found and is as it should be, with the reason. Everything else fails. */
const justified: readonly (readonly [kind: Finding["kind"], place: RegExp, reason: string])[] = [
  [
    "redundant flush",
    /^at SuperblockPair\.beginCreation /u,
    "zeros are stored over what mostly is zeros: a store of what is there already is not seen",
  ],
  [
    "redundant flush",
    /^at Transactions\.#commit /u,
    "a range was saved and then not changed, or shares a page with one before it: looking would cost more than flushing",
  ],
  ...(["redundant flush", "redundant fence"] as const).map(
    (kind) =>
      [
        kind,
        /^at (?:Catalog\.seal|SuperblockPair\.write|settleUnacknowledged) /u,
        "a process that was killed may have stored it and not flushed it",
      ] as const,
  ),
  ...(["redundant flush", "redundant fence"] as const).map(
    (kind) => [kind, /^at (?:VariableStorage\.persist|persistAll) /u, "the caller asked for it"] as const,
  ),
  ["store outside transaction", /^at (?:VariableStorage\.persist|persistAll) /u, "the scenario does it on purpose"],
  ["redundant fence", /^at UndoLog\.rollBack /u, "recovery found remains and nothing to bring back: once an opening"],
  [
    "redundant flush",
    /^at .*store\.ts(?:.*\n)+?.*at Store\.seal /u,
    "what a seal vouches for may have been stored through a handle: looking would cost more than flushing",
  ],
  ["redundant fence", /^at Transactions\.#commit /u, "the same, where nothing else was changed in place"],
];

/** The region that a shelf works on, told of its transactions, and of the words that are hints. */
function diagnosedRegion({ create }: Scenario, granularity: Granularity): DiagnosedRegion {
  const region = diagnose(create?.(granularity) ?? dram({ size: shelfBytes, granularity }));
  tellOfTransactions(region);
  // `docs/format.md`, "Where the frames end": words that are stored without a flush, on purpose.
  region.exempt(lanesOffset + laneHeader.acknowledged.offset, laneHeader.acknowledged.size);
  for (const method of ["append", "acknowledge"] as const) {
    around<Catalog>(Catalog.prototype, method, (catalog, change) => {
      change();
      region.exempt(catalog.offset + catalogHeader.acknowledged.offset, catalogHeader.acknowledged.size);
    });
  }
  exemptScratch(region);
  return region;
}

/** A crash leaves nothing of scratch values. */
function exemptScratch(region: DiagnosedRegion): void {
  let making = false;
  around<ScratchSpace>(ScratchSpace.prototype, "make", (_, make) => {
    making = true;
    try {
      return make();
    } finally {
      making = false;
    }
  });
  around<Allocator>(Allocator.prototype, "allocate", (_, allocate, bytes: number) => {
    const offset = allocate() as number;
    if (making) region.exempt(offset, bytes);
    return offset;
  });
}

/** Each change of the store is a transaction; the data of every variable that there is before may change in it alone. */
function tellOfTransactions(region: DiagnosedRegion): void {
  let depth = 0;
  for (const method of ["transaction", "set", "erase", "rename"] as const) {
    around<Store>(Store.prototype, method, ({ index }, change) => {
      if (depth++ === 0) {
        region.unprotect(0, region.length);
        for (const [offset, bytes] of index.extents()) region.protect(offset, bytes);
        region.beginTransaction();
      }
      try {
        return change();
      } finally {
        if (--depth === 0) region.endTransaction();
      }
    });
  }
  // Moves extents, to where nothing was or no longer is.
  around<Store>(Store.prototype, "compact", (_, compact) => {
    region.unprotect(0, region.length);
    return compact();
  });
  around<Transactions>(Transactions.prototype, "snapshot", (_, save, ranges: readonly number[]) => {
    save();
    for (let index = 0; index < ranges.length; index += 2) region.addToTransaction(ranges[index], ranges[index + 1]);
  });
  around<Transactions>(Transactions.prototype, "snapshotRange", (_, save, offset: number, length: number) => {
    save();
    region.addToTransaction(offset, length);
  });
}

/** Until the test ends, `work` happens instead of a method, which it calls. */
function around<Class>(
  prototype: object,
  method: keyof Class & string,
  work: (self: Class, original: () => unknown, ...given: any[]) => unknown,
): void {
  const methods = prototype as Record<string, (this: Class, ...given: any[]) => unknown>;
  const original = methods[method];
  vi.spyOn(methods, method).mockImplementation(function (this: Class, ...given: any[]) {
    return work(this, () => original.apply(this, given), ...given);
  });
}

/** What was found and is not justified, with where. */
function unjustified(region: DiagnosedRegion): string[] {
  return region
    .findings()
    .map(({ kind, stack }) => ({ kind, stack: stack.replaceAll(/^\s+/gmu, "") }))
    .filter(({ kind, stack }) => !justified.some(([each, place]) => each === kind && place.test(stack)))
    .map(({ kind, stack }) => `${kind}\n${stack}`);
}

function use(region: DiagnosedRegion, { open = {}, run }: Scenario): void {
  const shelf = openShelf(region, open);
  run(shelf, () => undefined, region);
  shelf.close();
}

afterEach(() => void vi.restoreAllMocks());

describe.each<Granularity>(["cache-line", "page", "byte"])("on %s granularity", (granularity) => {
  test.each([...Object.entries(scenarios), ["random operations", randomScenario(1, 150)] as const])(
    "%s: every store is flushed and fenced, none twice, and saved before if it is in place",
    (_, scenario) => {
      const region = diagnosedRegion(scenario, granularity);
      use(region, scenario);
      expect(unjustified(region)).toEqual([]);
    },
  );
});

test("a change in place that was not saved is found, with the operation that saw it", () => {
  const forgetful: Scenario = {
    run(shelf: Shelf) {
      shelf.set("x", new Uint8Array(100));
      shelf.transaction(() => {
        shelf.snapshot("x", 0, 50);
        (shelf.get("x") as Uint8Array).fill(1, 0, 51);
      });
    },
  };
  const region = diagnosedRegion(forgetful, "cache-line");
  use(region, forgetful);
  const [first, ...others] = unjustified(region);
  expect(others).toEqual([]);
  expect(first).toMatch(/^store outside transaction\nat .*transactions\.ts/u);
});
