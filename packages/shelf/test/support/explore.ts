import { type CrashContext, dram, type ExploreOptions, simulatePowerFailure } from "@nodemm/emulator";
import type { Granularity, Region } from "@nodemm/pmem-native";
import { openShelf, type OpenShelfOptions, type Shelf, ShelfError } from "../../src/index.ts";
import { fixEntropy } from "./fixed-entropy.ts";
import { lastFrameOffset } from "./media.ts";
import { contentOf } from "./workload.ts";

/** The smallest shelf: a small catalog and lane mean that compaction and spilling happen often. */
export const shelfBytes: number = 64 * 1024;

/** Tells the explorer what a crash may leave from now on. */
export type Expect = (...contents: string[]) => void;

/** What to do on a shelf whose region may lose power at any moment, and how to look at what is left. */
export interface Scenario {
  readonly run: (shelf: Shelf, expect: Expect, region: Region) => void;
  /** What is there before; an empty region by default. */
  readonly create?: (granularity: Granularity) => Region;
  /** What a crash before and while opening may leave; an empty shelf by default. */
  readonly before?: readonly string[];
  readonly open?: OpenShelfOptions;
  /** Looks at a recovered shelf beyond its content, and throws where something is wrong. */
  readonly inspect?: (shelf: Shelf) => void;
  /** What else there is about the region, on which opening depends. */
  readonly prepare?: (region: Region) => void;
  /** Looks at what a crash has left before it is opened, `open` while the shelf is in use, `closed` once it is closed. */
  readonly inspectMedium?: (image: Uint8Array, state: "open" | "closed", expected: readonly string[]) => void;
  /** Work that a recovered shelf must take, beyond what all must. */
  readonly after?: (shelf: Shelf, expect: Expect) => void;
}

export type Limits = Partial<
  Pick<ExploreOptions<string>, "nestedDepth" | "limitPerPoint" | "nestedLimitPerPoint" | "seed">
>;

/**
 * Explores a scenario, opening the shelf included: every crash state must open, hold exactly what is expected, and take
 * changes, which survive in turn.
 */
export function shelfExploration(
  scenario: Scenario,
  options: Limits & { readonly granularity?: Granularity } = {},
): ExploreOptions<string> {
  const { granularity = "cache-line", ...limits } = options;
  const { create = emptyRegion, before = [""], open = {}, prepare, inspectMedium, run, inspect, after } = scenario;
  return {
    ...limits,
    create() {
      fixEntropy();
      return create(granularity);
    },
    workload(region, context) {
      const tell: Expect = (...contents) => context.expect(...contents);
      tell(...before);
      prepare?.(region);
      const shelf = openShelf(region, open);
      run(shelf, tell, region);
      const content = contentOf(shelf);
      tell(content, closing);
      shelf.close();
      tell(closedCleanly + content);
    },
    verify(region, context) {
      const tell: Expect = (...contents) => context.expect(...contents);
      if (context.expected[0].startsWith(closedCleanly)) {
        inspectMedium?.(imageOf(region), "closed", []);
        expectLastFrameGuarded(region);
        return;
      }
      if (!context.expected.includes(closing)) inspectMedium?.(imageOf(region), "open", context.expected);
      prepare?.(region);
      const shelf = openShelf(region, { types: open.types ?? [] });
      expectRecovered(shelf, context, inspect);
      if (context.crashes > 1) return;
      setOne(shelf, tell);
      changeInPlace(shelf, tell);
      after?.(shelf, tell);
      expectClean(shelf);
      // What is inspected must be in use, from its recovery on.
      if (inspectMedium === undefined) shelf.close();
    },
  };
}

/** The shelf holds one of the expected contents, and keeps it from now on. */
export function expectRecovered(shelf: Shelf, context: CrashContext<string>, inspect?: Scenario["inspect"]): void {
  const content = contentOf(shelf);
  if (!context.expected.includes(content)) {
    throw new Error(`recovered\n${content}\nexpected one of\n${context.expected.join("\n--\n")}`);
  }
  inspect?.(shelf);
  context.expect(content);
  expectClean(shelf);
}

/** Expected beside the content while the shelf is being closed. */
const closing = "closing\n";
/** Marks what is expected once the shelf is closed: from then on even damage to the last commit must be noticed. */
const closedCleanly = "closed cleanly\n";

function imageOf(region: Region): Uint8Array {
  const view = region.view(0, region.length);
  const image = new Uint8Array(view).slice();
  region.releaseView(view);
  return image;
}

function expectLastFrameGuarded(region: Region): void {
  const image = imageOf(region);
  image[lastFrameOffset(image)] ^= 1;
  try {
    openShelf(dram({ image })).close();
  } catch (error) {
    if (error instanceof ShelfError && error.code === "ERR_SHELF_CORRUPT") return;
    throw error;
  }
  throw new Error("the last commit was damaged after a clean close, and opening did not notice");
}

/** No extent leaked or with two owners, no remains that mean anything: what `check` sees of a live shelf. */
function expectClean(shelf: Shelf): void {
  const { ok, findings } = shelf.check();
  if (!ok) throw new Error(findings.map(({ message, offset }) => `check: ${message} at byte ${offset}`).join("\n"));
}

function emptyRegion(granularity: Granularity): Region {
  return dram({ size: shelfBytes, granularity });
}

function setOne(shelf: Shelf, expect: Expect): void {
  expect(contentOf(shelf), contentOf([...shelf, ["after the crash", 1]]));
  shelf.set("after the crash", 1);
  expect(contentOf(shelf));
}

/** Changes the first byte array, in one transaction. */
export function changeInPlace(shelf: Shelf, expect: Expect): void {
  for (const [name, value] of shelf) {
    if (!(value instanceof Uint8Array) || value.length === 0) continue;
    const changed = value.slice().fill(value[0] ^ 0xff);
    expect(contentOf(shelf), contentOf([...shelf].map(([each, old]) => [each, each === name ? changed : old])));
    shelf.transaction(() => {
      shelf.snapshot(name);
      value.set(changed);
    });
    expect(contentOf(shelf));
    return;
  }
}

/**
 * The bytes that a killed process leaves after `work` on an empty shelf: at its end, or when it calls `capture`. All that
 * was stored is there, flushed or not.
 */
export function imageAfter(
  work: (shelf: Shelf, capture: () => void) => void,
  prepare?: (region: Region) => void,
): Uint8Array {
  const region = simulatePowerFailure(dram({ size: shelfBytes }));
  let image: Uint8Array | undefined;
  const capture = (): void => {
    region.persist(0, region.length);
    image = region.durableImage();
  };
  prepare?.(region);
  work(openShelf(region), capture);
  if (image === undefined) capture();
  return image as unknown as Uint8Array;
}
