import { mapMemory, type Region } from "@nodemm/pmem-native";
import { expect, test } from "vitest";
import {
  calibrate,
  dram,
  latencyPresets,
  withLatency,
  type LatencyParameters,
  type LatencyPreset,
} from "../src/index.ts";
import { command } from "./support/programs.ts";

/** Slow enough to be told from everything else. */
const slow: LatencyParameters = {
  name: "a slow memory",
  readLatencyNs: 2e6,
  writeLatencyNs: 5e6,
  readBandwidthGBs: 1,
  writeBandwidthGBs: 0.1,
  unitBytes: 256,
  queueBytes: 0,
};

function millisecondsOf(work: () => void): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

test("everything that it says of itself is labelled as a model", () => {
  for (const [preset, { name }] of Object.entries(latencyPresets)) {
    const region = withLatency(dram({ size: 4096 }), preset as LatencyPreset);
    const label = `latency model, not a measurement: ${name}`;
    expect(region.source).toBe(`dram (${label})`);
    expect(region.durability).toMatchObject({ survives: "none", reason: expect.stringContaining(label) as string });
    expect(region.latencyReport().label).toBe(label);
    expect(region.latency).toBe(latencyPresets[preset as LatencyPreset]);
  }
  expect(calibrate().label).toMatch(/^latency model/u);
});

test("a persist takes the write latency, and what the bandwidth says for its bytes", () => {
  const region = withLatency(dram({ size: 1 << 20 }), slow);
  expect(millisecondsOf(() => region.persist(0, 64))).toBeGreaterThanOrEqual(4.9);
  // A mebibyte at 0.1 bytes a nanosecond.
  expect(millisecondsOf(() => region.persist(0, 1 << 20))).toBeGreaterThanOrEqual(10.4);
  const { waitedNs } = region.latencyReport();
  region.drain();
  expect(region.latencyReport().waitedNs).toBe(waitedNs);
});

test("a flush goes on while the queue takes it in, and the drain pays", () => {
  const region = withLatency(dram({ size: 1 << 20 }), { ...slow, queueBytes: 1 << 30, writeLatencyNs: 500e6 });
  region.flush(0, 1 << 20);
  expect(region.latencyReport()).toMatchObject({ writtenBytes: 1 << 20, waitedNs: 0 });
  region.drain();
  expect(region.latencyReport().waitedNs).toBeGreaterThan(0);
});

test("a list of copies is its maker's again at once", async () => {
  const region = withLatency(dram({ size: 4096 }), "optane-100");
  const copies = [{ offset: 0, source: new Uint8Array(1024) }];
  const { done } = region.copyManyAsync(copies);
  copies[0] = { offset: Number.NaN, source: new Uint8Array(1) };
  await done;
  expect(region.latencyReport()).toMatchObject({ writtenBytes: 1024 });
});

test.each<[string, (region: Region) => void]>([
  ["copy", (region) => region.copy(0, new Uint8Array(1 << 19))],
  ["copyWithin", (region) => region.copyWithin(0, 1 << 19, 1 << 19)],
  ["fill", (region) => region.fill(0, 1 << 19, 1)],
  ["flush", (region) => region.flush(0, 1 << 19)],
  ["flushMany", (region) => region.flushMany([0, 1 << 18, 1 << 19, 1 << 18])],
])("%s of half a mebibyte waits for the bandwidth", (_name, call) => {
  const region = withLatency(dram({ size: 1 << 20 }), slow);
  expect(millisecondsOf(() => call(region))).toBeGreaterThanOrEqual(5.2);
  expect(region.latencyReport().writtenBytes).toBe(1 << 19);
});

test.each<[string, (region: Region) => Promise<unknown>]>([
  ["persistAsync", (region) => region.persistAsync(0, 1 << 19)],
  ["persistManyAsync", (region) => region.persistManyAsync([0, 1 << 18, 1 << 18, 1 << 18])],
  ["deepFlushAsync", (region) => region.deepFlushAsync(0, 1 << 19)],
  ["copyAsync", (region) => region.copyAsync(0, new Uint8Array(1 << 19))],
  ["copyWithinAsync", (region) => region.copyWithinAsync(0, 1 << 19, 1 << 19)],
  ["fillAsync", (region) => region.fillAsync(0, 1 << 19, 1)],
])("%s waits as long, and leaves the event loop to others", async (_name, call) => {
  const region = withLatency(dram({ size: 1 << 20 }), { ...slow, writeLatencyNs: 300e6 });
  const begin = performance.now();
  let turns = 0;
  setTimeout(() => turns++);
  await call(region);
  expect(performance.now() - begin).toBeGreaterThanOrEqual(299.9);
  expect(turns).toBe(1);
});

test("reads wait: checksums, and readSafely where the region beneath has it", async () => {
  const region = withLatency(mapMemory({ size: 1 << 20 }), slow);
  region.fill(0, 8, 7);
  const { readBytes } = region.latencyReport();
  expect(millisecondsOf(() => region.crc32c(0, 1 << 20))).toBeGreaterThanOrEqual(3);
  expect(millisecondsOf(() => expect([...region.readSafely(6, 3)]).toEqual([7, 7, 0]))).toBeGreaterThanOrEqual(1.9);
  const begin = performance.now();
  expect(await region.crc32cAsync(0, 16)).toBe(region.crc32c(0, 16));
  expect([...(await region.readSafelyAsync(6, 3))]).toEqual([7, 7, 0]);
  expect(performance.now() - begin).toBeGreaterThanOrEqual(5.9);
  expect(region.latencyReport().readBytes - readBytes).toBe((1 << 20) + 3 + 32 + 3);
  region.close();
  expect("readSafely" in withLatency(dram({ size: 64 }), slow)).toBe(false);
});

test("writes count in whole units of the medium, and of the granularity", () => {
  const written = (granularity: "byte" | "cache-line" | "page", work: (region: Region) => void): number => {
    const region = withLatency(dram({ size: 65_536, granularity }), "optane-100");
    work(region);
    return region.latencyReport().writtenBytes;
  };
  expect(written("cache-line", (region) => region.persist(255, 2))).toBe(512);
  expect(written("page", (region) => region.persist(255, 2))).toBe(4096);
  expect(written("page", (region) => region.persistMany([4095, 2, 0, 0]))).toBe(8192);
  expect(written("byte", (region) => region.persist(0, 65_536))).toBe(0);
  expect(written("byte", (region) => region.fill(0, 300, 1))).toBe(512);
});

test("what the region beneath takes counts: nothing is added to what is slower already", () => {
  const slower = withLatency(dram({ size: 4096 }), slow);
  const region = withLatency(slower, "nvdimm-n");
  for (let round = 0; round < 3; round++) region.persist(0, 64);
  expect(slower.latencyReport().waitedNs).toBeGreaterThan(1e6);
  expect(region.latencyReport()).toMatchObject({ operations: 3, waitedNs: 0 });
});

test("wrong models are refused, and told from one another", () => {
  const region = dram({ size: 64 });
  const wrong: [unknown, ErrorConstructor, RegExp][] = [
    ["optane-300", TypeError, /no preset "optane-300".*optane-100/u],
    ["toString", TypeError, /no preset/u],
    [undefined, TypeError, /got undefined/u],
    [null, TypeError, /got null/u],
    [{ ...slow, name: "" }, TypeError, /name/u],
    [{ ...slow, readLatencyNs: "1" }, TypeError, /readLatencyNs.*got string/u],
    [{ ...slow, writeLatencyNs: -1 }, RangeError, /writeLatencyNs.*got -1/u],
    [{ ...slow, queueBytes: Number.NaN }, RangeError, /queueBytes.*got NaN/u],
    [{ ...slow, readBandwidthGBs: 0 }, RangeError, /readBandwidthGBs.*got 0/u],
    [{ ...slow, unitBytes: 100 }, RangeError, /unitBytes.*power of two.*got 100/u],
  ];
  for (const [model, kind, words] of wrong) {
    expect(() => withLatency(region, model as LatencyPreset)).toThrow(kind);
    expect(() => withLatency(region, model as LatencyPreset)).toThrow(words);
  }
  expect(() => withLatency(null as unknown as Region, slow)).toThrow(/takes a region/u);
});

test("calibrate prints what the model asks for and what it gets, for people and for programs", () => {
  const text = command("calibrate").stdout;
  expect(text).toMatch(/^latency model: how exact its waits are on this machine\n/u);
  for (const preset of Object.keys(latencyPresets)) expect(text).toContain(preset);
  const calibration = JSON.parse(command("calibrate", "--json").stdout) as ReturnType<typeof calibrate>;
  expect(calibration.figures).toHaveLength(2 * Object.keys(latencyPresets).length);
  for (const { modelledNs, measuredNs, error } of calibration.figures) {
    expect(error).toBeCloseTo(measuredNs / modelledNs - 1, 9);
    // Never early by more than its waits are tuned to.
    expect(measuredNs).toBeGreaterThan(modelledNs / 2);
  }
});
