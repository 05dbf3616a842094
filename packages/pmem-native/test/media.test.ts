import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { mapFile, mapMemory, type MappedFile } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";
import { fakeDevice, type FakeDevice } from "./support/dax.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Writes attributes into the region that the device lies in, and into its memory module. */
function tell(device: FakeDevice, attributes: Record<string, string>): void {
  for (const [name, text] of Object.entries(attributes)) {
    const path = name.startsWith("nmem")
      ? join(device.root, "bus/nd/devices", name)
      : join(device.folder, "../..", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, `${text}\n`);
  }
}

function facts(path: string): Pick<MappedFile, "badBlocks" | "unsafeShutdowns"> {
  const region = mapFile(path);
  region.close();
  return { badBlocks: region.badBlocks, unsafeShutdowns: region.unsafeShutdowns };
}

test("bad blocks and unsafe shutdowns of a device are what its region and its modules report", () => {
  const device = fakeDevice();
  tell(device, { badblocks: "4096 8\n4352 1", resource: "0x100000000", "dax0.1/dax0.0/resource": "0x100200000" });
  tell(device, { mappings: "1", mapping0: "nmem0,0,8388608,0", "nmem0/nfit/dirty_shutdown": "5" });
  expect(facts(device.path)).toEqual({
    badBlocks: {
      known: "value",
      value: [
        { offset: 0, length: 4096 },
        { offset: 131_072, length: 512 },
      ],
    },
    unsafeShutdowns: { known: "value", value: 5 },
  });
});

test("no bad blocks, missing privileges and a platform that does not tell are three different answers", () => {
  const device = fakeDevice();
  expect(facts(device.path).badBlocks).toMatchObject({
    known: "unsupported",
    reason: expect.stringContaining("region0/badblocks"),
  });
  tell(device, { badblocks: "" });
  expect(facts(device.path).badBlocks).toEqual({ known: "value", value: [] });
  tell(device, { badblocks: "4096 8", resource: "0x0" });
  expect(facts(device.path).badBlocks).toMatchObject({
    known: "forbidden",
    reason: expect.stringMatching(/this user may not read .*region0\/resource/u),
  });
  expect(facts(device.path).unsafeShutdowns).toMatchObject({
    known: "unsupported",
    reason: expect.stringContaining("region0/mappings"),
  });
});

test("memory has no medium to tell of, and the answers cannot be changed", () => {
  const region = mapMemory({ size: 4096 });
  expect(region.badBlocks).toMatchObject({ known: "unsupported", reason: expect.stringMatching(/no block device/u) });
  expect(region.unsafeShutdowns.known).toBe("unsupported");
  expect(Object.isFrozen(region.badBlocks) && Object.isFrozen(region.unsafeShutdowns)).toBe(true);
  region.close();
});

test("readSafely copies out, and where the file was cut it throws with the offset while the region goes on", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 16_384 });
  region.fill(0, 16_384, 7);
  region.drain();
  const copied = region.readSafely(100, 3);
  region.fill(100, 3, 8);
  expect(copied).toEqual(Uint8Array.of(7, 7, 7));
  truncateSync(path, 8192);
  const fault = { name: "PmemError", code: "ERR_PMEM_FAULT", message: expect.stringMatching(/offset 8192 .*goes on/u) };
  for (let round = 0; round < 3; round++) {
    expect(() => region.readSafely(4096, 8192)).toThrow(expect.objectContaining(fault) as Error);
  }
  expect(region.readSafely(8190, 2)).toEqual(Uint8Array.of(7, 7));
  region.persist(0, 4096);
  expect(() => region.readSafely(16_384, 1)).toThrow(RangeError);
  expect(() => region.readSafely(0, "1" as unknown as number)).toThrow(TypeError);
  expect(region.readSafely(16_384, 0)).toHaveLength(0);
  region.close();
  expect(() => region.readSafely(0, 1)).toThrow(expect.objectContaining({ code: "ERR_PMEM_CLOSED" }) as Error);
});
