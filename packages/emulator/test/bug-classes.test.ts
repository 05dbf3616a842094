import { describe, expect, test } from "vitest";
import { dram, exploreCrashes, type ExploreOptions, replayCrash } from "../src/index.ts";
import { RING_BYTES, type RingBug, RingJournal } from "./fixtures/ring-journal.ts";
import { POOL_BYTES, type PoolBug, SlotPool } from "./fixtures/slot-pool.ts";
import { toyExploration } from "./fixtures/toy-exploration.ts";

const limits = { nestedDepth: 2, limitPerPoint: 4096, nestedLimitPerPoint: 256 };

function ringExploration(bug?: RingBug): ExploreOptions<number> {
  return {
    ...limits,
    create: () => dram({ size: RING_BYTES }),
    workload(region, context) {
      context.expect(0);
      const journal = new RingJournal(region, bug);
      for (const value of [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]) {
        context.expect(journal.sum, journal.sum + value);
        journal.add(value);
        context.expect(journal.sum);
      }
    },
    verify(region, context) {
      const journal = new RingJournal(region, bug);
      const { sum } = journal;
      if (!context.expected.includes(sum)) throw new Error(`the sum is ${sum}, not ${context.expected.join(" or ")}`);
      context.expect(sum);
      if (context.crashes > 1) return;
      context.expect(sum, sum + 7);
      journal.add(7);
      context.expect(sum + 7);
    },
  };
}

function poolExploration(bug?: PoolBug): ExploreOptions<string> {
  return {
    ...limits,
    create: () => dram({ size: POOL_BYTES }),
    workload(region, context) {
      context.expect("0,0");
      const pool = new SlotPool(region, bug);
      const step = (after: string, work: () => void): void => {
        context.expect(pool.values, after);
        work();
        context.expect(after);
      };
      step("5,0", () => pool.set(0, 5));
      // An erasure need not be durable when it returns; but what it frees is used again.
      context.expect("5,0", "0,0");
      pool.erase(0);
      context.expect("5,0", "0,0", "5,6", "0,6");
      pool.set(1, 6);
      context.expect("5,6", "0,6", "7,6");
      pool.set(0, 7);
      step("7,8", () => pool.set(1, 8));
    },
    verify(region, context) {
      const pool = new SlotPool(region, bug);
      const { values } = pool;
      if (!context.expected.includes(values)) throw new Error(`found ${values}, not ${context.expected.join(" or ")}`);
      if (pool.leaks) throw new Error("a slot is taken that nothing names");
      context.expect(values);
    },
  };
}

/** The classes that studies of persistent memory name, each planted in the structure that can have it. */
const bugClasses: readonly (readonly [bug: string, broken: ExploreOptions<any>, mended: ExploreOptions<any>])[] = [
  ["missing flush", toyExploration("missing data flush", limits), toyExploration(undefined, limits)],
  ["missing fence", toyExploration("missing log drain", limits), toyExploration(undefined, limits)],
  ["wrong order of log and data", toyExploration("data before log", limits), toyExploration(undefined, limits)],
  ["non-8-byte-aligned tail", ringExploration("non-8-byte-aligned tail"), ringExploration()],
  ["stale log replay after wrap-around", ringExploration("stale log replay after wrap-around"), ringExploration()],
  ["reuse before invalidation is durable", poolExploration("reuse before invalidation is durable"), poolExploration()],
  ["allocate/publish gap", poolExploration("allocate/publish gap"), poolExploration()],
  ["recovery not idempotent", toyExploration("recovery not idempotent", limits), toyExploration(undefined, limits)],
];

describe.each(bugClasses)("%s", (_, broken, mended) => {
  test("is found where it is planted, and the state can be had again", () => {
    const { violations } = exploreCrashes(broken);
    expect(violations.length).toBeGreaterThan(0);
    expect(String(replayCrash(broken, violations[0].replay).error)).toBe(String(violations[0].error));
  });

  test("is not found where it is mended, though every state is explored", () => {
    const result = exploreCrashes(mended);
    expect(result.violations).toEqual([]);
    expect(result).toMatchObject({ violationCount: 0, sampledPoints: 0 });
    expect(result.nested).toBeGreaterThan(100);
  });
});
