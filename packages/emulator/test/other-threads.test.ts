import { setImmediate } from "node:timers/promises";
import type { Granularity } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { dram, simulatePowerFailure, type SimulatedRegion } from "../src/index.ts";
import { statesOf } from "./fixtures/states.ts";

function simulated(granularity: Granularity, size = 16384): SimulatedRegion {
  return simulatePowerFailure(dram({ size, granularity }));
}

const NEXT_PAGE = 512;

describe.each<Granularity>(["byte", "cache-line", "page"])(
  "what other threads store at %s granularity",
  (granularity) => {
    test.each([
      ["copyAsync", (region: SimulatedRegion) => region.copyAsync(0, Uint8Array.of(1))],
      ["fillAsync", (region: SimulatedRegion) => region.fillAsync(0, 1, 1)],
      ["copyWithinAsync", (region: SimulatedRegion) => region.copyWithinAsync(0, 1024, 1)],
    ])("a drain of this thread, or a flush, makes nothing durable that %s has not stored yet", async (_, begin) => {
      const region = simulated(granularity);
      region.fill(1024, 1, 1);
      region.drain();
      const storing = begin(region);
      region.publish(NEXT_PAGE * 8, 2, 0);
      region.persist(NEXT_PAGE * 8, 8);
      expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["0 2", "1 2"]);
      region.persist(0, 8);
      expect(statesOf(region, [0])).toEqual(["0", "1"]);
      await storing;
      expect(statesOf(region, [0])).toEqual(["1"]);
    });
  },
);

describe.each<Granularity>(["cache-line", "page"])("what other threads flush at %s granularity", (granularity) => {
  test.each([
    ["persistAsync", (region: SimulatedRegion) => region.persistAsync(0, 8)],
    ["persistManyAsync", (region: SimulatedRegion) => region.persistManyAsync([0, 8, 2048, 8])],
  ])("what %s flushes is not for a drain of this thread", async (_, begin) => {
    const region = simulated(granularity);
    region.publish(0, 1, 0);
    const persisting = begin(region);
    region.publish(NEXT_PAGE * 8, 2, 0);
    region.persist(NEXT_PAGE * 8, 8);
    expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["0 2", "1 2"]);
    await persisting;
    expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["1 2"]);
  });

  test("a word is durable as it was when another thread flushed it, or as it became later", async () => {
    const region = simulated(granularity);
    region.publish(0, 1, 0);
    const persisting = region.persistAsync(0, 8);
    region.publish(0, 0, 0);
    region.publish(0, 3, 0);
    await persisting;
    expect(statesOf(region, [0])).toEqual(["0", "1", "3"]);
  });

  test("what this thread flushes and drains meanwhile is no older again when the other thread is done", async () => {
    const region = simulated(granularity);
    region.publish(0, 1, 0);
    const persisting = region.persistAsync(0, 8);
    region.publish(0, 2, 0);
    region.persist(0, 8);
    region.publish(0, 3, 0);
    await persisting;
    expect(statesOf(region, [0])).toEqual(["2", "3"]);
  });

  test("what this thread flushed before, and drains after, is no older again either", async () => {
    const region = simulated(granularity);
    region.publish(0, 1, 0);
    region.flush(0, 8);
    region.publish(0, 2, 0);
    await region.persistAsync(0, 8);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["2"]);
  });

  test("a flush of this thread counts for what it found, though another thread is done with the line meanwhile", async () => {
    const region = simulated(granularity);
    const storing = region.fillAsync(0, 8, 1);
    region.flush(8, 8);
    await storing;
    region.publish(8, 2, 0);
    region.drain();
    expect(statesOf(region, [0, 1])).toEqual(["16843009 0", "16843009 2"]);
  });

  test("of two threads the one that flushed last counts, in whatever order they are done", async () => {
    const region = simulated(granularity);
    region.publish(0, 1, 0);
    const first = region.persistAsync(0, 8);
    region.publish(0, 2, 0);
    await Promise.all([region.persistAsync(0, 8), first]);
    expect(statesOf(region, [0])).toEqual(["2"]);
  });

  test("a copy that was given up is made durable by a flush and a drain of this thread", async () => {
    const region = simulated(granularity, 4 * 2 ** 20);
    const stop = new AbortController();
    const job = region.copyManyAsync([{ offset: 0, source: new Uint8Array(2 ** 21).fill(1) }], { signal: stop.signal });
    while (job.copiedBytes === 0) await setImmediate();
    stop.abort();
    await expect(job.done).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
    region.persist(0, 8);
    expect(statesOf(region, [0], { limit: 4 })).toEqual(["16843009"]);
  });

  test("a copy of many is durable however soon its sources are gone after it", async () => {
    const last = new Uint8Array(8).fill(2);
    const region = simulatePowerFailure(dram({ size: 16384, granularity }), {
      onPersistPoint(kind) {
        if (kind === "drain" && last.length > 0) structuredClone(last.buffer, { transfer: [last.buffer] });
      },
    });
    const first = { offset: 0, source: new Uint8Array(8).fill(1) };
    await region.copyManyAsync([first, { offset: NEXT_PAGE * 8, source: last }]).done;
    expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["16843009 33686018"]);
  });
});
