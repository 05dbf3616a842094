import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mapMemory, type MapMemoryOptions, type MappedFile, type PmemError, type PmemErrorCode } from "../src/index.ts";

function expectError(call: () => unknown, code: PmemErrorCode, words: RegExp): void {
  expect(call).toThrow(expect.objectContaining({ name: "PmemError", code }) as Error);
  expect(call).toThrow(words);
}

test("memory without a name is zero at first, grows, and claims to survive nothing", () => {
  const region = mapMemory({ size: 10_000, name: "scratch" });
  expect(region).toMatchObject({ kind: "memory", path: "scratch", source: "scratch", created: true, length: 10_000 });
  expect(region).toMatchObject({ granularity: "page", persistenceDomain: "none", durability: { survives: "none" } });
  expect(region.durability.reason).toMatch(/no name/u);
  const bytes = new Uint8Array(region.view(0, 10_000));
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  bytes[9999] = 5;
  region.persist(9999, 1);
  region.grow(1_000_000);
  expect(new Uint8Array(region.view(9999, 2))).toEqual(Uint8Array.of(5, 0));
  region.close();
});

test("its label is seen in /proc, and labels need not differ", () => {
  const name = "a label of ours";
  const regions = [mapMemory({ size: 4096, name }), mapMemory({ size: 4096, name })];
  expect(readFileSync("/proc/self/maps", "utf8").split(`/memfd:${name}`)).toHaveLength(3);
  regions[0].fill(0, 8, 1);
  expect(regions[1].crc32c(0, 8)).not.toBe(regions[0].crc32c(0, 8));
  for (const region of regions) region.close();
  expect(readFileSync("/proc/self/maps", "utf8")).not.toContain(name);
});

test("a forced granularity changes nothing about what it survives", () => {
  const region = mapMemory({ size: 4096, forceGranularity: "cache-line" });
  expect(region).toMatchObject({ granularity: "cache-line", durability: { survives: "none" } });
  region.persist(0, 4096);
  region.close();
});

test("more than there is, or than the capacity, is refused with the figures", () => {
  expectError(() => mapMemory({ size: 2 ** 52 }), "ERR_PMEM_NO_SPACE", /4503599627370496 bytes are needed/u);
  const grown = mapMemory({ size: 4096 });
  expectError(() => grown.grow(grown.capacity), "ERR_PMEM_NO_SPACE", /bytes are needed and \d+ are free/u);
  expect(grown.length).toBe(4096);
  grown.close();
  expectError(() => mapMemory({ size: 8192, capacity: 4096 }), "ERR_PMEM_CAPACITY", /8192.*4096/u);
  expectError(() => mapMemory({ size: 4096, granularity: "byte" }), "ERR_PMEM_GRANULARITY", /MAP_SYNC/u);
  const bounded = mapMemory({ size: 4096, capacity: 8192 });
  expectError(() => bounded.grow(8193), "ERR_PMEM_CAPACITY", /8193/u);
  bounded.close();
});

test("huge pages are used where the system has set enough aside, and too few are ERR_PMEM_NO_SPACE", () => {
  const facts = readFileSync("/proc/meminfo", "utf8");
  const fact = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "mu").exec(facts)![1]);
  const [free, pageBytes] = [fact("HugePages_Free"), fact("Hugepagesize") * 1024];
  const enough = () => mapMemory({ size: 5000, hugePages: true });
  if (free === 0) {
    expectError(enough, "ERR_PMEM_NO_SPACE", /5000|2097152/u);
  } else {
    const region = enough();
    region.fill(0, 5000, 1);
    region.close();
  }
  expectError(() => mapMemory({ size: (free + 1) * pageBytes, hugePages: true }), "ERR_PMEM_NO_SPACE", /free/u);
});

test.each([
  ["advise", async (region: MappedFile) => region.advise("huge-pages-now")],
  ["adviseAsync", async (region: MappedFile) => region.adviseAsync("huge-pages-now")],
])("huge-pages-now by %s moves what is in place onto huge pages, or is refused", async (form, advise) => {
  const name = `to be moved by ${form}`;
  const region = mapMemory({ size: 8 * 2 ** 20, name });
  region.fill(0, region.length, 7);
  try {
    await advise(region);
    const maps = readFileSync("/proc/self/smaps", "utf8");
    const facts = maps.slice(maps.indexOf(`/memfd:${name}`));
    expect(Number(/^(?:Shmem|File)PmdMapped: +(?<kilobytes>[1-9]\d*)/mu.exec(facts)!.groups!["kilobytes"])).toBe(8192);
  } catch (error) {
    expect((error as PmemError).code).toMatch(/ERR_PMEM_UNSUPPORTED|ERR_PMEM_SYSTEM/u);
    expect((error as PmemError).message).toMatch(/refuses "huge-pages-now"/u);
  }
  expect(new Uint8Array(region.view(0, region.length)).every((byte) => byte === 7)).toBe(true);
  region.close();
});

test("misuse is a plain TypeError or ERR_PMEM_SIZE that names the argument", () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /mapMemory takes options such as \{ size \}, got undefined/u],
    [null, /mapMemory takes options such as \{ size \}, got null/u],
    [{}, /size/u],
    [{ size: "1" }, /size/u],
    [{ size: 1, name: 1 }, /name/u],
    [{ size: 1, name: "" }, /name/u],
    [{ size: 1, name: "a\0b" }, /name/u],
    [{ size: 1, name: "x".repeat(250) }, /name.*250 bytes/u],
    [{ size: 1, hugePages: 1 }, /hugePages/u],
    [{ size: 1, hugePage: true }, /^mapMemory has no option "hugePage"; it has size, name, hugePages, /u],
    [{ size: 1, granularity: "line" }, /granularity/u],
  ];
  for (const [options, words] of wrong) {
    expect(() => mapMemory(options as MapMemoryOptions)).toThrow(TypeError);
    expect(() => mapMemory(options as MapMemoryOptions)).toThrow(words);
  }
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53])
    expectError(() => mapMemory({ size }), "ERR_PMEM_SIZE", /size/u);
  mapMemory({ size: 1, name: "x".repeat(249) }).close();
});
