import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { PmemError } from "@nodemm/pmem-native";
import type { Suite } from "./suite.ts";

/** Longer than a region may take to tell. */
const patienceMs = 5000;

export function faultTests({ test, factory }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });

  test("onFault takes functions only, and takes them back", () => {
    const region = create();
    for (const wrong of [undefined, null, 1, "listener", {}]) {
      assert.throws(() => region.onFault(wrong as () => void), TypeError);
    }
    const takeBack = region.onFault(() => assert.fail("there is no fault"));
    takeBack();
    takeBack();
    region.close();
    takeBack();
  });

  if (factory.breakMemory === undefined) return;
  const breakMemory = factory.breakMemory.bind(factory);

  test("every listener is told once of memory that is found gone through a view, with the error of the methods", async () => {
    const region = create();
    const bytes = new Uint8Array(region.view(0, 16384));
    const told: PmemError[] = [];
    const removed = region.onFault(() => assert.fail("this listener was taken back"));
    region.onFault((fault) => told.push(fault));
    region.onFault((fault) => told.push(fault));
    removed();
    breakMemory(region);
    assert.equal(bytes[12288], 0);
    assert.equal(told.length, 0, "no listener is called in the middle of an access");
    for (let waited = 0; told.length < 2 && waited < patienceMs; waited += 10) await sleep(10);
    assert.equal(told.length, 2);
    assert.equal(told[0].code, "ERR_PMEM_FAULT");
    assert.equal(told[0], told[1]);
    assert.throws(
      () => region.persist(0, 1),
      (error) => error === told[0],
    );
    await new Promise<void>((resolve) => {
      region.onFault((fault) => {
        assert.equal(fault, told[0]);
        resolve();
      });
    });
    assert.equal(told.length, 2);
    region.close();
  });

  test("a listener hears nothing after close", async () => {
    const region = create();
    const bytes = new Uint8Array(region.view(0, 16384));
    let called = false;
    region.onFault(() => {
      called = true;
    });
    breakMemory(region);
    assert.equal(bytes[12288], 0);
    region.close();
    await sleep(200);
    assert.equal(called, false);
  });
}
