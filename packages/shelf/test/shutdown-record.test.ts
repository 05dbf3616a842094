import {
  dram,
  exploreCrashes,
  type ExploreOptions,
  simulatePowerFailure,
  type SimulatedRegion,
} from "@nodemm/emulator";
import type { MediaFact, Region } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { openShelf, type OpenShelfOptions, type Shelf, ShelfError } from "../src/index.ts";
import { shutdownRecordOffset } from "../src/layout.ts";
import { thrownBy } from "./support/thrown.ts";

const bytes = 64 * 1024;
const told = (value: number): MediaFact<number> => ({ known: "value", value });
const untold: MediaFact<number> = { known: "forbidden", reason: "this user may not read it" };

/** A region whose memory modules tell how often they could not save everything. */
function counting<Kind extends Region>(region: Kind, unsafeShutdowns: MediaFact<number>): Kind {
  return new Proxy(region, {
    has: (target, key) => key === "unsafeShutdowns" || Reflect.has(target, key),
    get(target, key) {
      if (key === "unsafeShutdowns") return unsafeShutdowns;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** What a shelf that was opened with a count leaves: closed, or as the process died. */
function imageOf(count: MediaFact<number>, end: "closed" | "killed", image?: Uint8Array): Uint8Array {
  const region = simulatePowerFailure(dram(image === undefined ? { size: bytes } : { image }));
  const shelf = openShelf(counting(region, count));
  shelf.set("kept", 1);
  if (end === "killed") return region.durableImage();
  return closing(shelf, region);
}

/** Closing ends the region, so the image is taken at the last operation before. */
function closing(shelf: Shelf, region: SimulatedRegion): Uint8Array {
  let image = region.durableImage();
  const close = region.close.bind(region);
  region.close = () => {
    image = region.durableImage();
    close();
  };
  shelf.close();
  return image;
}

function reopen(image: Uint8Array, count: MediaFact<number>, options: OpenShelfOptions = {}): Shelf {
  return openShelf(counting(dram({ image }), count), options);
}

function damaged(image: Uint8Array): Uint8Array {
  const copy = image.slice();
  copy[shutdownRecordOffset] ^= 4;
  return copy;
}

describe("what an opening finds of the last shutdown", () => {
  test.each([3, 4, 2])("closed with count 3, now %i: it opens", (now) => {
    expect(reopen(imageOf(told(3), "closed"), told(now)).get("kept")).toBe(1);
  });

  test("open with count 3, now 3: it recovers", () => {
    expect(reopen(imageOf(told(3), "killed"), told(3)).get("kept")).toBe(1);
  });

  test.each([4, 2, 0])("open with count 3, now %i: it is refused and left alone, unless the user accepts it", (now) => {
    const image = imageOf(told(3), "killed");
    const region = simulatePowerFailure(dram({ image }));
    const error = thrownBy(() => openShelf(counting(region, told(now))), ShelfError);
    expect(error).toMatchObject({
      code: "ERR_SHELF_UNSAFE_SHUTDOWN",
      message: expect.stringMatching(new RegExp(`count ${now} unsafe shutdowns, 3 when.*acceptUnsafeShutdown`, "u")),
    });
    expect(region.closed).toBe(true);
    const accepted = reopen(image, told(now), { acceptUnsafeShutdown: true });
    expect(accepted.get("kept")).toBe(1);
    accepted.close();
  });

  test("what was accepted once is not asked for again", () => {
    const region = simulatePowerFailure(dram({ image: imageOf(told(3), "killed") }));
    openShelf(counting(region, told(4)), { acceptUnsafeShutdown: true });
    expect(reopen(region.durableImage(), told(4)).get("kept")).toBe(1);
  });

  test("a record that fails its check is refused as damage, unless the user accepts it", () => {
    const image = damaged(imageOf(told(3), "closed"));
    expect(thrownBy(() => reopen(image, told(3)), ShelfError)).toMatchObject({
      code: "ERR_SHELF_CORRUPT",
      structure: "shutdown record",
      offset: shutdownRecordOffset,
    });
    expect(reopen(image, told(3), { acceptUnsafeShutdown: true }).get("kept")).toBe(1);
  });

  test("every single bit of the record that flips is met as damage", () => {
    const image = imageOf(told(3), "closed");
    for (let bit = 0; bit < 64; bit++) {
      const flipped = image.slice();
      flipped[shutdownRecordOffset + (bit >> 3)] ^= 1 << (bit & 7);
      expect(thrownBy(() => reopen(flipped, told(3)), ShelfError).code, `bit ${bit}`).toBe("ERR_SHELF_CORRUPT");
    }
  });
});

describe("where the medium does not tell its count", () => {
  test.each([imageOf(told(3), "killed"), damaged(imageOf(told(3), "killed"))])(
    "nothing is refused, and nothing is claimed afterwards (%#)",
    (image) => {
      const after = imageOf(untold, "killed", image);
      expect(after.subarray(shutdownRecordOffset, shutdownRecordOffset + 8)).toEqual(new Uint8Array(8));
      expect(reopen(after, told(9)).get("kept")).toBe(1);
    },
  );

  test("neither opening nor closing writes a record", () => {
    const image = imageOf(untold, "closed");
    expect(image.subarray(shutdownRecordOffset, shutdownRecordOffset + 64)).toEqual(new Uint8Array(64));
  });
});

test("a shelf made anew over one that was open has no part in its past", () => {
  const image = imageOf(told(3), "killed");
  const shelf = reopen(image, told(4), { forceNew: true, size: bytes });
  expect(shelf.size).toBe(0);
});

test.each([1, "yes", null])("acceptUnsafeShutdown %j is refused", (value) => {
  expect(() => openShelf(dram({ size: bytes }), { size: bytes, acceptUnsafeShutdown: value as never })).toThrow(
    /acceptUnsafeShutdown must be true or false/u,
  );
});

/** States of the record, by what a crash may leave of it. */
type State = "nothing" | "open" | "closed";

function stateOf(region: Region): State {
  const view = region.view(shutdownRecordOffset, 4);
  const [low] = new Uint32Array(view);
  region.releaseView(view);
  return low === 0 ? "nothing" : low % 2 === 1 ? "open" : "closed";
}

function expectState(region: Region, { expected }: { readonly expected: readonly State[] }): void {
  const state = stateOf(region);
  if (!expected.includes(state)) throw new Error(`the record says ${state}, expected ${expected.join(" or ")}`);
}

/** After a crash, only the old shelf may be blamed for what happened while it was open. */
function expectNoBlameOfNew(region: Region): void {
  const view = region.view(0, bytes);
  const image = new Uint8Array(view).slice();
  region.releaseView(view);
  try {
    openShelf(counting(region, told(4)), { size: bytes });
  } catch (error) {
    if (!(error instanceof ShelfError && error.code === "ERR_SHELF_UNSAFE_SHUTDOWN")) throw error;
    expect(reopen(image, told(4), { acceptUnsafeShutdown: true }).has("kept")).toBe(true);
  }
}

const explorations: Record<string, Pick<ExploreOptions<State>, "create" | "workload" | "verify">> = {
  "a count is told": {
    create: () => dram({ size: bytes }),
    workload(region, context) {
      context.expect("nothing", "open");
      const shelf = openShelf(counting(region, told(3)));
      context.expect("open");
      shelf.set("kept", 1);
      context.expect("open", "closed");
      shelf.close();
      context.expect("closed");
    },
    verify: expectState,
  },
  "a count is told no longer": {
    create: () => dram({ image: imageOf(told(3), "killed") }),
    workload(region, context) {
      context.expect("open", "nothing");
      const shelf = openShelf(counting(region, untold));
      context.expect("nothing");
      shelf.set("kept", 2);
    },
    verify: expectState,
  },
  "a shelf is made anew": {
    create: () => dram({ image: imageOf(told(3), "killed") }),
    workload(region, context) {
      context.expect("open");
      openShelf(counting(region, told(4)), { forceNew: true, size: bytes });
    },
    verify: expectNoBlameOfNew,
  },
};

test("in all crash states the record says no less than what was done, and each of its flushes and fences is needed", () => {
  const options = { limitPerPoint: 64, callSiteFrames: 1 };
  const caught = new Map<string, boolean>();
  for (const [name, exploration] of Object.entries(explorations)) {
    const { violations, violationCount, persistPoints } = exploreCrashes<State>({
      ...exploration,
      ...options,
      recordCallSites: true,
    });
    expect(violationCount, `${name}: ${String(violations[0]?.error)}`).toBe(0);
    for (const { kind, callSite } of persistPoints) {
      if (!callSite.includes("shutdown-record") || kind === "publish") continue;
      const drop = (dropped: string, site: string): boolean => dropped === kind && site === callSite;
      const mutant = exploreCrashes<State>({ ...exploration, ...options, stopAtFirst: true, mutate: { drop } });
      const key = `${kind} ${callSite}`;
      caught.set(key, caught.get(key) === true || mutant.violationCount > 0);
    }
  }
  expect([...caught].filter(([, found]) => !found)).toEqual([]);
  // Persisting the word is a flush and a drain; clearing it has one of each as well.
  expect(caught.size).toBe(4);
});
