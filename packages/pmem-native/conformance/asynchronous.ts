import assert from "node:assert/strict";
import { asyncMethods, badRanges, bytesOf, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function asynchronousTests({ test, factory }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });

  test("copyAsync, fillAsync and persistAsync leave exactly the bytes that were asked for", async () => {
    const region = create(20000);
    const expected = writePattern(region, 20000);
    const source = Uint8Array.from({ length: 6000 }, (_, index) => (index * 11) & 0xff);
    await region.copyAsync(33, source.subarray(1));
    expected.set(source.subarray(1), 33);
    await region.copyAsync(8000, new DataView(source.buffer, 3, 65));
    expected.set(source.subarray(3, 68), 8000);
    await region.fillAsync(10001, 7000, 0x5a);
    expected.fill(0x5a, 10001, 17001);
    await region.persistAsync(0, 20000);
    await region.copyAsync(20000, new Uint8Array(0));
    await region.fillAsync(20000, 0, 1);
    await region.persistAsync(0, 0);
    assert.deepEqual(bytesOf(region, 0, 20000), expected);
    region.close();
  });

  test("asynchronous operations on ranges apart may run together", async () => {
    const region = create(65536);
    const sources = Array.from({ length: 16 }, (_, index) => new Uint8Array(4096).fill(index + 1));
    await Promise.all(sources.map((source, index) => region.copyAsync(index * 4096, source)));
    for (const [index, source] of sources.entries()) assert.deepEqual(bytesOf(region, index * 4096, 4096), source);
    region.close();
  });

  for (const method of asyncMethods) {
    test(`${method.name} of a closed region rejects with ERR_PMEM_CLOSED`, async () => {
      const region = create();
      region.close();
      await assert.rejects(method.call(region), { name: "PmemError", code: "ERR_PMEM_CLOSED" });
    });

    test(`${method.name} that is closed upon ends, or rejects with ERR_PMEM_CLOSED and how much was done`, async () => {
      const region = create();
      const running = method.call(region);
      region.close();
      try {
        await running;
      } catch (error) {
        const { code, completedBytes = 0 } = error as { code?: string; completedBytes?: number };
        assert.equal(code, "ERR_PMEM_CLOSED");
        assert.ok(completedBytes >= 0 && completedBytes <= 64);
      }
    });

    test(`${method.name} with an aborted signal rejects with ERR_PMEM_ABORTED and changes nothing`, async () => {
      const region = create();
      const pattern = writePattern(region, 16384);
      const reason = new Error("enough");
      await assert.rejects(method.call(region, { signal: AbortSignal.abort(reason) }), {
        name: "PmemError",
        code: "ERR_PMEM_ABORTED",
        completedBytes: 0,
        cause: reason,
      });
      for (const wrong of [1, "signal", {}, null]) {
        await assert.rejects(method.call(region, { signal: wrong as unknown as AbortSignal }), TypeError);
      }
      assert.deepEqual(bytesOf(region, 0, 16384), pattern);
      const { signal } = new AbortController();
      await method.call(region, { signal });
      region.close();
    });

    test(`${method.name} rejects every range outside the region, never throws, and changes nothing`, async () => {
      const region = factory.create({ length: 4096, capacity: 4096 });
      const pattern = writePattern(region, 4096);
      for (const { offset, length, error } of badRanges) {
        if (!method.takesRange && typeof offset === "number" && offset <= 4096) continue;
        await assert.rejects(method.callWith(region, offset as number, length as number), error);
      }
      assert.deepEqual(bytesOf(region, 0, 4096), pattern);
      region.close();
    });
  }

  test("copyAsync refuses what is no view, resizable buffers, and overlapping views of the region", async () => {
    const region = create();
    const pattern = writePattern(region, 16384);
    for (const wrong of [new ArrayBuffer(8), [1, 2], "bytes", null, undefined, 1, {}]) {
      await assert.rejects(region.copyAsync(0, wrong as ArrayBufferView), TypeError);
    }
    const Resizable = ArrayBuffer as new (length: number, options: { readonly maxByteLength: number }) => ArrayBuffer;
    const resizable = new Resizable(64, { maxByteLength: 128 });
    await assert.rejects(region.copyAsync(0, new Uint8Array(resizable)), TypeError);
    const view = new Uint8Array(region.view(0, 4096));
    await assert.rejects(region.copyAsync(4095, view), RangeError);
    assert.deepEqual(new Uint8Array(view), pattern.slice(0, 4096));
    await region.copyAsync(4096, view);
    region.releaseView(view.buffer);
    assert.deepEqual(bytesOf(region, 4096, 4096), pattern.slice(0, 4096));
    region.close();
  });

  test("fillAsync refuses what is not a byte", async () => {
    const region = create();
    for (const byte of [-1, 256, 1.5, Number.NaN]) await assert.rejects(region.fillAsync(0, 16, byte), RangeError);
    for (const byte of ["1", undefined, null, 1n, {}]) {
      await assert.rejects(region.fillAsync(0, 16, byte as number), TypeError);
    }
    assert.deepEqual(bytesOf(region, 0, 16384), new Uint8Array(16384));
    region.close();
  });

  if (factory.createReadOnly !== undefined) {
    const createReadOnly = factory.createReadOnly.bind(factory);
    test("asynchronous methods of a read-only region reject with ERR_PMEM_READ_ONLY", async () => {
      const content = Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff);
      const region = createReadOnly(content);
      for (const method of asyncMethods) {
        await assert.rejects(method.call(region), { name: "PmemError", code: "ERR_PMEM_READ_ONLY" }, method.name);
      }
      assert.deepEqual(bytesOf(region, 0, 4096), content);
      region.close();
    });
  }
}
