import assert from "node:assert/strict";
import { bytesOf, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function growthTests({ test, factory, capabilities }: Suite): void {
  const capacity = 1 << 20;

  test("grow to the length it has, or less, changes nothing", () => {
    const region = factory.create({ length: 4096, capacity });
    const pattern = writePattern(region, 4096);
    for (const length of [4096, 4095, 1]) {
      region.grow(length);
      assert.equal(region.length, 4096);
    }
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  test("grow beyond the capacity throws ERR_PMEM_CAPACITY and changes nothing", () => {
    const region = factory.create({ length: 4096, capacity });
    const pattern = writePattern(region, 4096);
    assert.throws(() => region.grow(region.capacity + 1), { code: "ERR_PMEM_CAPACITY" });
    assert.throws(() => region.grow(Number.MAX_SAFE_INTEGER), { code: "ERR_PMEM_CAPACITY" });
    assert.equal(region.length, 4096);
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  test("grow of anything but a whole number of bytes is misuse and changes nothing", () => {
    const region = factory.create({ length: 4096, capacity });
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.throws(() => region.grow(length), RangeError, String(length));
    }
    for (const length of ["8192", undefined, null, 8192n, {}, [8192]]) {
      assert.throws(() => region.grow(length as number), TypeError, `grow(a ${typeof length})`);
    }
    assert.equal(region.length, 4096);
    region.close();
  });

  test("growAsync of anything but a whole number of bytes within the capacity rejects and changes nothing", async () => {
    const region = factory.create({ length: 4096, capacity });
    const pattern = writePattern(region, 4096);
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      await assert.rejects(region.growAsync(length), RangeError, String(length));
    }
    for (const length of ["8192", undefined, null, 8192n, {}, [8192]]) {
      await assert.rejects(region.growAsync(length as number), TypeError, `growAsync(a ${typeof length})`);
    }
    await assert.rejects(region.growAsync(region.capacity + 1), { code: "ERR_PMEM_CAPACITY" });
    await region.growAsync(1);
    assert.equal(region.length, 4096);
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  if (!capabilities.growable) {
    test("grow beyond the length throws ERR_PMEM_CAPACITY", () => {
      const region = factory.create({ length: 4096, capacity: 4096 });
      assert.throws(() => region.grow(region.length + 1), { code: "ERR_PMEM_CAPACITY" });
      assert.equal(region.length, 4096);
      region.close();
    });
    return;
  }

  test("grow keeps every view and its bytes, and the new bytes are zero", () => {
    const region = factory.create({ length: 5000, capacity });
    const pattern = writePattern(region, 5000);
    const view = region.view(0, 5000);
    const bytes = new Uint8Array(view);
    for (const length of [5001, 8192, 20000, capacity]) {
      const before = region.length;
      region.grow(length);
      assert.ok(region.length >= length);
      assert.equal(view.byteLength, 5000);
      assert.deepEqual(bytes, pattern);
      assert.deepEqual(bytesOf(region, before, region.length - before), new Uint8Array(region.length - before));
      bytes[0] = pattern[0] = length & 0xff;
      assert.equal(bytesOf(region, 0, 1)[0], length & 0xff);
      region.fill(length - 1, 1, 0);
    }
    if (!region.overlappingViews) region.releaseView(view);
    region.fill(0, region.length, 7);
    region.persist(0, region.length);
    assert.equal(bytesOf(region, region.length - 1, 1)[0], 7);
    region.close();
  });

  test("growAsync lengthens as grow does, one growth after the other, beside other operations", async () => {
    const region = factory.create({ length: 5000, capacity });
    const pattern = writePattern(region, 5000);
    await Promise.all([
      region.growAsync(20000),
      region.growAsync(8192),
      region.persistAsync(0, 5000),
      region.growAsync(30000),
    ]);
    assert.ok(region.length >= 30000);
    assert.deepEqual(bytesOf(region, 0, 5000), pattern);
    assert.deepEqual(bytesOf(region, 5000, region.length - 5000), new Uint8Array(region.length - 5000));
    region.fill(0, region.length, 7);
    await region.persistAsync(0, region.length);
    region.grow(capacity);
    assert.equal(bytesOf(region, 29999, 1)[0], 7);
    region.close();
  });
}
