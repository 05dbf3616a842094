import assert from "node:assert/strict";
import { asyncMethods, bytesOf, methods } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function poisonTests({ test, factory }: Suite): void {
  if (factory.breakNextSync === undefined) return;
  const breakNextSync = factory.breakNextSync.bind(factory);

  for (const method of methods) {
    if (!method.writes) continue;
    test(`after a failed sync ${method.name} throws the same error again and again`, () => {
      const region = factory.create({ length: 4096, capacity: 8192 });
      breakNextSync(region);
      let first: unknown;
      try {
        region.persist(0, 64);
      } catch (error) {
        first = error;
      }
      assert.equal((first as { code?: string } | undefined)?.code, "ERR_PMEM_SYNC_FAILED");
      for (let attempt = 0; attempt < 3; attempt++) {
        assert.throws(
          () => method.call(region),
          (error) => error === first,
        );
      }
      region.close();
    });
  }

  for (const method of asyncMethods) {
    if (!method.writes) continue;
    test(`after a failed sync ${method.name} rejects with the same error again and again`, async () => {
      const region = factory.create({ length: 4096, capacity: 8192 });
      breakNextSync(region);
      const first: unknown = await region.persistAsync(0, 64).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.equal((first as { code?: string } | undefined)?.code, "ERR_PMEM_SYNC_FAILED");
      for (let attempt = 0; attempt < 3; attempt++) {
        await assert.rejects(method.call(region), (error) => error === first);
        assert.throws(
          () => region.drain(),
          (error) => error === first,
        );
      }
      region.close();
    });
  }

  test("a poisoned region can still be read and closed", () => {
    const region = factory.create({ length: 4096, capacity: 8192 });
    region.copy(0, Uint8Array.of(1, 2, 3));
    breakNextSync(region);
    assert.throws(() => region.persist(0, 64), { code: "ERR_PMEM_SYNC_FAILED" });
    assert.deepEqual(bytesOf(region, 0, 3), Uint8Array.of(1, 2, 3));
    assert.equal(typeof region.crc32c(0, 64), "number");
    region.close();
    assert.throws(() => region.persist(0, 64), { code: "ERR_PMEM_CLOSED" });
  });
}
