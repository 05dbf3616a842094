import assert from "node:assert/strict";
import { crc32cVectors, referenceCrc32c } from "./crc32c-vectors.ts";
import { bytesOf, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";
import type { Copy } from "@nodemm/pmem-native";

/** Lengths around word, vector, line, threshold and page sizes. */
export const lengths: readonly number[] = [
  0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 1000, 4095, 4096, 4097,
];
export const misalignments: readonly number[] = [0, 1, 8, 33, 63];

export function dataTests({ test, factory, capabilities }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });

  test("a new region is zero and has the length asked for", () => {
    const region = create(5000);
    assert.equal(region.length, 5000);
    assert.equal(region.closed, false);
    assert.equal(region.readOnly, false);
    assert.ok(region.capacity >= region.length);
    assert.ok(["byte", "cache-line", "page"].includes(region.granularity));
    assert.ok(["power-failure", "process-exit", "none"].includes(region.durability.survives));
    assert.notEqual(region.durability.reason, "");
    assert.notEqual(region.source, "");
    assert.deepEqual(bytesOf(region, 0, 5000), new Uint8Array(5000));
    region.close();
  });

  test("copy stores exactly the source's bytes at every length and misalignment", () => {
    const region = create();
    const whole = new Uint8Array(region.view(0, region.length));
    for (const length of lengths) {
      for (const misalignment of misalignments) {
        whole.fill(0xee);
        const source = Uint8Array.from({ length: length + 3 }, (_, index) => (index * 13 + length) & 0xff);
        const target = 128 + misalignment;
        region.copy(target, source.subarray(3));
        region.drain();
        const expected = new Uint8Array(region.length).fill(0xee);
        expected.set(source.subarray(3), target);
        assert.deepEqual(whole, expected, `copy of ${length} bytes to offset ${target}`);
      }
    }
    region.close();
  });

  test("copy takes every kind of view and honours its offset", () => {
    const region = create();
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => index + 1);
    const kinds: ArrayBufferView[] = [
      bytes.subarray(8, 24),
      new Uint8ClampedArray(bytes.buffer, 8, 16),
      new Int16Array(bytes.buffer, 8, 8),
      new Float32Array(bytes.buffer, 8, 4),
      new Float64Array(bytes.buffer, 8, 2),
      new BigInt64Array(bytes.buffer, 8, 2),
      new DataView(bytes.buffer, 8, 16),
      Buffer.from(bytes.buffer, 8, 16),
    ];
    for (const source of kinds) {
      region.fill(0, 64, 0);
      region.copy(16, source);
      region.drain();
      assert.deepEqual(bytesOf(region, 16, 16), bytes.slice(8, 24), source.constructor.name);
      assert.deepEqual(bytesOf(region, 32, 16), new Uint8Array(16), source.constructor.name);
    }
    region.close();
  });

  test("copy from a view of the same region works where the ranges are apart and is refused where they overlap", () => {
    const region = create();
    const pattern = writePattern(region, 8192);
    const first = new Uint8Array(region.view(0, 4096));
    region.copy(4096, first);
    assert.deepEqual(bytesOf(region, 4096, 4096), pattern.slice(0, 4096));
    assert.throws(() => region.copy(4095, first), RangeError);
    assert.deepEqual(bytesOf(region, 4096, 4096), pattern.slice(0, 4096));
    region.close();
  });

  test("copyMany leaves exactly the bytes that were asked for, of any kind of view, and drain makes them durable", () => {
    const region = create();
    const bytes = Uint8Array.from({ length: 3000 }, (_, index) => index * 7);
    const expected = new Uint8Array(region.length);
    const copies: Copy[] = [];
    const add = (offset: number, source: ArrayBufferView): void => {
      copies.push({ offset, source });
      expected.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), offset);
    };
    add(5000, bytes);
    add(1, bytes.subarray(100, 163));
    add(64, new Float64Array([1, -2, 3]));
    add(100, new DataView(bytes.buffer, 9, 300));
    add(700, new Uint8Array(0));
    add(region.length - 40, bytes.subarray(7, 47));
    region.copyMany(copies);
    region.copyMany([]);
    region.drain();
    assert.deepEqual(bytesOf(region, 0, region.length), expected);
    region.close();
  });

  test("copyMany refuses what is no list of copies or does not fit, before anything is copied", () => {
    const region = create();
    const good = { offset: 0, source: new Uint8Array(64).fill(1) };
    for (const wrong of [
      undefined,
      5,
      {},
      [undefined],
      [{}],
      [{ offset: "0", source: good.source }],
      [{ offset: 0, source: [1] }],
    ]) {
      assert.throws(() => region.copyMany(wrong as unknown as Copy[]), TypeError);
    }
    for (const offset of [-1, 0.5, region.length - 63, Number.NaN, 2 ** 53]) {
      assert.throws(() => region.copyMany([good, { offset, source: good.source }]), RangeError, String(offset));
    }
    assert.deepEqual(bytesOf(region, 0, 64), new Uint8Array(64));
    const own = new Uint8Array(region.view(4096, 128));
    const overlapping = { offset: 4100, source: own };
    assert.throws(() => region.copyMany([good, overlapping]), /overlap/u);
    assert.throws(() => region.copyManyAsync([good, overlapping]), /overlap/u);
    assert.deepEqual(bytesOf(region, 0, 64), new Uint8Array(64));
    region.copyMany([{ offset: 8192, source: own }]);
    region.close();
  });

  test("copyWithin stores exactly the source range at every length and misalignment", () => {
    const region = create();
    for (const length of lengths) {
      for (const misalignment of misalignments) {
        const pattern = writePattern(region, region.length);
        region.copyWithin(8192 + misalignment, 64 + misalignment * 2, length);
        region.drain();
        const expected = pattern.slice();
        expected.copyWithin(8192 + misalignment, 64 + misalignment * 2, 64 + misalignment * 2 + length);
        assert.deepEqual(bytesOf(region, 0, region.length), expected, `copyWithin of ${length} bytes`);
      }
    }
    region.close();
  });

  test("copyWithin refuses overlapping ranges and changes nothing", () => {
    const region = create();
    const pattern = writePattern(region, 8192);
    for (const [target, source, length] of [
      [0, 0, 1],
      [0, 63, 64],
      [63, 0, 64],
      [100, 50, 500],
    ]) {
      assert.throws(() => region.copyWithin(target, source, length), RangeError);
    }
    assert.deepEqual(bytesOf(region, 0, 8192), pattern);
    region.copyWithin(64, 0, 64);
    region.copyWithin(0, 0, 0);
    assert.deepEqual(bytesOf(region, 64, 64), pattern.slice(0, 64));
    region.close();
  });

  test("copyWithinCrc32c copies as copyWithin does and gives the source's sum, continued from a previous one", () => {
    const region = create(163_840);
    const pattern = writePattern(region, 81_920);
    for (const length of [...lengths, 24_576, 49_152, 73_731]) {
      for (const misalignment of misalignments) {
        const [target, source] = [82_000 + misalignment, misalignment * 2];
        const bytes = pattern.subarray(source, source + length);
        region.fill(target - 64, length + 128, 0xee);
        const sum = region.copyWithinCrc32c(target, source, length);
        region.drain();
        assert.equal(sum, referenceCrc32c(bytes), `sum of ${length} bytes at ${source}`);
        const expected = new Uint8Array(length + 128).fill(0xee);
        expected.set(bytes, 64);
        assert.deepEqual(bytesOf(region, target - 64, length + 128), expected, `copy of ${length} bytes to ${target}`);
        const continued = region.copyWithinCrc32c(target, source, length, 0xdeadbeef);
        assert.equal(continued, region.crc32c(source, length, 0xdeadbeef), `${length} bytes, continued`);
      }
    }
    region.close();
  });

  test("crc32cOf is the sum of any view's bytes, continued from a previous one, and refuses what is no view or no sum", () => {
    const region = create();
    const bytes = crypto.getRandomValues(new Uint8Array(20_000));
    for (const length of lengths) {
      for (const misalignment of misalignments) {
        const source = bytes.subarray(misalignment, misalignment + length);
        assert.equal(region.crc32cOf(source), referenceCrc32c(source), `${length} bytes at ${misalignment}`);
      }
    }
    const first = region.crc32cOf(new Float64Array(bytes.buffer, 8, 3));
    assert.equal(region.crc32cOf(new DataView(bytes.buffer, 32, 77), first), referenceCrc32c(bytes.subarray(8, 109)));
    const own = new Uint8Array(region.view(0, 64));
    assert.equal(region.crc32cOf(own), region.crc32c(0, 64));
    for (const wrong of [undefined, null, 5, "bytes", {}, new ArrayBuffer(8)]) {
      assert.throws(() => region.crc32cOf(wrong as ArrayBufferView), TypeError);
    }
    for (const initial of [-1, 1.5, 2 ** 32, Number.NaN])
      assert.throws(() => region.crc32cOf(own, initial), RangeError);
    for (const initial of ["0", null, 0n]) {
      assert.throws(() => region.crc32cOf(own, initial as unknown as number), TypeError);
    }
    region.close();
  });

  test("copyWithinCrc32c refuses overlapping ranges and what is no sum, and changes nothing", () => {
    const region = create();
    const pattern = writePattern(region, 8192);
    assert.throws(() => region.copyWithinCrc32c(0, 63, 64), RangeError);
    for (const initial of [-1, 1.5, 2 ** 32, Number.NaN]) {
      assert.throws(() => region.copyWithinCrc32c(0, 4096, 64, initial), RangeError, String(initial));
    }
    for (const initial of ["0", null, 0n]) {
      assert.throws(
        () => region.copyWithinCrc32c(0, 4096, 64, initial as unknown as number),
        TypeError,
        String(initial),
      );
    }
    assert.deepEqual(bytesOf(region, 0, 8192), pattern);
    assert.equal(region.copyWithinCrc32c(0, 0, 0, 5), 5);
    region.close();
  });

  test("fill stores the byte in exactly its range at every length and misalignment", () => {
    const region = create();
    const whole = new Uint8Array(region.view(0, region.length));
    for (const length of lengths) {
      for (const misalignment of misalignments) {
        whole.fill(0xee);
        region.fill(64 + misalignment, length, 0x5a);
        region.drain();
        const expected = new Uint8Array(region.length)
          .fill(0xee)
          .fill(0x5a, 64 + misalignment, 64 + misalignment + length);
        assert.deepEqual(whole, expected, `fill of ${length} bytes at ${64 + misalignment}`);
      }
    }
    region.close();
  });

  test("publish stores one little-endian 64-bit word", () => {
    const region = create();
    for (const [low, high] of [
      [0x89abcdef, 0x01234567],
      [0xffffffff, 0],
      [0, 0xffffffff],
    ]) {
      region.publish(72, low, high);
      region.persist(72, 8);
      const word = new DataView(bytesOf(region, 64, 24).buffer);
      assert.equal(word.getBigUint64(0, true), 0n);
      assert.equal(word.getBigUint64(8, true), (BigInt(high) << 32n) | BigInt(low));
      assert.equal(word.getBigUint64(16, true), 0n);
    }
    region.close();
  });

  test("crc32c gives the known answers", () => {
    const region = create();
    for (const { name, bytes, crc32c } of crc32cVectors) {
      assert.equal(referenceCrc32c(bytes), crc32c, `reference: ${name}`);
      region.copy(3, bytes);
      assert.equal(region.crc32c(3, bytes.length), crc32c, name);
    }
    region.close();
  });

  test("crc32c equals the bitwise form at every length and alignment, and continues from a previous value", () => {
    const region = create(65536);
    const pattern = writePattern(region, 65536);
    for (const length of [...lengths, 767, 768, 8191, 12288, 24576, 24577, 65000]) {
      for (const offset of [0, 1, 7, 8, 13]) {
        const expected = referenceCrc32c(pattern.subarray(offset, offset + length));
        assert.equal(region.crc32c(offset, length), expected, `${length} bytes at ${offset}`);
        const cut = Math.floor(length / 3);
        const begun = region.crc32c(offset, cut);
        assert.equal(region.crc32c(offset + cut, length - cut, begun), expected, `${length} bytes in two steps`);
      }
    }
    region.close();
  });

  test("flush, drain and persist take every range of the region, empty ones too", () => {
    const region = create(4099);
    for (const [offset, length] of [
      [0, 0],
      [4099, 0],
      [0, 4099],
      [4098, 1],
      [63, 2],
    ]) {
      region.flush(offset, length);
      region.drain();
      region.persist(offset, length);
    }
    region.drain();
    region.close();
  });

  test("flushMany and persistMany take any number of ranges: none, empty, overlapping, in any order", () => {
    const region = create(4099);
    region.fill(0, 4099, 1);
    const many = Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? (index * 61) % 4000 : index % 99));
    for (const ranges of [[], [0, 0], [4099, 0], [0, 4099, 4098, 1, 0, 64, 0, 64, 63, 2], many]) {
      region.flushMany(ranges);
      region.drain();
      region.persistMany(ranges);
      region.flushMany(Float64Array.from(ranges));
      region.persistMany(Float64Array.from(ranges));
    }
    assert.deepEqual(bytesOf(region, 0, 4099), new Uint8Array(4099).fill(1));
    region.close();
  });

  test("deepFlush, prefault and advise take every range of the region and change no bytes", () => {
    const region = create(20000);
    const pattern = writePattern(region, 20000);
    for (const [offset, length] of [
      [0, 0],
      [20000, 0],
      [0, 20000],
      [4097, 1],
      [19999, 1],
    ]) {
      if (capabilities.deepFlush === false) {
        assert.throws(() => region.deepFlush(offset, length), { code: "ERR_PMEM_UNSUPPORTED" });
      } else {
        region.deepFlush(offset, length);
      }
      region.prefault(offset, length);
      for (const advice of ["random", "sequential", "will-need", "random-now", "normal"] as const) {
        region.advise(advice, offset, length);
      }
    }
    region.advise("random");
    region.advise("normal", 4096);
    assert.deepEqual(bytesOf(region, 0, 20000), pattern);
    region.close();
  });
}
