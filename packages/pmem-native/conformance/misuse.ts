import assert from "node:assert/strict";
import { badRanges, bytesOf, methods, rangeMethods, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

/** An argument as it reads in a failure. */
function show(value: unknown): string {
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}

export function misuseTests({ test, factory }: Suite): void {
  const create = () => factory.create({ length: 4096, capacity: 4096 });

  for (const method of rangeMethods) {
    test(`${method.name} refuses every range outside the region and changes nothing`, () => {
      const region = create();
      const pattern = writePattern(region, 4096);
      for (const { offset, length, error } of badRanges) {
        assert.throws(
          () => method.call(region, offset as number, length as number),
          error,
          `${method.name}(${show(offset)}, ${show(length)})`,
        );
      }
      assert.deepEqual(bytesOf(region, 0, 4096), pattern);
      region.close();
    });
  }

  test("copy refuses offsets outside the region and sources that are not views, and changes nothing", () => {
    const region = create();
    const pattern = writePattern(region, 4096);
    const source = new Uint8Array(16);
    for (const { offset, length, error } of badRanges) {
      if (typeof length !== "number" || !(length >= 0 && length <= 5000) || !Number.isInteger(length)) continue;
      assert.throws(() => region.copy(offset as number, new Uint8Array(length)), error, show(offset));
    }
    for (const wrong of [new ArrayBuffer(8), [1, 2], "bytes", null, undefined, 1, { byteLength: 4 }, {}]) {
      assert.throws(() => region.copy(0, wrong as unknown as ArrayBufferView), TypeError);
    }
    assert.throws(() => region.copy(4081, source), RangeError);
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  test("copy of a detached source stores nothing", () => {
    const region = create();
    const pattern = writePattern(region, 4096);
    const source = new Uint8Array(64);
    structuredClone(source.buffer, { transfer: [source.buffer] });
    region.copy(0, source);
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  test("flushMany and persistMany refuse an odd number of entries, numbers outside, and what is no list of numbers", () => {
    const region = create();
    for (const verb of ["flushMany", "persistMany"] as const) {
      for (const odd of [[0], [0, 64, 64], Float64Array.of(0), new Float64Array(5)]) {
        assert.throws(() => region[verb](odd), RangeError, `${verb} of ${odd.length} entries`);
      }
      for (const bad of [-1, 0.5, Number.NaN, 4097, 2 ** 53, Number.POSITIVE_INFINITY]) {
        assert.throws(() => region[verb](Float64Array.of(0, 64, bad, 0)), RangeError, `${verb} at ${bad}`);
        assert.throws(() => region[verb](Float64Array.of(0, 64, 0, bad)), RangeError, `${verb} of ${bad} bytes`);
      }
      const noLists = [
        null,
        undefined,
        1,
        "0,1",
        {},
        new Map(),
        new Uint8Array(2),
        new BigInt64Array(2),
        { length: 2 },
      ];
      for (const wrong of noLists) {
        assert.throws(
          () => region[verb](wrong as unknown as readonly number[]),
          TypeError,
          `${verb} of ${show(wrong)}`,
        );
      }
      for (const wrong of [["0", 1], [0, undefined], [0n, 1n], [0, 1, {}, 1], Array(2)]) {
        assert.throws(() => region[verb](wrong as readonly number[]), TypeError);
      }
    }
    region.close();
  });

  test("advise refuses ranges outside the region, and advice that is none", () => {
    const region = create();
    for (const { offset, length, error } of badRanges) {
      // An absent offset or length stands for the rest of the region.
      if (offset === undefined || length === undefined) continue;
      assert.throws(() => region.advise("random", offset as number, length as number), error, show(offset));
    }
    for (const wrong of [undefined, null, "", "fast", 1, {}, "RANDOM"]) {
      assert.throws(() => region.advise(wrong as "random"), TypeError, show(wrong));
    }
    region.close();
  });

  test("fill refuses what is not a byte", () => {
    const region = create();
    for (const byte of [-1, 256, 1.5, Number.NaN]) assert.throws(() => region.fill(0, 16, byte), RangeError);
    for (const byte of ["1", undefined, null, 1n, {}]) {
      assert.throws(() => region.fill(0, 16, byte as number), TypeError);
    }
    assert.deepEqual(bytesOf(region, 0, 4096), new Uint8Array(4096));
    region.close();
  });

  test("publish refuses unaligned or outside offsets and halves that are not unsigned 32-bit", () => {
    const region = create();
    for (const offset of [1, 4, 7, 12, -8, 4096, 4092, 8.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY]) {
      assert.throws(() => region.publish(offset, 1, 1), RangeError, String(offset));
    }
    for (const half of [-1, 2 ** 32, 0.5, Number.NaN]) {
      assert.throws(() => region.publish(0, half, 0), RangeError, String(half));
      assert.throws(() => region.publish(0, 0, half), RangeError, String(half));
    }
    for (const wrong of ["0", undefined, null, 0n, {}]) {
      assert.throws(() => region.publish(wrong as number, 0, 0), TypeError);
      assert.throws(() => region.publish(0, wrong as number, 0), TypeError);
      assert.throws(() => region.publish(0, 0, wrong as number), TypeError);
    }
    assert.deepEqual(bytesOf(region, 0, 4096), new Uint8Array(4096));
    region.close();
  });

  test("crc32c refuses an initial value that is not unsigned 32-bit", () => {
    const region = create();
    for (const initial of [-1, 2 ** 32, 0.5, Number.NaN]) {
      assert.throws(() => region.crc32c(0, 16, initial), RangeError, String(initial));
    }
    for (const initial of ["0", null, 0n, {}]) {
      assert.throws(() => region.crc32c(0, 16, initial as number), TypeError);
    }
    assert.equal(region.crc32c(0, 16, undefined), region.crc32c(0, 16, 0));
    region.close();
  });

  if (factory.createReadOnly !== undefined) {
    const createReadOnly = factory.createReadOnly.bind(factory);
    for (const method of methods) {
      if (!method.writes) continue;
      test(`${method.name} of a read-only region throws ERR_PMEM_READ_ONLY`, () => {
        const content = Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff);
        const region = createReadOnly(content);
        assert.equal(region.readOnly, true);
        assert.throws(() => method.call(region), { name: "PmemError", code: "ERR_PMEM_READ_ONLY" });
        assert.deepEqual(bytesOf(region, 0, 4096), content);
        region.close();
      });
    }
  }
}
