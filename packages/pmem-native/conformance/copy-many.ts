import assert from "node:assert/strict";
import type { Copy } from "@nodemm/pmem-native";
import { bytesOf } from "./methods.ts";
import type { Suite } from "./suite.ts";

const mebibyte = 1024 * 1024;

export function copyManyTests({ test, factory }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });

  test("copyManyAsync leaves exactly the bytes that were asked for, and counts what it has copied", async () => {
    const region = create(3 * mebibyte);
    const source = Uint8Array.from({ length: 2 * mebibyte + 3 }, (_, index) => (index * 7) & 0xff);
    const copies = [
      { offset: 1, source: source.subarray(1) },
      { offset: 2.5 * mebibyte, source: new DataView(source.buffer, 3, 65) },
      { offset: 3 * mebibyte, source: new Uint8Array(0) },
    ];
    const job = region.copyManyAsync(copies);
    await job.done;
    assert.equal(job.copiedBytes, source.length - 1 + 65);
    assert.deepEqual(bytesOf(region, 1, source.length - 1), source.subarray(1));
    assert.deepEqual(bytesOf(region, 2.5 * mebibyte, 66), Uint8Array.from([...source.subarray(3, 68), 0]));
    await region.copyManyAsync([]).done;
    region.close();
  });

  test("what is settled may change at once: the copies have what was there at the call", async () => {
    const pieces = 8;
    const region = create(pieces * mebibyte);
    for (let round = 0; round < 3; round++) {
      const sources = Array.from({ length: pieces / 2 }, (_, at) => new Uint8Array(2 * mebibyte).fill(1 + at + round));
      const job = region.copyManyAsync(sources.map((source, at) => ({ offset: at * 2 * mebibyte, source })));
      // From behind and from the middle, with the thread that copies coming towards us.
      for (let at = sources.length - 1; at >= 0; at--) {
        const { buffer } = sources[at];
        const begin = ((at * 7 + round) % 2) * mebibyte - (at % 3);
        const length = mebibyte / 2 + 5;
        job.settle(buffer, Math.max(0, begin), length);
        sources[at].fill(0xff, Math.max(0, begin), Math.max(0, begin) + length);
      }
      job.settle(new ArrayBuffer(8), 0, 8);
      await job.done;
      job.settle(sources[0].buffer, 0, mebibyte);
      for (const [at] of sources.entries()) {
        const expected = Buffer.alloc(2 * mebibyte, 1 + at + round);
        assert.equal(Buffer.compare(bytesOf(region, at * 2 * mebibyte, 2 * mebibyte), expected), 0, `source ${at}`);
      }
    }
    region.close();
  });

  test("of sources that share a buffer, whatever they overlap, exactly what is settled may change", async () => {
    const region = create(8 * mebibyte);
    const whole = new Uint8Array(4 * mebibyte);
    const views = [
      { offset: 0, source: whole.subarray(3 * mebibyte, 3 * mebibyte + 100) },
      { offset: 4 * mebibyte, source: whole },
      { offset: mebibyte, source: whole.subarray(mebibyte, mebibyte + 64) },
      { offset: 2 * mebibyte, source: whole.subarray(mebibyte + 64, mebibyte + 128) },
    ];
    const ranges = [
      [0, whole.length],
      [2 * mebibyte - 1, 2],
      [mebibyte + 127, 1],
      [3 * mebibyte + 50, 1],
      [whole.length - 1, 1],
    ];
    for (const [begin, length] of ranges) {
      whole.fill(1);
      const job = region.copyManyAsync(views);
      job.settle(whole.buffer, begin, length);
      whole.fill(9, begin, begin + length);
      await job.done;
      for (const { offset, source } of views) {
        assert.equal(Buffer.compare(bytesOf(region, offset, source.length), Buffer.alloc(source.length, 1)), 0);
      }
    }
    region.close();
  });

  test("copyManyAsync refuses what is no list of copies within the region, before it copies any", () => {
    const region = create();
    const good = { offset: 0, source: new Uint8Array(4).fill(1) };
    for (const wrong of [
      undefined,
      {},
      [good, undefined],
      [good, { offset: 0 }],
      [good, { offset: 0, source: [1] }],
      [good, { offset: "0", source: new Uint8Array(1) }],
    ]) {
      assert.throws(() => region.copyManyAsync(wrong as unknown as Copy[]), TypeError);
    }
    for (const offset of [-1, 0.5, Number.NaN, 16384, 2 ** 53]) {
      assert.throws(() => region.copyManyAsync([good, { offset, source: new Uint8Array(1) }]), RangeError);
    }
    assert.deepEqual(bytesOf(region, 0, 4), new Uint8Array(4));
    region.close();
  });

  test("closing the region or aborting ends copies early, and settling them then throws nothing", async () => {
    for (const end of ["close", "abort"]) {
      const region = create(8 * mebibyte);
      const source = new Uint8Array(8 * mebibyte).fill(1);
      const aborting = new AbortController();
      const job = region.copyManyAsync([{ offset: 0, source }], { signal: aborting.signal });
      const ended = job.done.then(
        () => "done",
        (error: unknown) => (error as { code: string }).code,
      );
      if (end === "close") region.close();
      else aborting.abort();
      job.settle(source.buffer, 0, source.length);
      const outcome = await ended;
      assert.ok(["done", end === "close" ? "ERR_PMEM_CLOSED" : "ERR_PMEM_ABORTED"].includes(outcome), outcome);
      job.settle(source.buffer, 0, source.length);
      region.close();
    }
  });
}
