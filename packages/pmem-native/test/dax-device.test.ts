import { afterEach, expect, test, vi } from "vitest";
import { clearDevice, mapFile, type MapFileOptions, type PmemErrorCode } from "../src/index.ts";
import { MappedRegion } from "../src/mapped-region.ts";
import { fakeDevice, zeroNode } from "./support/dax.ts";
import { freshPath } from "./support/folders.ts";

const MiB = 2 ** 20;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function expectError(call: () => unknown, code: PmemErrorCode, words: RegExp): void {
  expect(call).toThrow(expect.objectContaining({ name: "PmemError", code }) as Error);
  expect(call).toThrow(words);
}

test("a DAX device is mapped whole at line granularity, and its verbs work", () => {
  const { path } = fakeDevice();
  const region = mapFile(path, { mode: "open-or-create", size: 4096 });
  expect(region).toMatchObject({ kind: "dax-device", created: false, length: 8 * MiB, capacity: 8 * MiB });
  expect(region).toMatchObject({ granularity: "cache-line", persistenceDomain: "memory-controller" });
  const bytes = new Uint8Array(region.view(0, 8 * MiB));
  bytes[8 * MiB - 1] = 7;
  region.persist(8 * MiB - 1, 1);
  region.copyWithin(0, 8 * MiB - 4096, 4096);
  region.drain();
  expect(bytes[4095]).toBe(7);
  region.close();
  expect(bytes).toHaveLength(0);
});

test("the length is the size cut to whole units of the alignment, which may be above a page and above 2 MiB", () => {
  for (const [size, align, length] of [
    ["5242880", "2097152", 4 * MiB],
    ["0x500000", "4096", 5 * MiB],
    ["1610612736", "1073741824", 1024 * MiB],
  ] as const) {
    const { path } = fakeDevice({ size, align, domain: "cpu_cache" });
    const region = mapFile(path);
    expect(region.length).toBe(length);
    region.fill(length - 100, 100, 1);
    region.close();
  }
});

test("a device smaller than one unit is ERR_PMEM_SIZE", () => {
  const { path } = fakeDevice({ size: "1048576" });
  expectError(() => mapFile(path), "ERR_PMEM_SIZE", /1048576 bytes.*2097152/u);
});

test.each([
  [{ size: "" }, /size.*ENOENT/u],
  [{ size: "many" }, /size.*EINVAL/u],
  [{ size: "99999999999999999999999" }, /size.*EINVAL/u],
  [{ align: "" }, /align.*ENOENT/u],
  [{ align: "3000000" }, /align.*EINVAL/u],
  [{ align: "512" }, /align.*EINVAL/u],
])("what sysfs does not tell sensibly is ERR_PMEM_UNSUPPORTED by the attribute's name: %j", (facts, words) => {
  const { path } = fakeDevice(facts);
  expectError(() => mapFile(path), "ERR_PMEM_UNSUPPORTED", words);
  expectError(() => mapFile(path, { mode: "open-or-create", size: 4096 }), "ERR_PMEM_UNSUPPORTED", words);
});

test("a character device of another subsystem, or one that sysfs does not list, is ERR_PMEM_NOT_A_FILE", () => {
  const { path } = fakeDevice({ subsystem: "mem" });
  expectError(() => mapFile(path), "ERR_PMEM_NOT_A_FILE", /DAX device/u);
  fakeDevice();
  expectError(() => mapFile("/dev/null"), "ERR_PMEM_NOT_A_FILE", /DAX device/u);
});

test("a device never grows", () => {
  const { path } = fakeDevice();
  const region = mapFile(path, { capacity: 2 ** 40 });
  expect(region.capacity).toBe(8 * MiB);
  region.grow(8 * MiB);
  expectError(() => region.grow(8 * MiB + 1), "ERR_PMEM_CAPACITY", /device of 8388608 bytes.*cannot grow to 8388609/u);
  expect(region.length).toBe(8 * MiB);
  region.persist(0, 64);
  region.close();
  expectError(() => mapFile(path, { capacity: 4096 }), "ERR_PMEM_CAPACITY", /8388608/u);
});

test("what a device cannot be is refused with the reason", () => {
  const { path } = fakeDevice();
  expectError(() => mapFile(path, { readOnly: true }), "ERR_PMEM_UNSUPPORTED", /drop readOnly/u);
  expectError(() => mapFile(path, { forceGranularity: "page" }), "ERR_PMEM_UNSUPPORTED", /no page sync/u);
  expectError(() => mapFile(path, { mode: "create", size: 1 }), "ERR_PMEM_EXISTS", /exists already/u);
  expectError(() => mapFile(path, { granularity: "byte" }), "ERR_PMEM_GRANULARITY", /caches are not known/u);
});

test.each([
  ["cpu_cache", "cpu-cache", "byte", "power-failure", /eADR/u],
  ["memory_controller", "memory-controller", "cache-line", "power-failure", /flushed lines are durable/u],
  ["", "unreported", "cache-line", "power-failure", /flushed lines are durable/u],
  ["unheard-of", "unreported", "cache-line", "power-failure", /flushed lines are durable/u],
  [null, "none", "cache-line", "process-exit", /may be volatile/u],
])("persistence domain %j is %s: granularity %s, survives %s", (domain, seen, granularity, survives, reason) => {
  const { path, root } = fakeDevice({ domain });
  const region = mapFile(path);
  expect(region).toMatchObject({ persistenceDomain: seen, granularity, durability: { survives } });
  expect(region.durability.reason).toMatch(reason);
  expect(region.durability.reason).toContain(`NODEMM_SYSFS_ROOT=${root}`);
  region.persist(0, 4096);
  region.close();
});

test("a second opening is refused through the same node and through another one of the same device", () => {
  const { path } = fakeDevice();
  const region = mapFile(path);
  for (const node of [path, zeroNode()]) expectError(() => mapFile(node), "ERR_PMEM_LOCKED", /in use/u);
  expectError(() => clearDevice(path), "ERR_PMEM_LOCKED", /in use/u);
  region.close();
  mapFile(zeroNode()).close();
});

test("a second opening of the same node is refused where sysfs shows other instances of its files", () => {
  const { path } = fakeDevice();
  const region = mapFile(path);
  fakeDevice();
  expectError(() => mapFile(path), "ERR_PMEM_LOCKED", /in use/u);
  region.close();
  mapFile(path).close();
});

test("DAX_RESET=1 clears a device at opening and says so, and touches no file", () => {
  const { path } = fakeDevice();
  const file = freshPath("memory");
  const made = mapFile(file, { mode: "create", size: 4096 });
  made.fill(0, 4096, 9);
  made.close();
  const fill = vi.spyOn(MappedRegion.prototype, "fill");
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  for (const other of ["", "0", "true"]) {
    vi.stubEnv("DAX_RESET", other);
    mapFile(path).close();
  }
  vi.stubEnv("DAX_RESET", "1");
  const kept = mapFile(file);
  expect(new Uint8Array(kept.view(0, 1))).toEqual(Uint8Array.of(9));
  kept.close();
  expect([fill.mock.calls, told.mock.calls]).toEqual([[], []]);
  mapFile(path).close();
  expect(fill.mock.calls).toEqual([[0, 8 * MiB, 0]]);
  expect(told.mock.calls).toEqual([[`DAX_RESET=1: clearing all 8388608 bytes of ${path}\n`]]);
});

test("a clearing that fails gives the device back", () => {
  const { path } = fakeDevice();
  vi.stubEnv("DAX_RESET", "1");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(MappedRegion.prototype, "drain").mockImplementationOnce(() => {
    throw new Error("no power");
  });
  expect(() => mapFile(path)).toThrow("no power");
  mapFile(path).close();
});

test("clearDevice fills all of a device with zeros, and refuses what is none", () => {
  const { path } = fakeDevice();
  const fill = vi.spyOn(MappedRegion.prototype, "fill");
  const drain = vi.spyOn(MappedRegion.prototype, "drain");
  clearDevice(path);
  expect(fill.mock.calls).toEqual([[0, 8 * MiB, 0]]);
  expect(drain).toHaveBeenCalledOnce();
  mapFile(path).close();
  const file = freshPath("memory");
  mapFile(file, { mode: "create", size: 4096 } satisfies MapFileOptions).close();
  expectError(() => clearDevice(file), "ERR_PMEM_NOT_A_FILE", /is a file/u);
  expectError(() => clearDevice(`${file}.missing`), "ERR_PMEM_NOT_FOUND", /does not exist/u);
  expect(() => clearDevice(1 as unknown as string)).toThrow(TypeError);
});
