import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openShelf, type Shelf } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";

const MiB = 2 ** 20;

function fileShelf(): Shelf<Record<string, any>> {
  const folder = mkdtempSync(join(tmpdir(), "nodemm-storage-"));
  const shelf = openShelf<Record<string, any>>(join(folder, "s.shelf"), { size: 64 * MiB });
  onTestFinished(() => {
    shelf.close();
    rmSync(folder, { recursive: true });
  });
  return shelf;
}

test("copied bytes are durable after a drain, and need no codec of the variable's type", () => {
  const { shelf, region } = freshShelf();
  shelf.set("bytes", new Uint8Array(300));
  const storage = shelf.storage("bytes");
  storage.copy(100, new Uint8Array(100).fill(7));
  storage.drain();
  const found = afterPowerFailure(region).get("bytes") as Uint8Array;
  expect([found[99], found[100], found[199], found[200]]).toStrictEqual([0, 7, 7, 0]);
});

test("copied bytes are durable with the next commit", () => {
  const { shelf, region } = freshShelf();
  shelf.set("bytes", new Uint8Array(300));
  shelf.storage("bytes").copy(0, new Uint8Array(100).fill(7));
  shelf.set("there", true);
  expect((afterPowerFailure(region).get("bytes") as Uint8Array)[99]).toBe(7);
});

test("copied bytes are durable before the next commit, also where a transaction fails between", () => {
  for (const isFailing of [false, true]) {
    const { shelf, region } = freshShelf();
    shelf.set("bytes", new Uint8Array(300));
    shelf.storage("bytes").copy(0, new Uint8Array(300).fill(7));
    const failing = (): void => {
      throw new RangeError("no");
    };
    if (isFailing) expect(() => shelf.transaction(failing)).toThrow(RangeError);
    const persist = region.persist.bind(region);
    const found: unknown[] = [];
    region.persist = (offset, length) => {
      // Only now does the medium get the frame.
      found.push(afterPowerFailure(region).get("bytes"));
      persist(offset, length);
    };
    shelf.set("there", true);
    expect(found).toStrictEqual([new Uint8Array(300).fill(7)]);
  }
});

test("a range beyond the variable's bytes is refused in words of the variable, not of the shelf", () => {
  const { shelf } = freshShelf();
  shelf.set("bytes", new Uint8Array(16));
  const message = /^range \[0, 0 \+ 17\) is not inside the 16 bytes that there are; /u;
  expect(() => shelf.persist("bytes", 0, 17)).toThrow(message);
  expect(() => shelf.transaction(() => shelf.snapshot("bytes", 0, 17))).toThrow(message);
});

test("a handle that outlived its value says what became of it, and where what is there now is found", () => {
  const { shelf } = freshShelf();
  shelf.set("bytes", new Uint8Array(16));
  const handles = [shelf.storage("bytes")];
  shelf.release("bytes");
  expect(() => handles[0].persist(0, 1)).toThrow(
    'the handles of "bytes" were released; get("bytes") gives what is there now',
  );
  handles.push(shelf.storage("bytes"));
  shelf.delete("bytes");
  expect(() => handles[1].persist(0, 1)).toThrow(
    '"bytes" was erased or replaced; get("bytes") gives what is there now',
  );
});

test("a copy beyond the variable's bytes is refused and changes nothing", () => {
  const { shelf } = freshShelf();
  shelf.set("bytes", new Uint8Array(300));
  expect(() => shelf.storage("bytes").copy(299, new Uint8Array(2))).toThrow(RangeError);
  expect(() => shelf.storage("bytes").copy(0, [1] as never)).toThrow(TypeError);
  expect(() => shelf.storage("nothing")).toThrow(expect.objectContaining({ code: "ERR_SHELF_NO_VARIABLE" }));
  expect(shelf.get("bytes")).toStrictEqual(new Uint8Array(300));
});

test("releasing a variable detaches its handles and keeps its bytes", () => {
  const { shelf } = freshShelf();
  shelf.set("bytes", new Uint8Array([1, 2, 3]));
  const before = shelf.get("bytes") as Uint8Array;
  const storage = shelf.storage("bytes");
  shelf.release("bytes");
  expect(before.length).toBe(0);
  expect(() => storage.copy(0, new Uint8Array(1))).toThrow(expect.objectContaining({ code: "ERR_SHELF_ERASED" }));
  expect(shelf.get("bytes")).toStrictEqual(new Uint8Array([1, 2, 3]));
});

test("an asynchronous copy is durable when fulfilled", async () => {
  const shelf = fileShelf();
  shelf.set("bytes", new Uint8Array(20 * MiB));
  await shelf.storage("bytes").copyAsync(5, new Uint8Array(10 * MiB).fill(9));
  const bytes = shelf.get("bytes") as Uint8Array;
  expect([bytes[4], bytes[5], bytes[10 * MiB + 4], bytes[10 * MiB + 5]]).toStrictEqual([0, 9, 9, 0]);
});

test("the extent of a variable erased under an asynchronous copy goes to nobody before the copy has ended", async () => {
  const shelf = fileShelf();
  shelf.set("bytes", new Uint8Array(40 * MiB));
  const copying = shelf.storage("bytes").copyAsync(0, new Uint8Array(40 * MiB).fill(9));
  const { free } = shelf.usage();
  shelf.release("bytes"); // another storage object, the same extent
  shelf.delete("bytes");
  expect(shelf.usage().free - free).toBeLessThan(40 * MiB);
  expect(() => shelf.set("other", new Uint8Array(40 * MiB))).toThrow(
    expect.objectContaining({ code: "ERR_SHELF_NO_SPACE" }),
  );
  await expect(copying).rejects.toMatchObject({ code: "ERR_SHELF_ERASED" });
  shelf.set("other", new Uint8Array(40 * MiB));
  expect((shelf.get("other") as Uint8Array).every((byte) => byte === 0)).toBe(true);
});

test("closing a shelf under an asynchronous copy ends the copy with a typed error", async () => {
  const shelf = fileShelf();
  shelf.set("bytes", new Uint8Array(40 * MiB));
  const copying = shelf.storage("bytes").copyAsync(0, new Uint8Array(40 * MiB).fill(9));
  shelf.close();
  await expect(copying).rejects.toMatchObject({ code: expect.stringMatching(/CLOSED/) });
});
