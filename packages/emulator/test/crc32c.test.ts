import { describe, expect, test } from "vitest";
import { crc32c } from "../src/crc32c.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The definition, bit by bit. */
function slowly(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

describe("crc32c", () => {
  test("gives the catalogue's check value for 123456789", () => {
    expect(crc32c(bytes("123456789"), 0, 9, 0)).toBe(0xe3069283);
  });

  test("gives RFC 3720's value for 32 zero bytes", () => {
    expect(crc32c(new Uint8Array(32), 0, 32, 0)).toBe(0x8a9136aa);
  });

  test("agrees with the bit-by-bit definition at every length and alignment", () => {
    const data = Uint8Array.from({ length: 80 }, (_, index) => (index * 167 + 13) & 0xff);
    for (let start = 0; start < 9; start++) {
      for (let end = start; end <= data.length; end++) {
        expect(crc32c(data, start, end, 0)).toBe(slowly(data.subarray(start, end)));
      }
    }
  });

  test("continues from an earlier CRC as if the ranges were one", () => {
    const data = bytes("persist = flush + drain");
    for (let cut = 0; cut <= data.length; cut++) {
      expect(crc32c(data, cut, data.length, crc32c(data, 0, cut, 0))).toBe(slowly(data));
    }
  });
});
