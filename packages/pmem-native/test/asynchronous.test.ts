import { once } from "node:events";
import { truncateSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { mapFile, type Granularity, type MappedFile } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";
import { runScript, scriptPath } from "./support/child.ts";

const LENGTH = 2 ** 26;

function mapLines(forceGranularity: Granularity = "byte"): MappedFile {
  return mapFile(freshPath("memory"), { mode: "create", size: LENGTH, forceGranularity });
}

test("the event loop turns while an operation runs", async () => {
  const region = mapLines();
  const order: string[] = [];
  const filled = region.fillAsync(0, LENGTH, 1).then(() => order.push("filled"));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      order.push("turned");
      resolve();
    });
  });
  await filled;
  expect(order).toEqual(["turned", "filled"]);
  region.close();
});

test("an abort ends the operation after the piece in progress, which the error's completedBytes includes", async () => {
  const region = mapLines();
  const controller = new AbortController();
  const filling = region.fillAsync(0, LENGTH, 1, { signal: controller.signal });
  controller.abort(new Error("enough"));
  const error = await filling.catch((reason: unknown) => reason as { code: string; completedBytes: number });
  expect(error).toMatchObject({ code: "ERR_PMEM_ABORTED", cause: controller.signal.reason });
  const { completedBytes } = error as { completedBytes: number };
  expect(completedBytes).toBeLessThan(LENGTH);
  const bytes = new Uint8Array(region.view(0, LENGTH));
  expect(bytes.subarray(0, completedBytes).every((byte) => byte === 1)).toBe(true);
  expect(bytes[LENGTH - 1]).toBe(0);
  region.close();
});

test("close in the middle waits for no more than a piece, and the file holds what was completed", async () => {
  const region = mapLines();
  const filling = region.fillAsync(0, LENGTH, 1);
  const queued = Array.from({ length: 8 }, () => region.persistAsync(0, LENGTH));
  region.close();
  const outcomes = await Promise.allSettled([filling, ...queued]);
  // How far each came is chance; that those which did not end are told so is not.
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "ERR_PMEM_CLOSED" });
  }
  const again = mapFile(region.path);
  const bytes = new Uint8Array(again.view(0, LENGTH));
  const [first] = outcomes;
  const completed = first.status === "fulfilled" ? LENGTH : (first.reason as { completedBytes: number }).completedBytes;
  expect(bytes.subarray(0, completed).every((byte) => byte === 1)).toBe(true);
  again.close();
});

test("an abort of many ranges tells how many bytes of them are durable", async () => {
  const region = mapLines("cache-line");
  const controller = new AbortController();
  const persisting = region.persistManyAsync([0, LENGTH, 64, LENGTH - 64], { signal: controller.signal });
  controller.abort();
  const outcome = await persisting.catch((reason: unknown) => reason);
  expect(outcome).toMatchObject({ code: "ERR_PMEM_ABORTED" });
  expect((outcome as { completedBytes: number }).completedBytes).toBeLessThan(2 * LENGTH - 64);
  region.close();
});

test("of a record that is aborted or closed upon nothing counts", async () => {
  for (const ending of ["ERR_PMEM_ABORTED", "ERR_PMEM_CLOSED"]) {
    const region = mapLines();
    const controller = new AbortController();
    const half = LENGTH / 2;
    const storing = region.persistRecordAsync(half, half - 4096, 0, 0, 4096, { signal: controller.signal });
    setImmediate(() => (ending === "ERR_PMEM_CLOSED" ? region.close() : controller.abort(new Error("enough"))));
    await expect(storing).rejects.toMatchObject({ code: ending, completedBytes: 0 });
    region.close();
  }
});

test("a file can be mapped again as soon as closeAsync is fulfilled, whatever was under way", async () => {
  const region = mapLines();
  new Uint8Array(region.view(0, LENGTH)).fill(1);
  const { path } = region;
  for (let round = 0, open = region; round < 5; round++) {
    const filling = Promise.allSettled([open.fillAsync(0, LENGTH, round), open.persistAsync(0, LENGTH)]);
    await open.closeAsync();
    open = mapFile(path, { forceGranularity: "byte" });
    await filling;
    expect(open.length).toBe(LENGTH);
    if (round === 4) open.close();
  }
});

test("a worker that ends while it closes gives the file back", async () => {
  const path = freshPath("memory");
  for (let round = 0; round < 4; round++) {
    const worker = new Worker(scriptPath("worker-async.mjs"), { workerData: path, argv: ["closes"] });
    await once(worker, "message");
    await worker.terminate();
    const region = mapFile(path);
    expect(region.length).toBe(LENGTH);
    region.close();
  }
});

test("a source that nobody holds any more is copied all the same", async () => {
  const region = mapLines();
  const copies = Array.from({ length: 16 }, (_, index) =>
    region.copyAsync(index * 2 ** 22, new Uint8Array(2 ** 22).fill(index + 1)),
  );
  for (let index = 0; index < 50; index++) new Uint8Array(2 ** 20).fill(0xee);
  await Promise.all(copies);
  const bytes = new Uint8Array(region.view(0, LENGTH));
  for (let index = 0; index < 16; index++) {
    expect(bytes.subarray(index * 2 ** 22, (index + 1) * 2 ** 22).every((byte) => byte === index + 1)).toBe(true);
  }
  region.close();
});

test("a source that is transferred meanwhile is told", async () => {
  const region = mapLines();
  const source = new Uint8Array(2 ** 20);
  const copying = region.copyAsync(0, source);
  const moved = structuredClone(source.buffer, { transfer: [source.buffer] });
  await expect(copying).rejects.toThrow(TypeError);
  expect(moved.byteLength).toBe(2 ** 20);
  region.close();
});

test("a source that is transferred and collected meanwhile is told, and crashes nothing", () => {
  const { reports, signal, status, stderr } = runScript("collected-sources.mjs", [freshPath("memory")], {
    node: ["--expose-gc"],
  });
  expect({ signal, status }, stderr).toEqual({ signal: null, status: 0 });
  const told = ["copyAsync", "copyManyAsync", "crc32cOfAsync"].map((verb) => ({ verb, outcomes: ["TypeError"] }));
  expect(reports).toEqual([...told, { trap: true }]);
});

test("a source whose region is closed before the thread pool comes to it is told, and crashes nothing", () => {
  const { reports, signal, status, stderr } = runScript("closed-sources.mjs", [freshPath("disk")], {
    env: { UV_THREADPOOL_SIZE: "1" },
    node: ["--expose-gc"],
  });
  expect({ signal, status }, stderr).toEqual({ signal: null, status: 0 });
  const of = (verb: string) =>
    ["closed", "released and closed"].map((ending) => ({ verb, ending, outcome: "TypeError", othersCopied: true }));
  expect(reports).toEqual([...of("copyAsync"), ...of("copyManyAsync")]);
});

test("a file truncated under an operation of the thread pool is ERR_PMEM_FAULT, and the process goes on", async () => {
  const region = mapLines();
  truncateSync(region.path, 4096);
  await expect(region.fillAsync(0, LENGTH, 1)).rejects.toMatchObject({ code: "ERR_PMEM_FAULT" });
  expect(() => region.persist(0, 1)).toThrow(expect.objectContaining({ code: "ERR_PMEM_FAULT" }));
  region.close();
});

test("a worker that ends in the middle of operations gives the file back", async () => {
  const path = freshPath("memory");
  for (let round = 0; round < 4; round++) {
    const worker = new Worker(scriptPath("worker-async.mjs"), { workerData: path });
    await once(worker, "message");
    await worker.terminate();
    const region = mapFile(path);
    expect(region.length).toBe(LENGTH);
    region.close();
  }
});
