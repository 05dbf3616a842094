import { describe, expect, it } from "vitest";

import { parseIdx } from "../src/idx.ts";

const FILE = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 15]);

describe("IDX files", () => {
  it("a file gives its shape and its elements in place", () => {
    const { shape, data } = parseIdx(FILE);
    expect(shape).toEqual([2, 3]);
    expect([...data]).toEqual([10, 11, 12, 13, 14, 15]);
    expect(data.buffer).toBe(FILE.buffer);
  });
  it("a file cut anywhere, one with bytes too many and one of other elements are refused", () => {
    for (let length = 0; length < FILE.length; length++)
      expect(() => parseIdx(FILE.subarray(0, length))).toThrow(RangeError);
    expect(() => parseIdx(Uint8Array.from([...FILE, 0]))).toThrow("expected 6 elements");
    expect(() => parseIdx(Uint8Array.from(FILE, (byte, index) => (index === 2 ? 13 : byte)))).toThrow("another header");
  });
});
