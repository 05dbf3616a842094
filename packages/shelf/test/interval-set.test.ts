import fc from "fast-check";
import { expect, test } from "vitest";
import { IntervalSet } from "../src/interval-set.ts";

test("add names exactly the bytes that were not in the set, and toRanges gives the merged ones, also once it was cleared", () => {
  const range = fc.tuple(fc.nat(60), fc.nat(20));
  const set = new IntervalSet();
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      set.clear();
      expect(set.toRanges()).toStrictEqual([]);
      for (const [start, length] of ranges) expect(set.covers(start, start + length)).toBe(length === 0);
      const model = new Set<number>();
      for (const [start, length] of ranges) {
        const named: number[] = [];
        set.add(start, start + length, (from, to) => {
          for (let at = from; at < to; at++) named.push(at);
        });
        const expected = Array.from({ length }, (_, index) => start + index).filter((at) => !model.has(at));
        expect(named).toStrictEqual(expected);
        expect(set.covers(start, start + length)).toBe(true);
        for (const at of expected) model.add(at);
        const isWhole = Array.from({ length: 8 }, (_, index) => start + length + index).every((at) => model.has(at));
        expect(set.covers(start + length, start + length + 8)).toBe(isWhole);
      }
      const flat = set.toRanges();
      const merged: [number, number][] = [];
      for (let at = 0; at < flat.length; at += 2) merged.push([flat[at], flat[at] + flat[at + 1]]);
      for (let index = 1; index < merged.length; index++)
        expect(merged[index][0]).toBeGreaterThan(merged[index - 1][1]);
      expect(
        merged.flatMap(([start, end]) => Array.from({ length: end - start }, (_, at) => start + at)),
      ).toStrictEqual([...model].sort((a, b) => a - b));
      expect(set.size).toBe(merged.length);
      if (merged.length > 0) expect([set.start, set.end]).toStrictEqual(merged[0]);
    }),
  );
});
