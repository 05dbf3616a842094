import { PmemError } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { dram } from "../src/index.ts";
import { run, useOwnKeepers } from "./support/programs.ts";

useOwnKeepers();

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error instanceof PmemError ? error.code : (error as Error).name;
  }
  return "nothing thrown";
};

describe("dram()", () => {
  test("states that nothing in it is durable", () => {
    const region = dram({ size: 64 });
    expect(region.durability.survives).toBe("none");
    expect(region).toMatchObject({
      source: "dram",
      length: 64,
      capacity: 64,
      granularity: "cache-line",
      readOnly: false,
    });
  });

  test("needs no native code: the addon is loaded by memfd only", () => {
    const { output } = run(`
      import { dram, exploreCrashes, withLatency } from "@nodemm/emulator";
      const loaded = [];
      process.dlopen = (_module, path) => { loaded.push(path); throw new Error("native code"); };
      const region = withLatency(dram({ size: 4096 }), "nvdimm-n");
      region.persist(0, 64);
      exploreCrashes({ create: () => dram({ size: 64 }), workload: (each) => each.fill(0, 8, 1), verify: () => {} });
      try { memfd({ name: "never", size: 4096 }); } catch {}
      console.log(loaded.length > 0 ? "by memfd" : "never");
      try { memfd({ name: "never", size: 4096 }); } catch (error) { console.log(error.code); }`);
    expect(output).toBe("by memfd\nERR_PMEM_NO_BINDING\n");
  });

  test("starts with a copy of its image and zeros after it", () => {
    const image = Uint8Array.of(1, 2, 3);
    const region = dram({ size: 8, image });
    image.fill(9);
    expect([...new Uint8Array(region.view(0, 8))]).toEqual([1, 2, 3, 0, 0, 0, 0, 0]);
  });

  test("refuses sizes that make no sense with ERR_PMEM_SIZE", () => {
    for (const size of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 60]) {
      expect(codeOf(() => dram({ size }))).toBe("ERR_PMEM_SIZE");
    }
    expect(codeOf(() => dram({}))).toBe("ERR_PMEM_SIZE");
    for (const options of [undefined, null, 4096])
      expect(() => dram(options as never)).toThrow(/^dram takes options such as \{ size \}, got (?:\w+)$/u);
    expect(() => dram({ size: 64, capactiy: 128 } as object)).toThrow(/^dram has no option "capactiy"; it has size, /u);
    expect(codeOf(() => dram({ size: 64, capacity: 32 }))).toBe("ERR_PMEM_SIZE");
    expect(codeOf(() => dram({ size: 2, image: new Uint8Array(3) }))).toBe("ERR_PMEM_SIZE");
    for (const image of [new Float64Array(2), [1, 2], "12", null])
      expect(() => dram({ size: 16, image: image as unknown as Uint8Array })).toThrow("image must be a Uint8Array");
    expect(codeOf(() => dram({ size: "64" as never }))).toBe("TypeError");
    expect(codeOf(() => dram({ size: 64, granularity: "line" as never }))).toBe("TypeError");
  });

  test("refuses more memory than there is with ERR_PMEM_NO_SPACE", () => {
    expect(codeOf(() => dram({ size: 2 ** 52 }))).toBe("ERR_PMEM_NO_SPACE");
  });

  test("gives the same buffer for the same range and refuses partly overlapping ones", () => {
    const region = dram({ size: 256 });
    const view = region.view(64, 64);
    expect(region.view(64, 64)).toBe(view);
    for (const [offset, length] of [
      [0, 65],
      [127, 1],
      [64, 32],
      [0, 256],
      [96, 64],
    ]) {
      expect(codeOf(() => region.view(offset, length))).toBe("ERR_PMEM_VIEW_OVERLAP");
    }
    expect(region.view(0, 64).byteLength).toBe(64);
    expect(region.view(128, 128).byteLength).toBe(128);
  });

  test("works across carved views and the bytes between them", () => {
    const region = dram({ size: 64 });
    const low = new Uint8Array(region.view(8, 8));
    const high = new Uint8Array(region.view(20, 12));
    const text = Uint8Array.from({ length: 40 }, (_, index) => index + 1);
    region.copy(4, text);
    expect([...low]).toEqual([...text.subarray(4, 12)]);
    expect([...high]).toEqual([...text.subarray(16, 28)]);
    region.publish(16, 0xa1a2a3a4, 0xb1b2b3b4);
    expect([...high.subarray(0, 4)]).toEqual([0xb4, 0xb3, 0xb2, 0xb1]);
    region.copyWithin(48, 4, 16);
    region.fill(6, 4, 0xff);
    expect([...low.subarray(0, 2)]).toEqual([0xff, 0xff]);
    const expected = new Uint8Array(64);
    expected.set(text, 4);
    expected.set([0xa4, 0xa3, 0xa2, 0xa1, 0xb4, 0xb3, 0xb2, 0xb1], 16);
    expected.copyWithin(48, 4, 20);
    expected.fill(0xff, 6, 10);
    const crc = region.crc32c(0, 64);
    region.releaseView(low.buffer);
    region.releaseView(high.buffer);
    expect(low.length + high.length).toBe(0);
    expect([...new Uint8Array(region.view(0, 64))]).toEqual([...expected]);
    expect(region.crc32c(0, 64)).toBe(crc);
  });

  test("a view that its holder transferred away no longer holds its range", () => {
    const region = dram({ size: 64, image: new Uint8Array(64).fill(7) });
    const view = region.view(0, 64);
    structuredClone(view, { transfer: [view] });
    region.fill(0, 1, 1);
    const again = region.view(0, 64);
    expect([...new Uint8Array(again).subarray(0, 2)]).toEqual([1, 7]);
    structuredClone(again, { transfer: [again] });
    region.close();
    expect(region.closed).toBe(true);
  });

  test("grows within its capacity, zero-filled, with every view valid", () => {
    const region = dram({ size: 64, capacity: 256 });
    const view = region.view(0, 64);
    expect(codeOf(() => region.view(0, 65))).toBe("RangeError");
    region.grow(128);
    region.grow(100);
    expect(region.length).toBe(128);
    expect(view.byteLength).toBe(64);
    expect(new Uint8Array(region.view(64, 64)).every((byte) => byte === 0)).toBe(true);
    expect(codeOf(() => region.grow(257))).toBe("ERR_PMEM_CAPACITY");
  });

  test("refuses to release a buffer of someone else", () => {
    const region = dram({ size: 64 });
    expect(codeOf(() => region.releaseView(new ArrayBuffer(8)))).toBe("TypeError");
    expect(codeOf(() => region.releaseView({} as never))).toBe("TypeError");
  });
});
