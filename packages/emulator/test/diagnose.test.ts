import type { Granularity } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { diagnose, type DiagnosedRegion, dram, type Finding } from "../src/index.ts";

function diagnosed(granularity: Granularity = "cache-line"): DiagnosedRegion {
  return diagnose(dram({ size: 16_384, granularity }));
}

/** What the region found by its end: `missing flush at storing`, the function being the nearest on the stack. */
function found(region: DiagnosedRegion): string[] {
  region.close();
  return region.findings().map(({ kind, stack }) => `${kind} at ${functionOf({ stack })}`);
}

function functionOf({ stack }: Pick<Finding, "stack">): string {
  return /^\s*at (?:Object\.)?(?<name>\S+)/u.exec(stack)?.groups?.["name"] ?? "nowhere";
}

describe("diagnose", () => {
  test("refuses what is no region", () => {
    expect(() => diagnose(undefined as never)).toThrow(/^diagnose takes a region, such as .*, got undefined$/u);
  });

  test("finds nothing in code that flushes what it stores, and drains", () => {
    const region = diagnosed();
    new Uint8Array(region.view(0, 100)).fill(1);
    region.persist(0, 100);
    region.copy(200, Uint8Array.of(1, 2, 3));
    region.fill(4000, 500, 7);
    region.drain();
    region.publish(64, 5, 0);
    region.persist(64, 8);
    expect(found(region)).toEqual([]);
  });

  test("names the store that was never flushed", () => {
    const region = diagnosed();
    (function storing(): void {
      region.publish(64, 1, 0);
    })();
    region.publish(128, 1, 0);
    region.persist(128, 8);
    expect(found(region)).toEqual(["missing flush at storing"]);
    expect(region.findings()[0]).toMatchObject({ offset: 64, length: 8, throughView: false, count: 1 });
  });

  test("names the first operation after a store through a view that was never flushed", () => {
    const region = diagnosed();
    const view = new Uint8Array(region.view(0, 256));
    view[70] = 1;
    (function next(): void {
      region.persist(128, 1);
    })();
    region.close();
    const missing = region.findings().filter(({ kind }) => kind === "missing flush");
    expect(missing.map(functionOf)).toEqual(["next"]);
    expect(missing[0]).toMatchObject({ offset: 64, length: 8, throughView: true });
  });

  test("names the flush, and the store past the caches, that no drain came after", () => {
    const region = diagnosed();
    region.publish(0, 1, 0);
    (function flushing(): void {
      region.flush(0, 8);
    })();
    (function copying(): void {
      region.copy(64, Uint8Array.of(1));
    })();
    expect(found(region)).toEqual(["missing fence at flushing", "missing fence at copying"]);
  });

  test("a store after the flush needs another one", () => {
    const region = diagnosed();
    region.publish(0, 1, 0);
    region.flush(0, 8);
    (function again(): void {
      region.publish(0, 2, 0);
    })();
    region.drain();
    expect(found(region)).toEqual(["missing flush at again"]);
  });

  test.each([
    ["of a range where nothing was stored", (region: DiagnosedRegion) => region.flush(0, 4096)],
    [
      "of what is on its way already",
      (region: DiagnosedRegion) => {
        region.copy(0, Uint8Array.of(1));
        region.flush(0, 1);
      },
    ],
  ])("a flush %s is redundant", (_, use) => {
    const region = diagnosed();
    (function redundant(): void {
      use(region);
    })();
    expect(region.findings().map(({ kind }) => kind)).toEqual(["redundant flush"]);
    expect(region.findings()[0].stack).toMatch(/redundant/u);
  });

  test("a drain with nothing on its way is redundant, and counted", () => {
    const region = diagnosed();
    region.publish(0, 1, 0);
    for (let time = 0; time < 3; time++) region.drain();
    region.persist(0, 8);
    region.close();
    expect(region.findings().map(({ kind, count }) => [kind, count])).toEqual([["redundant fence", 3]]);
  });

  test("on page granularity persistAsync makes whole pages durable, as persist does", async () => {
    const region = diagnosed("page");
    region.publish(4000, 1, 0);
    await region.persistAsync(0, 8);
    expect(found(region)).toEqual([]);
  });

  test("on page granularity a flush covers whole pages, with power-fail protected caches only fences matter", () => {
    const paged = diagnosed("page");
    paged.publish(4000, 1, 0);
    paged.persist(0, 8);
    expect(found(paged)).toEqual([]);
    const safe = diagnosed("byte");
    safe.publish(0, 1, 0);
    safe.drain();
    safe.flush(0, 8);
    safe.publish(8, 1, 0);
    safe.close();
    expect(safe.findings().map(({ kind }) => kind)).toEqual(["missing fence"]);
  });

  test("what a claim of durability covers is looked at then and there; hints are exempt", () => {
    const region = diagnosed();
    region.exempt(0, 64);
    region.publish(0, 1, 0);
    region.publish(64, 1, 0);
    region.publish(128, 1, 0);
    region.expectDurable(0, 128);
    expect(region.findings().map(({ kind, offset }) => [kind, offset])).toEqual([["missing flush", 64]]);
    region.persist(64, 128);
    region.expectDurable();
    expect(region.findings()).toHaveLength(1);
  });

  test("a protected range may be changed only by a transaction that was told of it before", () => {
    const region = diagnosed();
    const view = new Uint8Array(region.view(0, 4096));
    region.protect(1000, 100);
    region.beginTransaction();
    region.addToTransaction(1000, 10);
    view.fill(1, 1000, 1010);
    view.fill(1, 2000, 2100);
    region.addToTransaction(1010, 1);
    view[1010] = 1;
    view[1011] = 1;
    region.endTransaction();
    view[1000] = 2;
    region.unprotect(1050, 10);
    view[1055] = 1;
    view[1060] = 1;
    region.persist(0, 4096);
    const outside = region.findings().filter(({ kind }) => kind === "store outside transaction");
    expect(outside.map(({ offset, throughView }) => [offset, throughView])).toEqual([
      [1011, true],
      [1000, true],
      [1060, true],
    ]);
  });

  test("transactions do not nest, and ranges are checked", () => {
    const region = diagnosed();
    expect(() => region.addToTransaction(0, 8)).toThrow(TypeError);
    expect(() => region.endTransaction()).toThrow(TypeError);
    region.beginTransaction();
    expect(() => region.beginTransaction()).toThrow(TypeError);
    for (const method of ["expectDurable", "exempt", "protect", "unprotect", "addToTransaction"] as const) {
      expect(() => region[method](16_000, 1000)).toThrow(RangeError);
    }
  });
});
