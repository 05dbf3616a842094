import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";

const MiB = 2 ** 20;

/** Room for one of two variables of 5 MiB beside one of 1 MiB; a region that copies a piece at each turn of the loop. */
function fullShelf(): Shelf<Record<string, any>> {
  const shelf = openShelf<Record<string, any>>(dram({ size: 8 * MiB }));
  shelf.set("large", new Uint8Array(5 * MiB));
  shelf.set("small", new Uint8Array(MiB));
  return shelf;
}

const copies = [
  { name: "large", source: new Uint8Array(2 * MiB).fill(1) },
  { name: "small", source: new Uint8Array(MiB).fill(2) },
  { name: "large", byteOffset: 3 * MiB, source: new Uint8Array(2 * MiB).fill(3) },
];

test("many copies go where their names and offsets say, several into one variable", async () => {
  const shelf = fullShelf();
  const job = shelf.copyManyAsync(copies);
  await job.done;
  expect(job.copiedBytes).toBe(5 * MiB);
  const large = shelf.get("large") as Uint8Array;
  expect([0, 2 * MiB - 1, 2 * MiB, 3 * MiB - 1, 3 * MiB, 5 * MiB - 1].map((at) => large[at])).toEqual([
    1, 1, 0, 0, 3, 3,
  ]);
  expect((shelf.get("small") as Uint8Array).every((byte) => byte === 2)).toBe(true);
});

test("many copies in one call go there too, and are durable with the next commit", () => {
  const region = simulatePowerFailure(dram({ size: 8 * MiB }));
  const shelf = openShelf<Record<string, any>>(region);
  shelf.set("large", new Uint8Array(5 * MiB));
  shelf.set("small", new Uint8Array(MiB));
  shelf.copyMany(copies);
  shelf.copyMany([]);
  shelf.set("done", true);
  const after = openShelf<Record<string, any>>(dram({ image: region.durableImage() }));
  for (const { name, byteOffset = 0, source } of copies) {
    for (const each of [shelf, after]) {
      const bytes = (each.get(name) as Uint8Array).subarray(byteOffset, byteOffset + source.length);
      expect(Buffer.compare(bytes, source), name).toBe(0);
    }
  }
  expect(() => shelf.copyMany([copies[1], { name: "small", byteOffset: 1, source: new Uint8Array(MiB) }])).toThrow(
    RangeError,
  );
  shelf.close();
  expect(() => shelf.copyMany(copies)).toThrow(expect.objectContaining({ code: "ERR_SHELF_CLOSED" }));
});

test("what is no list of copies is refused, and so is a place in words of regions", () => {
  const shelf = fullShelf();
  const source = new Uint8Array(8).fill(1);
  const wrongLists = [undefined, {}, "large", [{}], [null], [{ name: "large" }], [{ source }]];
  for (const wrong of [...wrongLists, [{ name: "large", source: "x" }], [{ name: "large", offset: 8, source }]]) {
    expect(() => shelf.copyMany(wrong as never), JSON.stringify(wrong)).toThrow(TypeError);
    expect(() => shelf.copyManyAsync(wrong as never), JSON.stringify(wrong)).toThrow(TypeError);
  }
  expect(() => shelf.copyMany([{ name: "large", offset: 8, source } as never])).toThrow(/byteOffset/u);
  expect((shelf.get("large") as Uint8Array).every((byte) => byte === 0)).toBe(true);
});

test.each(["to their end", "to an abort"])(
  "an extent that %s many copies go into is given to nobody before",
  async (end) => {
    const shelf = fullShelf();
    const abort = new AbortController();
    const { done } = shelf.copyManyAsync(copies, { signal: abort.signal });
    shelf.delete("large");
    const taken = (): unknown => shelf.set("other", new Uint8Array(5 * MiB));
    expect(taken).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }));
    if (end === "to an abort") {
      abort.abort();
      await expect(done).rejects.toMatchObject({ code: "ERR_PMEM_ABORTED" });
    } else {
      await done;
    }
    taken();
    expect((shelf.get("other") as Uint8Array).every((byte) => byte === 0)).toBe(true);
  },
);

test("a variable that is sealed while many copies go into it is sealed with what they bring", async () => {
  const shelf = fullShelf();
  const job = shelf.copyManyAsync(copies);
  shelf.seal("large", "small");
  expect((shelf.get("large") as Uint8Array)[3 * MiB]).toBe(3);
  await job.done;
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  expect(shelf.info("large")?.sealed).toBe(true);
});

test("a copy that does not fit is refused before anything is copied, and holds no extent", () => {
  const shelf = fullShelf();
  expect(() => shelf.copyManyAsync([...copies, { name: "small", byteOffset: 1, source: new Uint8Array(MiB) }])).toThrow(
    RangeError,
  );
  expect(() => shelf.copyManyAsync([...copies, { name: "missing", source: new Uint8Array(1) }])).toThrow(
    expect.objectContaining({ code: "ERR_SHELF_NO_VARIABLE" }),
  );
  expect((shelf.get("large") as Uint8Array).every((byte) => byte === 0)).toBe(true);
  shelf.delete("large");
  shelf.set("other", new Uint8Array(5 * MiB));
});
