import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  clearDeviceAsync,
  mapDescriptorAsync,
  mapFile,
  mapFileAsync,
  mapMemoryAsync,
  type Region,
} from "../src/index.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

/** Three steps of allocation, and no more than a small machine has in /dev/shm. */
const large = 3 * 2 ** 28;

/** How often the event loop turns until a promise is settled. */
async function turnsDuring(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await promise;
  clearInterval(timer);
  return turns;
}

test("mapFileAsync opens as mapFile does, off the event loop", async () => {
  const path = freshPath("memory");
  const opening = mapFileAsync(path, { mode: "create", size: large });
  expect(await turnsDuring(opening)).toBeGreaterThan(2);
  const region = await opening;
  expect([region.created, region.length, region.kind]).toEqual([true, large, "file"]);
  await expect(mapFileAsync(path)).rejects.toMatchObject({ code: "ERR_PMEM_LOCKED" });
  region.close();
  const again = await mapFileAsync(path, { readOnly: true });
  expect([again.created, again.readOnly]).toEqual([false, true]);
  again.close();
});

test("mapFileAsync, mapDescriptorAsync and mapMemoryAsync reject what the others throw", async () => {
  const path = freshPath("memory");
  await expect(mapFileAsync(path)).rejects.toMatchObject({ code: "ERR_PMEM_NOT_FOUND" });
  await expect(mapFileAsync(path, { mode: "open-or-create" })).rejects.toMatchObject({ code: "ERR_PMEM_SIZE" });
  await expect(mapFileAsync(1 as unknown as string)).rejects.toThrow(TypeError);
  await expect(mapFileAsync(path, { signal: 1 as unknown as AbortSignal })).rejects.toThrow(TypeError);
  await expect(mapDescriptorAsync(99_999)).rejects.toMatchObject({ code: "ERR_PMEM_NOT_FOUND" });
  await expect(mapMemoryAsync({ size: 2 ** 52 })).rejects.toMatchObject({ name: "PmemError" });
  await expect(mapMemoryAsync(undefined as never)).rejects.toThrow(TypeError);
  expect(readdirSync(dirname(path))).toEqual([]);
});

test("an abort ends an opening between steps and leaves nothing of a new file", async () => {
  const folder = freshFolder("memory");
  const reason = new Error("enough");
  const options = { mode: "create", size: large } as const;
  const early = mapFileAsync(join(folder, "early"), { ...options, signal: AbortSignal.abort(reason) });
  await expect(early).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED", cause: reason });
  await expect(early).rejects.toThrow(/early was aborted before anything of it was done for certain; do it again$/u);
  const controller = new AbortController();
  const opening = mapFileAsync(join(folder, "file"), { ...options, signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  await expect(opening).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED", cause: reason });
  expect(readdirSync(folder)).toEqual([]);
});

test("mapMemoryAsync gives memory that works", async () => {
  const region = await mapMemoryAsync({ size: 8192 });
  await region.fillAsync(0, 8192, 3);
  expect(new Uint8Array(region.view(8000, 192)).every((byte) => byte === 3)).toBe(true);
  region.close();
});

test("an abort ends a growth between steps, and the file has its old length", async () => {
  const path = freshPath("memory");
  const region = mapFile(path, { mode: "create", size: 4096 });
  const controller = new AbortController();
  const growing = region.growAsync(large, { signal: controller.signal });
  setImmediate(() => controller.abort());
  await expect(growing).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
  expect([region.length, readFileSync(path).length]).toEqual([4096, 4096]);
  await region.growAsync(8192);
  expect(region.length).toBe(8192);
  region.close();
});

test("close ends a growth between steps, and the file has its old length", async () => {
  const path = freshPath("memory");
  const region = mapFile(path, { mode: "create", size: 4096 });
  const growing = region.growAsync(large);
  setImmediate(() => region.close());
  await expect(growing).rejects.toMatchObject({ code: "ERR_PMEM_CLOSED" });
  expect(readFileSync(path).length).toBe(4096);
});

test("a growth that does not fit rejects with ERR_PMEM_NO_SPACE and changes nothing", async () => {
  const path = freshPath("memory");
  const region = mapFile(path, { mode: "create", size: 4096 });
  await expect(region.growAsync(region.capacity)).rejects.toMatchObject({ code: "ERR_PMEM_NO_SPACE" });
  expect([region.length, readFileSync(path).length]).toEqual([4096, 4096]);
  region.close();
});

test("readSafelyAsync copies a range, and names the first offset that cannot be read", async () => {
  const path = freshPath("memory");
  const length = 3 * 2 ** 22;
  const content = Uint8Array.from({ length }, (_, index) => index * 7);
  writeFileSync(path, content);
  const region = mapFile(path);
  expect(Buffer.compare(await region.readSafelyAsync(1, length - 1), content.subarray(1))).toBe(0);
  await expect(region.readSafelyAsync(0, length + 1)).rejects.toThrow(RangeError);
  truncateSync(path, 2 ** 22 + 8192);
  const unreadable = { code: "ERR_PMEM_FAULT", message: expect.stringContaining(`offset ${2 ** 22 + 8192} `) };
  await expect(region.readSafelyAsync(5, length - 5)).rejects.toMatchObject(unreadable);
  expect(Buffer.compare(await region.readSafelyAsync(0, 2 ** 22), content.subarray(0, 2 ** 22))).toBe(0);
  region.close();
});

test("what works on a long range ends at an abort, and goes through without one", async () => {
  const region = mapFile(freshPath("memory"), { mode: "create", size: 2 ** 28, forceGranularity: "cache-line" });
  const forms: ((region: Region, signal?: AbortSignal) => Promise<unknown>)[] = [
    (each, signal) => each.prefaultAsync(0, 2 ** 28, { signal }),
    (each, signal) => each.copyWithinCrc32cAsync(0, 2 ** 27, 2 ** 27, 0, { signal }),
    (each, signal) => each.crc32cAsync(0, 2 ** 28, 0, { signal }),
    (each, signal) => each.deepFlushAsync(0, 2 ** 28, { signal }),
  ];
  for (const form of forms) {
    const controller = new AbortController();
    const running = form(region, controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
    await form(region);
  }
  region.close();
});

test("clearDeviceAsync refuses a file as clearDevice does", async () => {
  const path = freshPath();
  writeFileSync(path, "not a device");
  await expect(clearDeviceAsync(path)).rejects.toMatchObject({ code: "ERR_PMEM_NOT_A_FILE" });
  expect(readFileSync(path, "utf8")).toBe("not a device");
});
