import type { Granularity } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { dram, simulatePowerFailure, type SimulatedRegion } from "../src/index.ts";
import { statesOf, wordsOf } from "./fixtures/states.ts";

function simulated(granularity: Granularity, size = 16384): SimulatedRegion {
  return simulatePowerFailure(dram({ size, capacity: 2 * size, granularity }));
}

/** A region with one view over all of it, to store words through. */
function stored(granularity: Granularity): [region: SimulatedRegion, store: (word: number, value: number) => void] {
  const region = simulated(granularity);
  const view = new DataView(region.view(0, region.length));
  return [region, (word, value) => view.setUint32(word * 8, value, true)];
}

/** Words on the first line, on the second, on the next page. */
const SECOND_LINE = 8;
const NEXT_PAGE = 512;

describe.each<Granularity>(["byte", "cache-line", "page"])("simulatePowerFailure at %s granularity", (granularity) => {
  test("what is no region is refused", () => {
    for (const wrong of [undefined, null, 5, {}])
      expect(() => simulatePowerFailure(wrong as never)).toThrow(/^simulatePowerFailure takes a region, such as/u);
  });

  test("a misspelt option is refused", () => {
    expect(() => simulatePowerFailure(dram({ size: 64 }), { mutat: {} } as object)).toThrow(
      /^simulatePowerFailure has no option "mutat"; it has onPersistPoint, /u,
    );
  });

  test("a region that nothing was stored to has one state: what it held when it was wrapped", () => {
    const region = simulatePowerFailure(dram({ size: 100, image: new Uint8Array(100).fill(5), granularity }));
    const images = [...region.crashImages()];
    expect(images.map(({ bytes }) => [...bytes])).toEqual([Array(100).fill(5)]);
    expect([...region.durableImage()]).toEqual(Array(100).fill(5));
  });

  test("a store that was not flushed may be on the medium or not", () => {
    const [region, store] = stored(granularity);
    store(0, 7);
    expect(statesOf(region, [0])).toEqual(["0", "7"]);
    expect(wordsOf(region.durableImage(), [0])).toBe("0");
  });

  test("stores to one line are torn at 8-byte words, each old or new", () => {
    const [region, store] = stored(granularity);
    store(1, 1);
    store(2, 2);
    store(7, 3);
    expect(statesOf(region, [1, 2, 7])).toEqual([
      "0 0 0",
      "0 0 3",
      "0 2 0",
      "0 2 3",
      "1 0 0",
      "1 0 3",
      "1 2 0",
      "1 2 3",
    ]);
  });

  test("an aligned 8-byte word is never torn, an unaligned one is", () => {
    const region = simulated(granularity);
    region.copy(64, new Uint8Array(8).fill(1));
    expect(new Set([...region.crashImages()].map(({ bytes }) => bytes.subarray(64, 72).join()))).toEqual(
      new Set(["0,0,0,0,0,0,0,0", "1,1,1,1,1,1,1,1"]),
    );
    region.copy(132, new Uint8Array(8).fill(1));
    const unaligned = new Set([...region.crashImages()].map(({ bytes }) => bytes.subarray(132, 140).join()));
    expect(unaligned).toContain("1,1,1,1,0,0,0,0");
    expect(unaligned).toContain("0,0,0,0,1,1,1,1");
  });

  test("a flush alone promises nothing; flush and drain make a store durable", () => {
    const [region, store] = stored(granularity);
    store(3, 7);
    region.flush(24, 8);
    expect(statesOf(region, [3])).toEqual(["0", "7"]);
    region.drain();
    expect(statesOf(region, [3])).toEqual(["7"]);
    expect(wordsOf(region.durableImage(), [3])).toBe("7");
  });

  test("flushMany alone promises nothing, of each range by itself; persistMany makes every one durable", () => {
    const [region, store] = stored(granularity);
    store(0, 7);
    store(NEXT_PAGE, 8);
    const ranges = [0, 8, NEXT_PAGE * 8, 8];
    region.flushMany(ranges);
    expect(statesOf(region, [0, NEXT_PAGE])).toHaveLength(4);
    region.persistMany(ranges);
    expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["7 8"]);
  });

  test("an asynchronous form makes its own range durable, when it is fulfilled and not before", async () => {
    const [region, store] = stored(granularity);
    store(0, 7);
    const persisting = region.persistAsync(0, 8);
    expect(statesOf(region, [0])).toEqual(["0", "7"]);
    await persisting;
    expect(statesOf(region, [0])).toEqual(["7"]);
    const copying = region.copyAsync(64, Uint8Array.of(9));
    expect(statesOf(region, [8])).toEqual(["0", "9"]);
    await copying;
    await region.fillAsync(72, 8, 1);
    expect(statesOf(region, [8, 9])).toEqual(["9 16843009"]);
  });

  test("an asynchronous form is no drain of what this thread has flushed elsewhere", async () => {
    const [region, store] = stored(granularity);
    store(NEXT_PAGE, 8);
    region.flush(NEXT_PAGE * 8, 8);
    await region.fillAsync(0, 8, 1);
    expect(statesOf(region, [0, NEXT_PAGE])).toEqual(["16843009 0", "16843009 8"]);
    region.drain();
    expect(statesOf(region, [NEXT_PAGE])).toEqual(["8"]);
  });

  test("a non-temporal store is durable after a drain, and possible before it", () => {
    const region = simulated(granularity);
    region.copy(0, Uint8Array.of(7));
    region.fill(64, 8, 1);
    region.copyWithin(128, 0, 8);
    expect(statesOf(region, [0, 8, 16])).toHaveLength(8);
    region.drain();
    expect(statesOf(region, [0, 8, 16])).toEqual(["7 16843009 7"]);
  });

  test("publish is a store of one word: not durable before flush and drain", () => {
    const region = simulated(granularity);
    region.publish(8, 5, 6);
    expect(statesOf(region, [1])).toEqual(["0", "5"]);
    region.persist(8, 8);
    expect(statesOf(region, [1])).toEqual(["5"]);
    expect(new DataView(region.durableImage().buffer).getUint32(12, true)).toBe(6);
  });

  test("everything that a word held since its last flush and drain may be on the medium", () => {
    const [region, store] = stored(granularity);
    store(0, 1);
    region.flush(NEXT_PAGE * 8, 8);
    store(0, 2);
    expect(statesOf(region, [0])).toEqual(["0", "1", "2"]);
    region.flush(0, 8);
    store(0, 3);
    expect(statesOf(region, [0])).toEqual(["0", "1", "2", "3"]);
  });

  test("what a word held is remembered however often the words beside it change", () => {
    const [region, store] = stored(granularity);
    for (const value of [1, 2]) {
      store(0, value);
      region.flush(0, 0);
    }
    for (let value = 1; value < 20; value++) {
      store(1, value);
      region.flush(0, 0);
    }
    expect(statesOf(region, [0])).toEqual(["0", "1", "2"]);
    expect(statesOf(region, [1])).toEqual(["0", "11", "12", "13", "14", "15", "16", "17", "18", "19"]);
  });

  test("a word that was set back may hold what it held in between", () => {
    const [region, store] = stored(granularity);
    store(0, 1);
    region.flush(NEXT_PAGE * 8, 8);
    store(0, 0);
    expect(statesOf(region, [0])).toEqual(["0", "1"]);
    region.persist(0, 8);
    expect(statesOf(region, [0])).toEqual(["0"]);
  });

  test("stores are seen through views that were released and after the region was closed", () => {
    const region = simulated(granularity);
    const view = region.view(0, 64);
    new Uint8Array(view)[0] = 1;
    region.releaseView(view);
    expect(statesOf(region, [0])).toEqual(["0", "1"]);
    new Uint8Array(region.view(64, 64))[0] = 2;
    region.close();
    expect(statesOf(region, [0, 8])).toEqual(["0 0", "0 2", "1 0", "1 2"]);
    expect(region.durableImage()).toHaveLength(16384);
  });

  test("grown bytes are zero and durable, and later stores to them are not", () => {
    const region = simulated(granularity, 100);
    region.grow(200);
    expect([...region.crashImages()].map(({ bytes }) => bytes.length)).toEqual([200]);
    region.publish(192, 9, 0);
    expect(statesOf(region, [24])).toEqual(["0", "9"]);
  });

  test("the hook is told of each operation before it takes effect", () => {
    const told: unknown[] = [];
    const region: SimulatedRegion = simulatePowerFailure(dram({ size: 256, capacity: 512, granularity }), {
      onPersistPoint: (...point) =>
        told.push([...point, wordsOf(region.durableImage(), [0]), statesOf(region, [0]).join()]),
    });
    region.copy(0, Uint8Array.of(1));
    region.persist(0, 64);
    region.fill(0, 8, 2);
    region.drain();
    region.publish(0, 3, 0);
    region.copyWithin(64, 0, 8);
    region.grow(300);
    const twos = 0x02020202;
    expect(told).toEqual([
      ["copy", 0, 0, 1, "0", "0"],
      ["flush", 1, 0, 64, "0", "0,1"],
      ["drain", 2, 0, 0, "0", "0,1"],
      ["fill", 3, 0, 8, "1", "1"],
      ["drain", 4, 0, 0, "1", `1,${twos}`],
      ["publish", 5, 0, 8, `${twos}`, `${twos}`],
      ["copy", 6, 64, 8, `${twos}`, `3,${twos}`],
      ["grow", 7, 256, 44, `${twos}`, `3,${twos}`],
    ]);
  });
});

describe("the cache-line model", () => {
  test("lines become durable independently of each other", () => {
    const [region, store] = stored("cache-line");
    store(0, 1);
    store(SECOND_LINE, 2);
    region.flush(0, 8);
    expect(statesOf(region, [0, SECOND_LINE])).toEqual(["0 0", "0 2", "1 0", "1 2"]);
    region.drain();
    expect(statesOf(region, [0, SECOND_LINE])).toEqual(["1 0", "1 2"]);
  });

  test("a drain without a flush makes no cached store durable", () => {
    const [region, store] = stored("cache-line");
    store(0, 7);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["0", "7"]);
  });

  test("a flush covers the whole line, a non-temporal store only its words", () => {
    const [region, store] = stored("cache-line");
    store(0, 1);
    store(7, 2);
    region.copy(24, Uint8Array.of(3));
    region.drain();
    expect(statesOf(region, [0, 3, 7])).toEqual(["0 3 0", "0 3 2", "1 3 0", "1 3 2"]);
    region.flush(30, 1);
    region.drain();
    expect(statesOf(region, [0, 3, 7])).toEqual(["1 3 2"]);
  });

  test("a line is durable as it was when flushed, or as it became later", () => {
    const [region, store] = stored("cache-line");
    store(0, 1);
    region.flush(0, 8);
    store(0, 2);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["1", "2"]);
    expect(wordsOf(region.durableImage(), [0])).toBe("1");
    region.persist(0, 8);
    expect(statesOf(region, [0])).toEqual(["2"]);
  });

  test("a word that was set back after its flush may hold that value after the drain too", () => {
    const region = simulated("cache-line");
    region.publish(0, 1, 0);
    region.flush(0, 8);
    region.publish(0, 0, 0);
    region.publish(0, 2, 0);
    region.drain();
    expect(statesOf(region, [0])).toEqual(["0", "1", "2"]);
    region.persist(0, 8);
    expect(statesOf(region, [0])).toEqual(["2"]);
  });
});

describe("the byte model (caches inside the power-fail-protected domain)", () => {
  test("a drain alone makes every earlier store durable", () => {
    const [region, store] = stored("byte");
    store(0, 1);
    region.flush(0, 8);
    store(0, 2);
    store(SECOND_LINE, 3);
    expect(statesOf(region, [SECOND_LINE])).toEqual(["0", "3"]);
    region.drain();
    expect(statesOf(region, [0, SECOND_LINE])).toEqual(["2 3"]);
  });
});

describe("the page model", () => {
  test("a flush covers the whole 4 KiB page and no other", () => {
    const [region, store] = stored("page");
    store(0, 1);
    store(NEXT_PAGE - 1, 2);
    store(NEXT_PAGE, 3);
    region.persist(2000, 1);
    expect(statesOf(region, [0, NEXT_PAGE - 1, NEXT_PAGE])).toEqual(["1 2 0", "1 2 3"]);
  });

  test("pages and their sectors are written back in any order", () => {
    const region = simulated("page");
    // Three whole sectors of one page and one of the next: more words than the limit lets be torn one by one.
    for (const sector of [0, 1, 5, 8]) region.fill(sector * 512, 512, 1);
    const sectors = [0, 64, 320, 512];
    const states = statesOf(region, sectors, { limit: 64 });
    expect(states).toHaveLength(16);
  });
});
