import { dram } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { openShelf } from "../src/index.ts";

const mebibyte = 2 ** 20;

test("values of two and a half huge pages, replaced one by one, need no more room than their bytes and one more", () => {
  const bytes = 5.125 * mebibyte;
  const count = 8;
  const shelf = openShelf(dram({ size: (count + 1) * bytes + 4 * mebibyte }));
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < count; index++) {
      shelf.set(`layer ${index}`, new Uint8Array(bytes).fill(round));
    }
  }
  expect((shelf.get("layer 3") as Uint8Array)[bytes - 1]).toBe(2);
  shelf.close();
});

test("a value that costs little more for it begins at a huge page", () => {
  const shelf = openShelf(dram({ size: 64 * mebibyte }));
  shelf.set("small", new Uint8Array(100));
  for (const bytes of [4 * mebibyte, 33.9 * mebibyte]) {
    shelf.set("large", new Uint8Array(bytes & ~7));
    expect(shelf.info("large")!.offset % (2 * mebibyte)).toBe(0);
    shelf.delete("large");
  }
  shelf.close();
});
