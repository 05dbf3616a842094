import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  mapDescriptor,
  mapFile,
  mapFileAsync,
  mapMemory,
  PmemError,
  type CopyJob,
  type MapDescriptorOptions,
  type MapFileOptions,
  type MapMemoryOptions,
  type MappedFile,
} from "../src/index.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

const names = [
  ...["view", "releaseView", "flush", "drain", "persist", "flushMany", "persistMany", "deepFlush", "prefault"],
  ...["persistAsync", "copyAsync", "copyWithinAsync", "fillAsync", "deepFlushAsync", "prefaultAsync", "crc32cAsync"],
  ...["copyManyAsync", "copyMany", "crc32cOf", "copyWithinCrc32cAsync", "adviseAsync", "persistManyAsync"],
  ...["persistRecordAsync", "crc32cOfAsync"],
  ...["readSafelyAsync", "growAsync", "advise", "sharedView", "isShared", "onFault"],
  ...["copy", "copyWithin", "copyWithinCrc32c", "persistRecord", "fill", "publish", "crc32c", "readSafely", "grow"],
] as const;

/** Lists of arguments at each of three granularities: 100,000 and more in all of anything. */
const listsEach = 38_000;

/** Stands for a buffer that the region itself gave. */
const ownView = Symbol("own view");

/** Numbers near every limit, numbers of no sense, and everything that is no number. */
const argument = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 7, 8, 63, 64, 255, 256, 4095, 4096, 8191, 8192, 8193, 65_535, 65_536) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
  { weight: 2, arbitrary: fc.double() },
  {
    weight: 2,
    arbitrary: fc.constantFrom(-0, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 2 ** 64, 1e308),
  },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.float64Array({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(4000), { maxLength: 8 }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.record({ offset: fc.nat(9000), source: fc.uint8Array({ maxLength: 300 }) }), {
      maxLength: 4,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("", "64", null, undefined, true, 0n, 64n, {}, [], [64], new ArrayBuffer(8)),
  },
  { weight: 2, arbitrary: fc.constantFrom<unknown>("normal", "random", "sequential", "will-need", () => 64) },
  // As often as a list of the others: one method returns for nothing else.
  { weight: 1, arbitrary: fc.constant(ownView) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      Symbol.iterator,
      new DataView(new ArrayBuffer(16), 3),
      new Uint8Array(new SharedArrayBuffer(64)),
      { valueOf: () => 64 },
      new Proxy({}, {}),
      new Date(0),
      { signal: AbortSignal.abort() },
      { signal: new AbortController().signal },
      { signal: 1 },
    ),
  },
);

/** Lists that make sense to the methods that take several numbers: of others hardly one in ten thousand does. */
const sensibleNumbers = fc.array(fc.constantFrom<unknown>(0, 8, 64, 128, 200, 1024, 4096), {
  minLength: 2,
  maxLength: 4,
});

function call(region: MappedFile, name: (typeof names)[number], args: readonly unknown[]): unknown {
  const given = args.map((each) => (each === ownView ? region.view(0, 64) : each));
  const result = (region[name] as (...all: readonly unknown[]) => unknown).apply(region, given);
  return name === "copyManyAsync" ? (result as CopyJob).done : result;
}

test.each(["cache-line", "byte", "page"] as const)(
  "whatever the arguments, at %s granularity only TypeError, RangeError and PmemError come out",
  async (forceGranularity) => {
    const region = mapFile(freshPath("memory"), { mode: "create", size: 8192, capacity: 65_536, forceGranularity });
    const seed = Date.now();
    const outcomes = new Set<string>();
    const anything = fc.array(argument, { maxLength: 4 });
    const given = fc.oneof({ weight: 9, arbitrary: anything }, { weight: 1, arbitrary: sensibleNumbers });
    const list = fc.tuple(fc.constantFrom(...names), given);
    await fc.assert(
      fc.asyncProperty(list, async ([name, args]) => {
        let error: unknown;
        try {
          await call(region, name, args);
          outcomes.add(`${name} returns`);
          return;
        } catch (thrown) {
          error = thrown;
        }
        expect(error instanceof TypeError || error instanceof RangeError || error instanceof PmemError).toBe(true);
        expect((error as Error).message).not.toBe("");
        outcomes.add(`${name} throws`);
      }),
      { seed, numRuns: listsEach },
    );
    // The lists were neither all good nor all bad, so both sides of every method were walked.
    const expected = names.flatMap((name) => (name === "drain" ? [name] : [`${name} throws`]));
    for (const outcome of expected) expect([...outcomes].join(", "), `seed ${seed}`).toContain(outcome);
    const returning = names.filter((name) => name !== "sharedView" || region.sharedViews);
    for (const name of returning) expect([...outcomes].join(", "), `seed ${seed}`).toContain(`${name} returns`);
    region.persist(0, 8192);
    region.close();
    for (const name of names) {
      const closed = async (): Promise<unknown> => call(region, name, [0, 1, 1, 1]);
      await expect(closed(), name).rejects.toThrow(PmemError);
    }
  },
);

test("whatever the options, mapFile and mapFileAsync throw only TypeError and PmemError, and leave no file when they throw", async () => {
  const seed = Date.now();
  // Half of each option's values make sense, so that some forty files are opened too.
  const orAnything = (...sensible: unknown[]) => fc.oneof(fc.constantFrom(...sensible), argument);
  const granularities = ["byte", "cache-line", "page"];
  const options = fc.record(
    {
      mode: orAnything("create", "create", "open-or-create", "open"),
      size: orAnything(1, 4096, 10_000),
      readOnly: orAnything(false, true),
      granularity: orAnything(...granularities),
      forceGranularity: orAnything(...granularities),
      capacity: orAnything(10_000, 2 ** 20),
      signal: orAnything(undefined),
    },
    { requiredKeys: [] },
  );
  const folder = freshFolder("memory");
  let opened = 0;
  const mapOnce = async (path: string, given: MapFileOptions, later: boolean): Promise<unknown> => {
    try {
      const region = later ? await mapFileAsync(path, given) : mapFile(path, given);
      region.close();
      opened++;
      return undefined;
    } catch (error) {
      return error;
    }
  };
  await fc.assert(
    fc.asyncProperty(options, fc.boolean(), async (given, later) => {
      const path = join(folder, "file");
      const error = await mapOnce(path, given as MapFileOptions, later);
      const left = readdirSync(folder);
      rmSync(path, { force: true });
      if (error === undefined) return left.length === 1;
      return left.length === 0 && (error instanceof TypeError || error instanceof PmemError);
    }),
    { seed, numRuns: 5000 },
  );
  expect(opened, `seed ${seed}`).toBeGreaterThan(10);
});

test("whatever the arguments, mapMemory and mapDescriptor throw only TypeError, RangeError and PmemError", () => {
  const seed = Date.now();
  const orAnything = (...sensible: unknown[]) => fc.oneof(fc.constantFrom(...sensible), argument);
  const memory = fc.record(
    { size: orAnything(1, 4096, 10_000), name: orAnything("a", "b"), hugePages: orAnything(false) },
    { requiredKeys: ["size"] },
  );
  const calls = fc.oneof(
    // The capacity keeps sizes that make sense from taking gigabytes of the machine.
    memory.map((options) => () => mapMemory({ ...options, capacity: 65_536 } as MapMemoryOptions)),
    argument.map((options) => () => mapMemory(options as MapMemoryOptions)),
    // Past the numbers that this process itself may have open.
    fc.tuple(argument, argument).map(([descriptor, options]) => () => {
      const number = typeof descriptor === "number" ? descriptor + 100_000 : descriptor;
      return mapDescriptor(number as number, options as MapDescriptorOptions);
    }),
  );
  const outcomes = { opened: 0, refused: 0 };
  fc.assert(
    fc.property(calls, (open) => {
      try {
        open().close();
        outcomes.opened++;
      } catch (error) {
        expect(error instanceof TypeError || error instanceof RangeError || error instanceof PmemError).toBe(true);
        outcomes.refused++;
      }
    }),
    { seed, numRuns: 3000 },
  );
  expect(outcomes.opened, `seed ${seed}`).toBeGreaterThan(10);
  expect(outcomes.refused, `seed ${seed}`).toBeGreaterThan(10);
});
