import assert from "node:assert/strict";
import type { Advice } from "@nodemm/pmem-native";
import { asyncMethods, badRanges, bytesOf, methods, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function asynchronousTests({ test, factory, capabilities }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });
  const deeper = capabilities.deepFlush !== false;

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
    await region.copyWithinAsync(300, 10000, 5000);
    expected.copyWithin(300, 10000, 15000);
    const sum = region.crc32c(12000, 4000);
    assert.equal(await region.copyWithinCrc32cAsync(5500, 12000, 4000), sum);
    expected.copyWithin(5500, 12000, 16000);
    await region.persistAsync(0, 20000);
    await region.prefaultAsync(0, 20000);
    await region.adviseAsync("random-now");
    if (deeper) await region.deepFlushAsync(100, 10000);
    await region.copyAsync(20000, new Uint8Array(0));
    await region.fillAsync(20000, 0, 1);
    await region.persistAsync(0, 0);
    await region.prefaultAsync(20000, 0);
    await region.copyWithinAsync(0, 20000, 0);
    assert.equal(await region.copyWithinCrc32cAsync(0, 20000, 0, 5), 5);
    await region.adviseAsync("normal", 20000);
    assert.deepEqual(bytesOf(region, 0, 20000), expected);
    region.close();
  });

  test("crc32cAsync is crc32c, from any initial value, over more than one piece", async () => {
    const length = 9_000_001;
    const region = create(length);
    region.fill(0, length, 0x61);
    for (const [offset, bytes, initial] of [
      [0, length, 0],
      [3, length - 3, 0xfedcba98],
      [5, 0, 7],
      [length, 0, 0],
    ]) {
      assert.equal(await region.crc32cAsync(offset, bytes, initial), region.crc32c(offset, bytes, initial));
    }
    for (const initial of [-1, 2 ** 32, 0.5, Number.NaN]) {
      await assert.rejects(region.crc32cAsync(0, 16, initial), RangeError);
    }
    for (const initial of ["0", null, 0n, {}]) {
      await assert.rejects(region.crc32cAsync(0, 16, initial as number), TypeError);
    }
    region.close();
  });

  test("copyWithinCrc32cAsync sums over more than one piece, from any initial value", async () => {
    const half = 6_000_001;
    const region = create(2 * half);
    region.copy(0, crypto.getRandomValues(new Uint8Array(65_536)));
    region.fill(65_536, half - 65_536, 0x61);
    for (const initial of [0, 0xfedcba98]) {
      const sum = await region.copyWithinCrc32cAsync(half, 0, half, initial);
      assert.equal(sum, region.crc32c(0, half, initial));
      assert.equal(sum, region.crc32c(half, half, initial));
    }
    for (const initial of [-1, 2 ** 32, 0.5, Number.NaN]) {
      await assert.rejects(region.copyWithinCrc32cAsync(64, 0, 16, initial), RangeError);
    }
    for (const initial of ["0", null, 0n, {}]) {
      await assert.rejects(region.copyWithinCrc32cAsync(64, 0, 16, initial as number), TypeError);
    }
    region.close();
  });

  test("persistManyAsync takes any number of ranges, longer than a piece too, whose list may change at once", async () => {
    const length = 9_000_001;
    const region = create(length);
    region.fill(0, length, 0x61);
    const pattern = writePattern(region, 20_000);
    for (const ranges of [
      [],
      [length, 0],
      [0, length],
      [5, 0, 3, 1, 0, length, 100, 4_194_304, 64, 4_194_305, 4096, 0],
      Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? at * 64 : 65)),
    ]) {
      await region.persistManyAsync(ranges);
      const numbers = Float64Array.from(ranges);
      const persisting = region.persistManyAsync(numbers);
      numbers.fill(-1);
      await persisting;
    }
    for (const wrong of [[1], Float64Array.of(0, 1, 2), [0, -1], [length, 1], [0.5, 1], [0, length + 1]]) {
      await assert.rejects(region.persistManyAsync(wrong), RangeError);
    }
    for (const wrong of [["0", 1], [undefined, 1], "ab", 1, undefined, null, {}, new Float32Array(2)]) {
      await assert.rejects(region.persistManyAsync(wrong as number[]), TypeError);
    }
    assert.deepEqual(bytesOf(region, 0, 20_000), pattern);
    region.close();
  });

  test("crc32cOfAsync is crc32cOf, from any initial value, of memory outside the region and in it", async () => {
    const region = create();
    const pattern = writePattern(region, 16384);
    const own = new Uint8Array(region.view(64, 8192));
    const long = new Uint8Array(9_000_001).fill(0x61);
    for (const source of [long, long.subarray(7), new DataView(long.buffer, 3, 77), new Uint8Array(0), own]) {
      for (const initial of [0, 0xfedcba98]) {
        assert.equal(await region.crc32cOfAsync(source, initial), region.crc32cOf(source, initial));
      }
    }
    for (const wrong of [new ArrayBuffer(8), [1], "bytes", null, undefined, {}]) {
      await assert.rejects(region.crc32cOfAsync(wrong as ArrayBufferView), TypeError);
    }
    for (const initial of [-1, 2 ** 32, 0.5, Number.NaN]) {
      await assert.rejects(region.crc32cOfAsync(own, initial), RangeError);
    }
    for (const initial of ["0", null, 0n, {}]) {
      await assert.rejects(region.crc32cOfAsync(own, initial as number), TypeError);
    }
    region.releaseView(own.buffer);
    assert.deepEqual(bytesOf(region, 0, 16384), pattern);
    region.close();
  });

  test("adviseAsync takes every advice that advise takes, and refuses what is none", async () => {
    const region = create();
    const pattern = writePattern(region, 16384);
    for (const advice of ["random", "sequential", "will-need", "random-now", "normal"] as const) {
      await region.adviseAsync(advice);
      await region.adviseAsync(advice, 4096, 100);
    }
    for (const wrong of ["huge", "", 1, null, undefined, {}]) {
      await assert.rejects(region.adviseAsync(wrong as Advice), TypeError);
    }
    for (const [offset, length] of [[-1], [0.5], [0, 16385], [16384, 1], [2 ** 53]]) {
      await assert.rejects(region.adviseAsync("random-now", offset, length), RangeError);
    }
    await assert.rejects(region.adviseAsync("random-now", "0" as unknown as number), TypeError);
    assert.deepEqual(bytesOf(region, 0, 16384), pattern);
    region.close();
  });

  test("copies within a region that overlap or lie outside are refused, and change nothing", async () => {
    const region = create();
    const pattern = writePattern(region, 16384);
    for (const [target, source, length] of [
      [0, 0, 1],
      [63, 0, 64],
      [100, 50, 500],
      [0, 16384, 1],
      [16384, 0, 1],
      [0, -1, 1],
      [0, 0.5, 1],
    ]) {
      await assert.rejects(region.copyWithinAsync(target, source, length), RangeError);
      await assert.rejects(region.copyWithinCrc32cAsync(target, source, length), RangeError);
    }
    for (const wrong of ["0", null, 0n, {}, undefined]) {
      await assert.rejects(region.copyWithinAsync(0, wrong as number, 1), TypeError);
      await assert.rejects(region.copyWithinCrc32cAsync(0, wrong as number, 1), TypeError);
    }
    assert.deepEqual(bytesOf(region, 0, 16384), pattern);
    region.close();
  });

  if (!deeper) {
    test("deepFlushAsync rejects with ERR_PMEM_UNSUPPORTED, because there is nothing deeper", async () => {
      const region = create();
      await assert.rejects(region.deepFlushAsync(0, 64), { name: "PmemError", code: "ERR_PMEM_UNSUPPORTED" });
      region.close();
    });
  }

  test("asynchronous operations on ranges apart may run together", async () => {
    const region = create(65536);
    const sources = Array.from({ length: 16 }, (_, index) => new Uint8Array(4096).fill(index + 1));
    await Promise.all(sources.map((source, index) => region.copyAsync(index * 4096, source)));
    for (const [index, source] of sources.entries()) assert.deepEqual(bytesOf(region, index * 4096, 4096), source);
    region.close();
  });

  for (const ending of ["close", "releaseView"] as const) {
    test(`a copy from another region whose source meets ${ending} meanwhile is whole, or rejects with a TypeError`, async () => {
      const source = create(65536);
      const pattern = writePattern(source, 65536);
      const region = create(4 * 65536);
      const from = new Uint8Array(source.view(0, 65536));
      const runs = [0, 1, 2].map((at) => region.copyAsync(at * 65536, from));
      runs.push(region.copyManyAsync([{ offset: 3 * 65536, source: from }]).done);
      if (ending === "close") source.close();
      else source.releaseView(from.buffer);
      for (const [at, outcome] of (await Promise.allSettled(runs)).entries()) {
        if (outcome.status === "rejected") assert.ok(outcome.reason instanceof TypeError, String(outcome.reason));
        else assert.deepEqual(bytesOf(region, at * 65536, 65536), pattern);
      }
      // The region goes on.
      await region.copyAsync(5, pattern);
      assert.deepEqual(bytesOf(region, 5, 65536), pattern);
      region.close();
      source.close();
    });
  }

  test("closeAsync closes the region and detaches its views at once, and is fulfilled however often it is called", async () => {
    const region = create(65536);
    const view = new Uint8Array(region.view(0, 4096));
    const running = Promise.allSettled([region.fillAsync(0, 65536, 1), region.persistManyAsync([0, 65536])]);
    const closing = region.closeAsync();
    assert.equal(region.closed, true);
    assert.equal(view.length, 0);
    for (const method of methods) {
      assert.throws(() => method.call(region), { name: "PmemError", code: "ERR_PMEM_CLOSED" }, method.name);
    }
    region.close();
    await region.closeAsync();
    await closing;
    for (const outcome of await running) {
      if (outcome.status === "rejected") assert.equal((outcome.reason as { code: string }).code, "ERR_PMEM_CLOSED");
    }
  });

  for (const method of asyncMethods) {
    if (method.name === "deepFlushAsync" && !deeper) continue;
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

    if (method.callWith === undefined) continue;
    const callWith = method.callWith.bind(method);
    test(`${method.name} rejects every range outside the region, never throws, and changes nothing`, async () => {
      const region = factory.create({ length: 4096, capacity: 4096 });
      const pattern = writePattern(region, 4096);
      for (const { offset, length, error } of badRanges) {
        await assert.rejects(callWith(region, offset as number, length as number), error);
      }
      assert.deepEqual(bytesOf(region, 0, 4096), pattern);
      region.close();
    });
  }

  test("copyAsync refuses every offset outside the region, and one whose source does not fit", async () => {
    const region = factory.create({ length: 4096, capacity: 4096 });
    const pattern = writePattern(region, 4096);
    for (const { offset, length, error } of badRanges) {
      if (length !== 1 || offset === 0) continue;
      await assert.rejects(region.copyAsync(offset as number, new Uint8Array(1)), error);
    }
    await assert.rejects(region.copyAsync(4095, new Uint8Array(2)), RangeError);
    assert.deepEqual(bytesOf(region, 0, 4096), pattern);
    region.close();
  });

  test("copyAsync refuses what is no view, resizable buffers, and overlapping views of the region", async () => {
    const region = create();
    const pattern = writePattern(region, 16384);
    for (const wrong of [new ArrayBuffer(8), [1, 2], "bytes", null, undefined, 1, {}]) {
      await assert.rejects(region.copyAsync(0, wrong as ArrayBufferView), TypeError);
    }
    const Resizable = ArrayBuffer as new (length: number, options: { readonly maxByteLength: number }) => ArrayBuffer;
    const resizable = new Resizable(64, { maxByteLength: 128 });
    await assert.rejects(region.copyAsync(0, new Uint8Array(resizable)), TypeError);
    // Whatever a class or an object says of itself.
    class Fixed extends Resizable {
      get resizable() {
        return false;
      }
    }
    const told = { buffer: { value: new ArrayBuffer(64) }, byteOffset: { value: 0 }, byteLength: { value: 8 } };
    for (const disguised of [
      new Uint8Array(new Fixed(64, { maxByteLength: 128 })),
      Object.defineProperties(new Float64Array(resizable), told),
      Object.defineProperties(new DataView(resizable), told),
    ]) {
      await assert.rejects(region.copyAsync(0, disguised), TypeError);
      assert.throws(() => region.copyManyAsync([{ offset: 0, source: disguised }]), TypeError);
    }
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
        if (!method.writes) {
          await method.call(region);
          continue;
        }
        await assert.rejects(method.call(region), { name: "PmemError", code: "ERR_PMEM_READ_ONLY" }, method.name);
      }
      assert.deepEqual(bytesOf(region, 0, 4096), content);
      region.close();
    });
  }
}
