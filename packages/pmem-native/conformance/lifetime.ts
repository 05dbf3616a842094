import assert from "node:assert/strict";
import { methods } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function lifetimeTests({ test, factory }: Suite): void {
  const create = () => factory.create({ length: 8192, capacity: 8192 });

  for (const method of methods) {
    test(`a closed region throws ERR_PMEM_CLOSED from ${method.name}`, () => {
      const region = create();
      region.close();
      assert.throws(() => method.call(region), { name: "PmemError", code: "ERR_PMEM_CLOSED" });
    });
  }

  test("close detaches every view, overlapping or not", () => {
    const region = create();
    const views = [region.view(0, 64), region.view(64, 4000), region.view(4096, 4096)];
    if (region.overlappingViews) views.push(region.view(0, 8192), region.view(32, 64));
    const bytes = views.map((view) => new Uint8Array(view));
    region.close();
    for (const view of views) assert.equal(view.byteLength, 0);
    for (const view of bytes) {
      assert.equal(view.length, 0);
      assert.equal(view[0], undefined);
    }
  });

  test("a second close does nothing", () => {
    const region = create();
    assert.equal(region.closed, false);
    region.close();
    assert.equal(region.closed, true);
    region.close();
    assert.equal(region.closed, true);
  });

  test("closing one region leaves another's views alone", () => {
    const kept = create();
    const closed = create();
    const view = new Uint8Array(kept.view(0, 64)).fill(5);
    closed.view(0, 64);
    closed.close();
    assert.deepEqual(view, new Uint8Array(64).fill(5));
    kept.close();
  });

  test("a region reports its fields after close", () => {
    const region = create();
    const { source, granularity, readOnly } = region;
    region.close();
    assert.equal(region.source, source);
    assert.equal(region.granularity, granularity);
    assert.equal(region.readOnly, readOnly);
    assert.equal(typeof region.durability.reason, "string");
  });
}
