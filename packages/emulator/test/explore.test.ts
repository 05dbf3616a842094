import { setImmediate } from "node:timers/promises";
import type { Region } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { dram, exploreCrashes, exploreMutants, ImageSet, replayCrash, type ExploreOptions } from "../src/index.ts";
import { toyExploration } from "./fixtures/toy-exploration.ts";

/** One word that a workload sets from 0 to 1 in some way. */
function wordExploration(
  set: ExploreOptions<number>["workload"],
  more: Partial<ExploreOptions<number>> = {},
): ExploreOptions<number> {
  return {
    create: () => dram({ size: 128, capacity: 256 }),
    workload: set,
    verify(region, context): void {
      const found = new Uint32Array(region.view(0, 8))[0];
      if (!context.expected.includes(found))
        throw new Error(`found ${found}, expected ${context.expected.join(" or ")}`);
    },
    ...more,
  };
}

describe("exploreCrashes", () => {
  test("finds nothing wrong with a correct store, two nested crashes included", () => {
    const result = exploreCrashes(toyExploration(undefined, { nestedDepth: 2, at: "every" }));
    console.log(
      `seed=${result.seed}: ${result.verified} states, ${result.distinctImages} images, ${result.nested} nested`,
    );
    expect(result.violations).toEqual([]);
    expect(result).toMatchObject({ violationCount: 0, sampledPoints: 0 });
    expect(result.nested).toBeGreaterThan(300);
  });

  for (const bug of [
    "missing log flush",
    "missing log drain",
    "missing data flush",
    "missing data drain",
    "missing commit flush",
    "missing commit drain",
    "data before log",
    "torn tail",
    "stale log replay",
    "recovery not idempotent",
    "recovery without drain",
  ] as const) {
    test(`finds a planted bug and replays it: ${bug}`, () => {
      const options = toyExploration(bug, { nestedDepth: 1 });
      const { violations } = exploreCrashes(options);
      expect(violations.length).toBeGreaterThan(0);
      for (const violation of violations) {
        const replay = replayCrash(options, violation.replay);
        expect(String(replay.error)).toBe(String(violation.error));
        expect(replay).toMatchObject({ point: violation.point, stack: violation.stack });
        expect(replay.image).toHaveLength(1024);
      }
    });
  }

  test.each([0, 1])(
    "refuses a workload or a verification that goes on later, with %i nested crashes",
    async (nestedDepth) => {
      const wait = async (region: Region): Promise<void> => {
        await Promise.resolve();
        region.publish(0, 1, 0);
      };
      // As a program without types gives it.
      const later = wait as (region: Region) => void;
      const none = (): void => undefined;
      const create = (): Region => dram({ size: 128 });
      expect(() => exploreCrashes({ create, workload: later, verify: none, nestedDepth })).toThrow(
        new TypeError("workload must be synchronous, and returned a promise; use the synchronous forms in it"),
      );
      expect(() => exploreCrashes({ create, workload: none, verify: later, nestedDepth })).toThrow(
        new TypeError("verify must be synchronous, and returned a promise; use the synchronous forms in it"),
      );
      await setImmediate();
    },
  );

  test("finds the bugs of recovery only with crashes inside recovery", () => {
    for (const bug of ["recovery not idempotent", "recovery without drain"] as const) {
      expect(exploreCrashes(toyExploration(bug, { nestedDepth: 0 })).violationCount).toBe(0);
      const [violation] = exploreCrashes(toyExploration(bug, { nestedDepth: 1 })).violations;
      expect(violation.replay).toMatch(/^seed=42 limit=256\/64 crash=\d+\.\d+ image=\d+\.\d+$/);
    }
  });

  test("gives the same result for the same options", () => {
    const once = exploreCrashes(toyExploration("torn tail", { limitPerPoint: 9, nestedDepth: 1 }));
    const again = exploreCrashes(toyExploration("torn tail", { limitPerPoint: 9, nestedDepth: 1 }));
    expect(once.sampledPoints).toBeGreaterThan(0);
    expect({ ...again, milliseconds: 0, violations: [] }).toEqual({ ...once, milliseconds: 0, violations: [] });
    expect(again.violations.map(String)).toEqual(once.violations.map(String));
  });

  test("sees before drains alone every image that it sees before all operations", () => {
    const drains = exploreCrashes(toyExploration(undefined, { at: "drains" }));
    const every = exploreCrashes(toyExploration(undefined, { at: "every" }));
    expect(drains.sampledPoints + every.sampledPoints).toBe(0);
    expect(drains.distinctImages).toBe(every.distinctImages);
    expect(drains.points).toBeLessThan(every.points);
  });

  test("verifies an old image again once it is no longer expected: a missing drain shows when the operation returns", () => {
    const { violations } = exploreCrashes(
      wordExploration((region, context) => {
        context.expect(0, 1);
        region.publish(0, 1, 0);
        region.flush(0, 8);
        context.expect(1);
      }),
    );
    expect(violations.map(({ point, error }) => [point.kind, String(error)])).toEqual([
      ["expect", "Error: found 0, expected 1"],
    ]);
  });

  test("examines the end of the workload, also of one that closed its region", () => {
    const { violations } = exploreCrashes(
      wordExploration((region, context) => {
        context.expect(0);
        new Uint32Array(region.view(0, 8))[0] = 7;
        region.close();
      }),
    );
    expect(violations.map(({ point, error }) => [point.kind, String(error)])).toEqual([
      ["end", "Error: found 7, expected 0"],
    ]);
  });

  test("reports the operation's own stack, without frames of this package", () => {
    const [{ stack, point }] = exploreCrashes(toyExploration("missing log drain")).violations;
    expect(point).toMatchObject({ kind: "drain", offset: 0, length: 0 });
    expect(stack).toContain("toy-store.ts");
    expect(stack).not.toMatch(/emulator\/(src|dist)\//);
  });

  test("describes as many violations as asked for and counts all; stops at the first where told to", () => {
    const all = exploreCrashes(toyExploration("missing data flush", { violationsDescribed: 2 }));
    expect(all.violations).toHaveLength(2);
    expect(all.violationCount).toBeGreaterThan(2);
    const first = exploreCrashes(toyExploration("missing data flush", { stopAtFirst: true }));
    expect(first.violationCount).toBe(1);
    expect(first.violations[0].replay).toBe(all.violations[0].replay);
  });

  test("gives each verification a region like the workload's, with the crash state alone in it", () => {
    const found = new Set<string>();
    exploreCrashes(
      wordExploration(
        (region, context) => {
          context.expect(0, 1);
          for (const offset of [0, 8, 72]) region.publish(offset, 1, 0);
          region.persist(0, 128);
          context.expect(1);
          region.grow(192);
        },
        {
          verify(region): void {
            expect(region).toMatchObject({ capacity: 256, granularity: "cache-line", closed: false });
            const view = region.view(0, 64);
            const words = new Uint32Array(view);
            found.add([words[0], words[2], new Uint32Array(region.view(64, 64))[2], region.length].join());
            // None of this may be seen by the next verification.
            words.fill(9);
            region.releaseView(view);
            region.fill(3, 20, 9);
            region.grow(250);
            region.fill(180, 70, 9);
            region.copyWithin(70, 0, 20);
          },
        },
      ),
    );
    const bits = [0, 1];
    const states = bits.flatMap((a) => bits.flatMap((b) => bits.map((c) => [a, b, c, 128].join())));
    expect([...found].sort()).toEqual([...states, "1,1,1,192"]);
  });

  test("gives nested verifications what the verification had made durable, and what it might have", () => {
    const found = new Set<string>();
    exploreCrashes(
      wordExploration((region) => region.publish(0, 1, 0), {
        nestedDepth: 1,
        verify(region, context): void {
          const words = new Uint32Array(region.view(0, 64));
          if (context.crashes === 2) {
            found.add([words[0], words[2], words[4]].join());
            return;
          }
          const first = words[0];
          words[2] = 5 + first;
          region.persist(16, 8);
          words[4] = 6;
          region.flush(16, 8);
        },
      }),
    );
    // What the first crash had left was verified already, with the same expectations and more crashes to follow.
    expect([...found].sort()).toEqual(["0,5,0", "0,5,6", "1,6,0", "1,6,6"]);
  });

  test("counts an image once over several explorations that share a set", () => {
    const alone = exploreCrashes(toyExploration()).distinctImages;
    const images = new ImageSet();
    expect(exploreCrashes(toyExploration(undefined, { images })).distinctImages).toBe(alone);
    expect(exploreCrashes(toyExploration(undefined, { images })).distinctImages).toBe(0);
    expect(images.size).toBe(alone);
  });

  test("throws what the workload throws and closes its region", () => {
    const region = dram({ size: 64 });
    const broken = wordExploration(() => {
      throw new Error("broken workload");
    });
    expect(() => exploreCrashes({ ...broken, create: () => region })).toThrow("broken workload");
    expect(region.closed).toBe(true);
  });

  test("refuses options and ids that make no sense", () => {
    const fine = toyExploration();
    expect(() => exploreCrashes({ ...fine, limitPerPoint: 0 })).toThrow(RangeError);
    expect(() => exploreCrashes({ ...fine, nestedDepth: -1 })).toThrow(RangeError);
    expect(() => exploreCrashes({ ...fine, seed: "1" as never })).toThrow(TypeError);
    expect(() => replayCrash(fine, "seed=1 crash=2")).toThrow(TypeError);
    const misspelt = { ...fine, nestedDept: 1 };
    expect(() => exploreCrashes(misspelt)).toThrow(/^an exploration has no option "nestedDept"; it has create, /u);
    expect(() => exploreMutants(misspelt)).toThrow(/^an exploration has no option "nestedDept"/u);
    expect(() => exploreCrashes({ ...fine, mutate: { drp: () => true } as object })).toThrow(
      /^mutate has no option "drp"; it has kind, drop, swap$/u,
    );
    const missing =
      /^an exploration takes \{ create, workload, verify \}: (?:create|verify) must be a function, got undefined$/;
    expect(() => exploreCrashes(undefined as never)).toThrow(missing);
    expect(() => exploreCrashes({ ...fine, verify: undefined as never })).toThrow(missing);
    expect(() => exploreCrashes({ ...fine, create: () => undefined as never })).toThrow(
      "create must return a region, such as dram({ size: 4096 }), got undefined",
    );
    expect(() => replayCrash(fine, "seed=1 limit=256 crash=1.2 image=3")).toThrow(TypeError);
    expect(() => replayCrash(fine, "seed=1 limit=256 crash=999999 image=0")).toThrow(RangeError);
    expect(replayCrash(fine, "seed=1 limit=256 crash=1 image=0").error).toBeUndefined();
  });
});
