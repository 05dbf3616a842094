import fc from "fast-check";
import { expect, test } from "vitest";
import { Allocator } from "../src/allocator.ts";
import { ShelfError } from "../src/errors.ts";
import { thrownBy } from "./support/thrown.ts";

const heapBytes = 1 << 20;

function freshAllocator(): Allocator {
  const allocator = new Allocator();
  allocator.release(0, heapBytes);
  return allocator;
}

test("extents never overlap, lie inside the heap at their alignment, and all space comes back as one piece", () => {
  const step = fc.record({
    bytes: fc.integer({ min: 1, max: 60_000 }),
    alignment: fc.constantFrom(64, 4096),
    release: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const allocator = freshAllocator();
      const taken: [offset: number, bytes: number][] = [];
      for (const { bytes, alignment, release } of steps) {
        if (release && taken.length > 0) allocator.release(...taken.splice(bytes % taken.length, 1)[0]);
        const offset = allocator.tryAllocate(bytes, alignment);
        if (offset < 0) {
          if (alignment === 64) expect(allocator.largest).toBeLessThan(bytes);
          continue;
        }
        expect(offset % alignment).toBe(0);
        expect(offset + bytes).toBeLessThanOrEqual(heapBytes);
        for (const [other, length] of taken) expect(offset + bytes <= other || other + length <= offset).toBe(true);
        taken.push([offset, bytes]);
      }
      const used = taken.reduce((sum, [, bytes]) => sum + Math.ceil(bytes / 64) * 64, 0);
      expect(allocator.free).toBe(heapBytes - used);
      for (const each of taken) allocator.release(...each);
      expect([allocator.free, allocator.largest, allocator.extents]).toStrictEqual([heapBytes, heapBytes, 1]);
    }),
  );
});

test("gaps that are added are free space as any other, whatever is asked of it first", () => {
  const gap = fc.record({ between: fc.integer({ min: 1, max: 50 }), units: fc.integer({ min: 1, max: 500 }) });
  const questions: ((allocator: Allocator) => unknown)[] = [
    (allocator) => allocator.largest,
    (allocator) => allocator.extents,
    (allocator) => allocator.tryAllocate(4096),
    (allocator) => allocator.tryAllocate(4096, 4096),
    (allocator) => allocator.tryAllocateBelow(heapBytes / 2, 4096, 64),
    (allocator) => allocator.takeTail(64_000),
    (allocator) => allocator.freeBefore(64_000),
    (allocator) => allocator.tryTake(640, 64),
    (allocator) => allocator.release(0, 64),
  ];
  fc.assert(
    fc.property(fc.array(gap), fc.shuffledSubarray(questions), (gaps, asked) => {
      const [added, released] = [new Allocator(), new Allocator()];
      // One that ends where a question asks.
      let offset = 64_000;
      const all: [number, number][] = [[64_000 - 6400, 6400]];
      for (const { between, units } of gaps) {
        all.push([offset + between * 64, units * 64]);
        offset += (between + units) * 64;
      }
      for (const each of all) {
        added.addGap(...each);
        released.release(...each);
      }
      expect(added.free).toBe(released.free);
      for (const ask of asked) expect([ask(added), added.free]).toStrictEqual([ask(released), released.free]);
    }),
  );
});

test("the smallest hole that fits is taken", () => {
  const allocator = freshAllocator();
  const sizes = [1024, 64, 512, 64, 640, 64];
  const offsets = sizes.map((bytes) => allocator.allocate(bytes));
  for (const index of [0, 2, 4]) allocator.release(offsets[index], sizes[index]);
  expect(allocator.allocate(600)).toBe(offsets[4]);
  expect(allocator.allocate(512)).toBe(offsets[2]);
});

test("a hole of the same size class that is too small is passed over, however many there are", () => {
  const allocator = new Allocator();
  for (let index = 0; index < 1000; index++) allocator.release(index * 2048, 1024);
  allocator.release(5_000_000 - (5_000_000 % 64), 1088);
  expect(allocator.allocate(1088)).toBe(5_000_000 - (5_000_000 % 64));
});

test("no room is ERR_SHELF_NO_SPACE with figures", () => {
  const allocator = freshAllocator();
  const first = allocator.allocate(heapBytes / 2);
  allocator.allocate(64);
  allocator.release(first, heapBytes / 2);
  const free = heapBytes - 64;
  const error = thrownBy(() => allocator.allocate(free), ShelfError);
  expect(error).toMatchObject({ code: "ERR_SHELF_NO_SPACE", needed: free, free, largestExtent: heapBytes / 2 });
});
