import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import { bytesOf, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

/** Adds 1 to the first word of a shared buffer, and ends. */
const increment = `
  const { workerData } = require("node:worker_threads");
  Atomics.add(new Int32Array(workerData), 0, 1);
`;

export function sharedViewTests({ test, factory, capabilities }: Suite): void {
  const create = (length = 8192) => factory.create({ length, capacity: length });
  const works = capabilities.sharedViews === true;

  test("shared views are there where the region says so", () => {
    const region = create();
    assert.equal(region.sharedViews, works);
    assert.equal(region.isShared(0, 8192), false);
    if (!works) {
      assert.throws(() => region.sharedView(0, 64), { name: "PmemError", code: "ERR_PMEM_UNSUPPORTED" });
      assert.equal(region.isShared(0, 8192), false);
    }
    region.close();
    assert.throws(() => region.sharedView(0, 64), { name: "PmemError", code: "ERR_PMEM_CLOSED" });
  });

  if (!works) return;

  test("a shared view is the region's own memory", () => {
    const region = create();
    const pattern = writePattern(region, 8192);
    const view = region.sharedView(64, 128);
    assert.ok(view instanceof SharedArrayBuffer);
    assert.equal(view.byteLength, 128);
    const bytes = new Uint8Array(view);
    assert.deepEqual(bytes.slice(), pattern.slice(64, 192));
    bytes[3] = 99;
    region.persist(64, 128);
    assert.equal(bytesOf(region, 67, 1)[0], 99);
    region.copy(64, Uint8Array.of(5));
    assert.equal(bytes[0], 5);
    assert.equal(region.sharedView(0, 0).byteLength, 0);
    region.close();
  });

  test("shared views may share bytes with each other and with views", () => {
    const region = create();
    const [first, same, inner] = [region.sharedView(0, 4096), region.sharedView(0, 4096), region.sharedView(8, 8)];
    const view = new Uint8Array(region.view(0, 4096));
    new Uint8Array(inner)[0] = 1;
    new Uint8Array(first)[9] = 2;
    view[10] = 3;
    assert.deepEqual([...new Uint8Array(same, 8, 3)], [1, 2, 3]);
    region.releaseView(view.buffer);
    assert.deepEqual([...new Uint8Array(first, 8, 3)], [1, 2, 3]);
    region.close();
  });

  test("a shared view cannot be released, and its bytes stay shared while it is held", () => {
    const region = create();
    const view = region.sharedView(64, 64);
    assert.throws(() => region.releaseView(view as unknown as ArrayBuffer), TypeError);
    for (const [offset, length, shared] of [
      [0, 8192, true],
      [0, 65, true],
      [127, 1, true],
      [0, 64, false],
      [128, 64, false],
      [64, 0, false],
    ] as const) {
      assert.equal(region.isShared(offset, length), shared, `${length} bytes at ${offset}`);
    }
    assert.equal(view.byteLength, 64);
    region.close();
  });

  test("worker threads store into the region through shared views", async () => {
    const region = create();
    const view = region.sharedView(0, 64);
    const ended = Array.from({ length: 3 }, () => {
      const worker = new Worker(increment, { eval: true, workerData: view });
      return new Promise((resolve, reject) => {
        worker.once("exit", resolve);
        worker.once("error", reject);
      });
    });
    await Promise.all(ended);
    region.persist(0, 4);
    assert.equal(new Int32Array(bytesOf(region, 0, 4).buffer)[0], 3);
    region.close();
  });

  test("after close a shared view reads as zeros, and stores through it reach nothing", () => {
    const region = create();
    region.fill(0, 8192, 7);
    const bytes = new Uint8Array(region.sharedView(0, 8192));
    const other = create();
    region.close();
    assert.equal(bytes.length, 8192);
    assert.ok(bytes.every((byte) => byte === 0));
    bytes.fill(9);
    const next = create();
    assert.ok(bytesOf(next, 0, 8192).every((byte) => byte === 0));
    assert.ok(bytesOf(other, 0, 8192).every((byte) => byte === 0));
    assert.ok(bytes.every((byte) => byte === 9));
    next.close();
    other.close();
  });
}
