import assert from "node:assert/strict";
import { referenceCrc32c } from "./crc32c-vectors.ts";
import { lengths, misalignments } from "./data.ts";
import { bytesOf, writePattern } from "./methods.ts";
import type { Suite } from "./suite.ts";

export function recordTests({ test, factory }: Suite): void {
  const create = (length = 16384) => factory.create({ length, capacity: length });

  test("persistRecord stores a copy and, first, the sum of all that follows the sum, continued from a previous one", () => {
    const region = create(163_840);
    const pattern = writePattern(region, 81_920);
    for (const headBytes of [4, 5, 64, 100]) {
      for (const length of [...lengths, 73_731]) {
        for (const [misalignment, initial] of misalignments.map((each) => [each, each * 77_777] as const)) {
          const [offset, source] = [82_000 + misalignment, misalignment * 2];
          region.fill(offset - 64, headBytes + length + 128, 0xee);
          region.persistRecord(offset, headBytes, initial, source, length);
          const expected = new Uint8Array(headBytes + length + 128).fill(0xee);
          expected.set(pattern.subarray(source, source + length), 64 + headBytes);
          const sum = referenceCrc32c(expected.subarray(68, 64 + headBytes + length), initial);
          new DataView(expected.buffer).setUint32(64, sum, true);
          const where = `${headBytes} and ${length} bytes at ${offset}`;
          assert.deepEqual(bytesOf(region, offset - 64, headBytes + length + 128), expected, where);
        }
      }
    }
    region.persistRecord(4, 4);
    assert.deepEqual(
      bytesOf(region, 0, 12),
      Uint8Array.of(...pattern.slice(0, 4), 0, 0, 0, 0, ...pattern.slice(8, 12)),
    );
    region.close();
  });

  test("persistRecordAsync stores what persistRecord does, from sources longer than a piece too", async () => {
    const half = 4_600_000;
    const region = create(2 * half);
    writePattern(region, 81_920);
    region.fill(81_920, half - 81_920, 0x61);
    for (const [headBytes, initial, length] of [
      [4, 0, 0],
      [5, 7, 1],
      [100, 0xfedcba98, 4096],
      [64, 0, half - 100],
    ]) {
      region.fill(half, half, 0xee);
      region.persistRecord(half, headBytes, initial, 3, length);
      const expected = bytesOf(region, half, half);
      region.fill(half, half, 0xee);
      await region.persistRecordAsync(half, headBytes, initial, 3, length);
      assert.deepEqual(bytesOf(region, half, half), expected, `${headBytes} and ${length} bytes`);
    }
    region.close();
  });

  test("persistRecord and persistRecordAsync refuse records without room, sources in them and what is no sum, and change nothing", async () => {
    const region = create();
    const { length } = region;
    const pattern = writePattern(region, length);
    const refused: [number, number, unknown?, number?, number?][] = [
      ...[0, 1, 3].map((bytes): [number, number] => [64, bytes]),
      [0, 64, 0, 63, 1],
      [0, 64, 0, 64, 64],
      [0, 64, 0, 127, 64],
      [100, 50, 0, 50, 51],
      [100, 4, 0, 0, 4096],
      [length - 100, 64, 0, 0, 37],
      [0, 64, 0, length - 1, 2],
      [0, 64, 0, -1, 1],
      [0, 64, 0, 1.5, 1],
      [0, 64, 0, Number.NaN, 1],
      [0, 64, 0, 2 ** 53, 0],
      [0, 64, 0, 1, 2 ** 53 - 1],
      [0, 64, 0, 128, -1],
      [0, 64, 0, 128, Number.NaN],
      ...[-1, 1.5, 2 ** 32, Number.NaN].map((initial): [number, number, number] => [0, 64, initial]),
    ];
    for (const [offset, bytes, initial, source, sourceBytes] of refused) {
      const given = [offset, bytes, initial as number, source, sourceBytes] as const;
      assert.throws(() => region.persistRecord(...given), RangeError, String(given));
      await assert.rejects(region.persistRecordAsync(...given), RangeError, String(given));
    }
    for (const wrong of ["0", null, 0n] as unknown as number[]) {
      const lists: [number, number, number, number?, number?][] = [
        [0, 64, wrong],
        [0, 64, 0, wrong, 0],
        [0, 64, 0, 0, wrong],
      ];
      for (const given of lists) {
        assert.throws(() => region.persistRecord(...given), TypeError);
        await assert.rejects(region.persistRecordAsync(...given), TypeError);
      }
    }
    assert.deepEqual(bytesOf(region, 0, length), pattern);
    region.persistRecord(64, 64, 0, 100, 0);
    region.close();
  });
}
