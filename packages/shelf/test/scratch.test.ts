import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Codec, list, openScratch, ShelfError, type Storage } from "../src/index.ts";
import { afterPowerFailure, freshShelf } from "./support/durable.ts";
import { thrownBy } from "./support/thrown.ts";

/** A type whose handles keep their storage, as n-d arrays do. */
const held: Codec = {
  type: "held",
  shareable: true,
  accepts: (value) => value === "held",
  plan: () => ({ meta: new Uint8Array([7]), byteLength: 100 }),
  write: (_, sink) => sink.fill(0, 100, 1),
  open: (stored) => stored.storage(),
};

describe("PyMM `enable_transient_memory`: scratch values on the shelf", () => {
  test("lie in free space, and are given back when freed: their handles are detached", () => {
    const { shelf } = freshShelf();
    const { free } = shelf.usage();
    const scratch = shelf.scratch(Float64Array.from({ length: 1000 }, (_, index) => index));
    expect(scratch.value[999]).toBe(999);
    expect(shelf.usage()).toMatchObject({ free: free - 8000, scratch: 8000 });
    scratch.value[0] = 5;
    expect(scratch.value[0]).toBe(5);
    expect(shelf.size).toBe(0);
    scratch.free();
    scratch.free();
    expect(scratch.value.length).toBe(0);
    expect(shelf.usage()).toMatchObject({ free, scratch: 0 });
  });

  test("nothing of them is left after a power failure or a close", () => {
    const { shelf, region } = freshShelf();
    const { free } = shelf.usage();
    const scratch = shelf.scratch(new Uint8Array(5000));
    shelf.set("kept", 1);
    expect(afterPowerFailure(region).usage().free).toBe(free);
    shelf.close();
    expect(scratch.value.length).toBe(0);
    expect(afterPowerFailure(region).usage().free).toBe(free);
  });

  test("they are not part of a transaction: one that throws leaves their bytes, and neither persists nor logs them", () => {
    const { shelf } = freshShelf({ types: [held] });
    const storage = shelf.scratch("held").value as unknown as Storage;
    thrownBy(
      () =>
        storage.transaction(() => {
          storage.snapshot(0, 100);
          storage.snapshotMany([0, 10]);
          new Uint8Array(storage.buffer).fill(2);
          throw new Error("no");
        }),
      Error,
    );
    storage.persist(0, 100);
    storage.flush(0, 100);
    storage.drain();
    expect(new Uint8Array(storage.buffer)).toStrictEqual(new Uint8Array(100).fill(2));
    thrownBy(() => storage.snapshot(50, 51), RangeError);
  });

  test("what is freed or closed says so", async () => {
    const { shelf } = freshShelf({ types: [held] });
    const freed = shelf.scratch("held");
    const open = shelf.scratch("held");
    const [freedStorage, openStorage] = [freed.value, open.value] as unknown as [Storage, Storage];
    freed[Symbol.dispose]();
    expect(thrownBy(() => freedStorage.persist(0, 1), ShelfError).code).toBe("ERR_SHELF_ERASED");
    await expect(freedStorage.copyAsync(0, new Uint8Array(1))).rejects.toMatchObject({ code: "ERR_SHELF_ERASED" });
    shelf.close();
    expect(thrownBy(() => openStorage.copy(0, new Uint8Array(1)), ShelfError).code).toBe("ERR_SHELF_CLOSED");
    expect(thrownBy(() => shelf.scratch(new Uint8Array(1)), ShelfError).code).toBe("ERR_SHELF_CLOSED");
  });

  test("space that an asynchronous copy still writes to is not given to anything else", async () => {
    const { shelf } = freshShelf({ types: [held] });
    const { free } = shelf.usage();
    const scratch = shelf.scratch("held");
    const copied = (scratch.value as unknown as Storage).copyAsync(0, new Uint8Array(100).fill(3));
    scratch.free();
    expect(shelf.usage().free).toBe(free - 128);
    await expect(copied).rejects.toMatchObject({ code: "ERR_SHELF_ERASED" });
    expect(shelf.usage().free).toBe(free);
  });

  test("a value that cannot be stored, a list, and more than there is room for are refused, with nothing taken", () => {
    const { shelf } = freshShelf();
    const { free } = shelf.usage();
    thrownBy(() => shelf.scratch(() => 1), TypeError);
    thrownBy(() => shelf.scratch(list()), TypeError);
    expect(thrownBy(() => shelf.scratch(new Uint8Array(2 ** 21)), ShelfError).code).toBe("ERR_SHELF_NO_SPACE");
    expect(shelf.usage().free).toBe(free);
  });

  test("a check of the shelf counts them as owned", () => {
    const { shelf } = freshShelf();
    using scratch = shelf.scratch(new Uint8Array(5000));
    expect(scratch.byteLength).toBe(5000);
    expect(shelf.check().findings).toStrictEqual([]);
  });
});

describe("scratch values in a file of their own", () => {
  function freshFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "scratch-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  test("the file has no name from the beginning, so nothing can be left behind", () => {
    const folder = freshFolder();
    const scratch = openScratch(folder, { size: "1 MiB" });
    const sums = scratch.make(new Float64Array(1000));
    sums.value[1] = 2;
    expect(readdirSync(folder)).toStrictEqual([]);
    expect(scratch.bytes).toBe(8000);
    scratch.close();
    scratch.close();
    expect(sums.value.length).toBe(0);
    expect(thrownBy(() => scratch.make(new Uint8Array(1)), ShelfError).code).toBe("ERR_SHELF_CLOSED");
  });

  test("it grows as it is needed, and handles stay valid", () => {
    using scratch = openScratch(freshFolder(), { size: "64 KiB" });
    const first = scratch.make(new Uint8Array(1000).fill(1));
    const second = scratch.make(new Uint8Array(2 ** 20).fill(2));
    expect(scratch.size).toBeGreaterThan(2 ** 20);
    expect([first.value[999], second.value[2 ** 20 - 1]]).toStrictEqual([1, 2]);
  });

  test("a folder that does not exist, and options that make no sense, are told", () => {
    const error = thrownBy(() => openScratch("/nowhere/at/all", { size: "1 MiB" }), Error);
    expect(error).toMatchObject({
      ...{ code: "ERR_PMEM_NOT_FOUND", source: "/nowhere/at/all" },
      message: "/nowhere/at/all is no folder; check the path, or make the folder first",
    });
    thrownBy(() => openScratch(freshFolder(), undefined as never), TypeError);
    const types = thrownBy(() => openScratch(freshFolder(), { size: "1 MiB", types: 5 as never }), TypeError);
    expect(types.message).toBe("types must be an array of codecs");
  });
});
