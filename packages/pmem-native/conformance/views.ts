import assert from "node:assert/strict";
import { bytesOf } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function viewTests({ test, factory, capabilities }: Suite): void {
  const create = (length = 8192) => factory.create({ length, capacity: length });

  test("a view is the region's own memory", () => {
    const region = create();
    const view = region.view(64, 128);
    assert.ok(view instanceof ArrayBuffer);
    assert.equal(view.byteLength, 128);
    region.copy(64, Uint8Array.of(1, 2, 3));
    assert.deepEqual(new Uint8Array(view, 0, 4), Uint8Array.of(1, 2, 3, 0));
    new Uint8Array(view)[10] = 77;
    region.persist(64, 128);
    region.releaseView(view);
    assert.equal(bytesOf(region, 74, 1)[0], 77);
    region.close();
  });

  test("the same range asked again while its buffer lives is the same buffer", () => {
    const region = create();
    const view = region.view(64, 128);
    assert.equal(region.view(64, 128), view);
    region.releaseView(view);
    const again = region.view(64, 128);
    assert.notEqual(again, view);
    assert.equal(again.byteLength, 128);
    region.close();
  });

  test("releaseView detaches its buffer and no other, and keeps what was stored", () => {
    const region = create();
    const first = region.view(0, 64);
    const second = region.view(64, 64);
    const bytes = new Uint8Array(first);
    bytes.fill(9);
    region.releaseView(first);
    assert.equal(first.byteLength, 0);
    assert.equal(bytes.length, 0);
    assert.equal(bytes[0], undefined);
    assert.equal(second.byteLength, 64);
    assert.deepEqual(bytesOf(region, 0, 64), new Uint8Array(64).fill(9));
    region.close();
  });

  test("releaseView of a detached buffer does nothing", () => {
    const region = create();
    const view = region.view(0, 64);
    region.releaseView(view);
    region.releaseView(view);
    assert.equal(view.byteLength, 0);
    region.close();
  });

  test("releaseView of anything that is not a view of this region is a TypeError", () => {
    const region = create();
    const other = create();
    const foreign = other.view(0, 64);
    for (const wrong of [
      new ArrayBuffer(8),
      foreign,
      new Uint8Array(8),
      new SharedArrayBuffer(8),
      null,
      1,
      "view",
      {},
    ]) {
      assert.throws(() => region.releaseView(wrong as ArrayBuffer), TypeError);
    }
    assert.equal(foreign.byteLength, 64);
    other.close();
    region.close();
  });

  test("an empty view is an empty buffer", () => {
    const region = create();
    for (const offset of [0, 64, 8192]) assert.equal(region.view(offset, 0).byteLength, 0);
    region.close();
  });

  test("neighbouring views do not disturb each other", () => {
    const region = create();
    const views = [0, 1, 2, 3].map((index) => new Uint8Array(region.view(index * 64, 64)));
    for (const [index, view] of views.entries()) view.fill(index + 1);
    for (const [index, view] of views.entries()) assert.ok(view.every((byte) => byte === index + 1));
    region.close();
  });

  test("overlapping views are what the region says they are", () => {
    const region = create();
    assert.equal(region.overlappingViews, capabilities.overlappingViews);
    const outer = new Uint8Array(region.view(0, 4096));
    if (capabilities.overlappingViews) {
      const inner = new Uint8Array(region.view(1024, 1024));
      inner[5] = 42;
      assert.equal(outer[1029], 42);
      outer[1030] = 43;
      assert.equal(inner[6], 43);
      region.releaseView(inner.buffer);
      assert.equal(outer.length, 4096);
      assert.equal(outer[1029], 42);
    } else {
      for (const [offset, length] of [
        [1024, 1024],
        [0, 1],
        [4095, 2],
        [0, 8192],
      ]) {
        assert.throws(() => region.view(offset, length), { code: "ERR_PMEM_VIEW_OVERLAP" });
      }
      assert.equal(region.view(4096, 4096).byteLength, 4096);
      region.releaseView(outer.buffer);
      assert.equal(region.view(1024, 1024).byteLength, 1024);
    }
    region.close();
  });

  test("a buffer that its holder detached is not handed out again", () => {
    const region = create();
    const view = region.view(0, 64);
    new Uint8Array(view).fill(3);
    try {
      structuredClone(view, { transfer: [view] });
    } catch {
      // The runtime forbids the transfer: then the buffer is still attached, which the check below allows.
    }
    if (view.byteLength === 0) assert.notEqual(region.view(0, 64), view);
    assert.deepEqual(new Uint8Array(region.view(0, 64)), new Uint8Array(64).fill(3));
    region.close();
  });
}
