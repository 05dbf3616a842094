import { describe, expect, test } from "vitest";
import { dram, simulatePowerFailure, type SimulatedRegion } from "../src/index.ts";
import { statesOf } from "./fixtures/states.ts";

const LINES = 12;

/** A region with one changed word on each of some lines. */
function dirtyLines(lines: number): SimulatedRegion {
  const region = simulatePowerFailure(dram({ size: lines * 64 }));
  for (let line = 0; line < lines; line++) region.publish(line * 64, 1, 0);
  return region;
}

/** Which lines are new in each state: `"101..."`. */
function linesOf(region: SimulatedRegion, lines: number, options: { seed?: number; limit?: number }): string[] {
  const words = Array.from({ length: lines }, (_, line) => line * 8);
  return statesOf(region, words, options).map((state) => state.replaceAll(" ", ""));
}

describe("crashImages", () => {
  test("gives every state exactly once while there are at most as many as the limit", () => {
    const region = dirtyLines(8);
    const images = [...region.crashImages({ limit: 256 })];
    expect(images).toHaveLength(256);
    expect(new Set(images.map(({ id }) => id)).size).toBe(256);
    expect(new Set(linesOf(region, 8, { limit: 256 })).size).toBe(256);
  });

  test("above the limit always includes none, all, each alone, each missing, every prefix and suffix", () => {
    const region = dirtyLines(LINES);
    for (const seed of [1, 2, 3]) {
      const states = new Set(linesOf(region, LINES, { seed, limit: 256 }));
      expect(states.size).toBeLessThanOrEqual(256);
      for (let line = 0; line <= LINES; line++) {
        expect(states).toContain("1".repeat(line) + "0".repeat(LINES - line));
        expect(states).toContain("0".repeat(line) + "1".repeat(LINES - line));
        if (line === LINES) continue;
        expect(states).toContain(`${"0".repeat(line)}1${"0".repeat(LINES - line - 1)}`);
        expect(states).toContain(`${"1".repeat(line)}0${"1".repeat(LINES - line - 1)}`);
      }
    }
  });

  test("takes neighbouring lines together where the limit is too small for each", () => {
    const region = dirtyLines(100);
    const states = linesOf(region, 100, { limit: 40 });
    expect(states.length).toBeLessThanOrEqual(40);
    expect(states).toContain("0".repeat(100));
    expect(states).toContain("1".repeat(100));
    expect(states).toContain("1".repeat(25) + "0".repeat(75));
    expect(linesOf(region, 100, { limit: 1 })).toEqual(["0".repeat(100)]);
  });

  test("samples torn lines too", () => {
    const region = simulatePowerFailure(dram({ size: 640 }));
    region.fill(0, 640, 1);
    const torn = [...region.crashImages({ limit: 200 })].filter(({ bytes }) => new Set(bytes.subarray(0, 64)).size > 1);
    expect(torn.length).toBeGreaterThan(10);
  });

  test("is a function of the seed", () => {
    const region = dirtyLines(LINES);
    const ofSeed = (seed: number): string[] => linesOf(region, LINES, { seed, limit: 100 });
    expect(ofSeed(5)).toEqual(ofSeed(5));
    expect(ofSeed(5)).not.toEqual(ofSeed(6));
  });

  test("gives the same bytes for an image's id at the same moment, and refuses it at another", () => {
    const region = dirtyLines(LINES);
    for (const { id, bytes } of region.crashImages({ seed: 9, limit: 64 })) {
      expect(id).toMatch(/^seed=9 limit=64 crash=12 image=\d+$/);
      expect(region.crashImage(id)).toEqual(bytes);
    }
    expect(() => region.crashImage("seed=9 limit=64 crash=12 image=64")).toThrow(RangeError);
    region.drain();
    expect(() => region.crashImage("seed=9 limit=64 crash=12 image=0")).toThrow(RangeError);
    expect(() => region.crashImage("image=0")).toThrow(TypeError);
  });

  test("refuses a limit or seed that is not a whole number", () => {
    const region = dirtyLines(1);
    for (const limit of [0, -1, 1.5, Number.NaN]) expect(() => [...region.crashImages({ limit })]).toThrow(RangeError);
    expect(() => [...region.crashImages({ seed: "1" as never })]).toThrow(TypeError);
    expect(() => [...region.crashImages({ limt: 1 } as object)]).toThrow(/^crashImages has no option "limt"/u);
  });
});
