import { readFileSync, writeFileSync } from "node:fs";
import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { checkShelf, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import {
  frame,
  frameHeaderBytes,
  incompatFeature,
  operationHeaderBytes,
  operationKind,
  superblock,
} from "../src/layout.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

function withBytes(size: number | string = "1 MiB"): { shelf: Shelf; path: string; bytes: Uint8Array } {
  const path = freshPath();
  const shelf = openShelf(path, { size });
  shelf.set("bytes", new Uint8Array(5000).fill(3)).set("other", new Float64Array(100)).set("number", 5);
  return { shelf, path, bytes: shelf.get("bytes") as Uint8Array };
}

function isSealed(shelf: Shelf, name = "bytes"): boolean {
  return shelf.info(name)?.sealed === true;
}

test("a flipped bit of sealed data is found, with the variable's name, open or closed; of unsealed data it is not", () => {
  const { shelf, path } = withBytes();
  shelf.seal("bytes", "number");
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  shelf.close();
  const image = new Uint8Array(readFileSync(path));
  const { extents } = anatomyOf(image);
  const { start } = extents.get("bytes") as { start: number };
  for (const [name, damaged] of [
    ["bytes", start + 4999],
    ["other", (extents.get("other") as { start: number }).start],
  ] as const) {
    const copy = image.slice();
    copy[damaged] ^= 4;
    const { findings } = checkShelf(dram({ image: copy }));
    const expected = [{ structure: "seal", offset: start, severity: "error", variable: "bytes" }];
    expect(findings).toMatchObject(name === "bytes" ? expected : []);
    writeFileSync(path, copy);
    using again = openShelf(path);
    expect(isSealed(again)).toBe(true);
    expect(again.check().ok).toBe(name === "other");
  }
});

test("a seal goes with its variable through renames, swaps, rewrites of the catalog and a reopening", () => {
  const { shelf, path } = withBytes("128 KiB");
  shelf.seal("bytes");
  shelf.rename("bytes", "renamed");
  shelf.swap("renamed", "number");
  for (let round = 0; round < 300; round++) shelf.set("step", "x".repeat(round));
  expect(shelf.inspect().catalogGeneration).toBeGreaterThan(1);
  expect(isSealed(shelf, "number")).toBe(true);
  expect(isSealed(shelf, "renamed")).toBe(false);
  shelf.close();
  using again = openShelf(path);
  expect(isSealed(again, "number")).toBe(true);
  expect(again.check().ok).toBe(true);
  for (let round = 0; round < 300; round++) again.set("step", "x".repeat(round));
  expect(isSealed(again, "number")).toBe(true);
  again.close();
  // What was renamed after it was sealed keeps its new name when the catalog is written anew after a reopening.
  using last = openShelf(path);
  expect([...last.keys()].sort()).toStrictEqual(["number", "other", "renamed", "step"]);
  expect(isSealed(last, "number")).toBe(true);
});

describe("a change through the shelf takes the seal away", () => {
  const changes: Record<string, (shelf: Shelf, bytes: Uint8Array) => void> = {
    "a saved range": (shelf, bytes) =>
      shelf.transaction(() => {
        shelf.snapshot("bytes", 10, 5);
        bytes.fill(9, 10, 15);
      }),
    "several variables saved": (shelf, bytes) =>
      shelf.transaction(() => {
        shelf.snapshot(["other", "bytes"]);
        bytes[0] = 1;
      }),
    "persist of the name": (shelf, bytes) => {
      bytes[1] = 1;
      shelf.persist("bytes");
    },
    "another value": (shelf) => void shelf.set("bytes", new Uint8Array(5000)),
    unseal: (shelf) => shelf.unseal("bytes"),
  };
  test.each(Object.entries(changes))("%s", (_, change) => {
    const { shelf, path, bytes } = withBytes();
    shelf.seal("bytes", "number");
    change(shelf, bytes);
    expect([isSealed(shelf), isSealed(shelf, "number")]).toStrictEqual([false, true]);
    expect(shelf.check().ok).toBe(true);
    shelf.close();
    expect(checkShelf(path).ok).toBe(true);
    using again = openShelf(path);
    expect([isSealed(again), isSealed(again, "number")]).toStrictEqual([false, true]);
  });
});

describe("bytes changed by a handle after its variable", () => {
  const changes: Record<string, { change: (shelf: Shelf) => void; sealed: Record<string, boolean> }> = {
    "was erased": { change: (shelf) => void shelf.delete("bytes"), sealed: {} },
    "was replaced": {
      change: (shelf) => void shelf.set("bytes", new Uint8Array(10)),
      sealed: { bytes: false },
    },
    "was replaced by what was sealed": {
      change: (shelf) => {
        shelf.set("bytes", new Uint8Array(10));
        shelf.seal("bytes");
      },
      sealed: { bytes: true },
    },
    "lost its name to another": {
      change: (shelf) => {
        shelf.seal("other");
        shelf.rename("other", "bytes");
      },
      sealed: { bytes: true },
    },
    "was renamed": { change: (shelf) => shelf.rename("bytes", "renamed"), sealed: { renamed: false } },
    "was swapped": { change: (shelf) => shelf.swap("bytes", "other"), sealed: { bytes: false, other: false } },
  };
  test.each(Object.entries(changes))("%s in the same transaction", (_, { change, sealed }) => {
    const { shelf, path } = withBytes();
    shelf.seal("bytes");
    const storage = shelf.storage("bytes");
    const run = (atTheEnd: () => void): void =>
      shelf.transaction(() => {
        change(shelf);
        storage.snapshot(0, 10);
        new Uint8Array(storage.buffer).fill(9, 0, 10);
        atTheEnd();
      });
    const fail = (): never => {
      throw new RangeError("no");
    };
    expect(() => run(fail)).toThrow(RangeError);
    expect([isSealed(shelf), isSealed(shelf, "other")]).toStrictEqual([true, false]);
    expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
    run(() => undefined);
    const isAsExpected = (opened: Shelf): void => {
      const found = Object.keys(sealed).map((name) => [name, isSealed(opened, name)]);
      expect(Object.fromEntries(found)).toStrictEqual(sealed);
      expect(opened.check()).toMatchObject({ ok: true, findings: [] });
    };
    isAsExpected(shelf);
    shelf.close();
    using again = openShelf(path);
    isAsExpected(again);
  });
});

test("unsealing a name that is not there is read as nothing, sealing one as damage", () => {
  for (const sealing of [false, true]) {
    const { shelf, path } = withBytes();
    shelf.seal("bytes");
    if (!sealing) shelf.unseal("bytes");
    shelf.close();
    const image = new Uint8Array(readFileSync(path));
    const { superblock: written, frames } = anatomyOf(image);
    const view = new DataView(image.buffer);
    let start = frames.start;
    while (start + view.getUint32(start + frame.lengthBytes.offset, true) < frames.end)
      start += view.getUint32(start + frame.lengthBytes.offset, true);
    const place = start + frameHeaderBytes;
    expect(image[place]).toBe(operationKind.seal);
    image[place + operationHeaderBytes] = "x".charCodeAt(0);
    view.setUint32(start, dram({ image }).crc32c(start + 4, frames.end - start - 4, written.seed), true);
    const region = dram({ image });
    if (sealing) {
      expect(thrownBy(() => openShelf(region), ShelfError).code).toBe("ERR_SHELF_CORRUPT");
    } else {
      expect(checkShelf(dram({ image }))).toMatchObject({ ok: true, findings: [] });
      using opened = openShelf(region);
      expect(isSealed(opened)).toBe(true);
    }
  }
});

test("a plain store through a view cannot be seen: it breaks the seal, until it is sealed anew", () => {
  const { shelf, bytes } = withBytes();
  shelf.seal("bytes");
  bytes[17]++;
  expect(shelf.check().findings).toMatchObject([{ structure: "seal", variable: "bytes" }]);
  shelf.seal("bytes");
  expect(shelf.check().ok).toBe(true);
  shelf.close();
});

test("a transaction that throws leaves the seal, and the bytes that it vouches for", () => {
  const { shelf, bytes } = withBytes();
  shelf.seal("bytes");
  const failing = (): void =>
    shelf.transaction(() => {
      shelf.snapshot("bytes");
      bytes.fill(0);
      expect(isSealed(shelf)).toBe(false);
      throw new RangeError("no");
    });
  expect(failing).toThrow(RangeError);
  expect(isSealed(shelf)).toBe(true);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  shelf.close();
});

describe("inside a transaction that has not saved them, sealed bytes are not", () => {
  const bytes = new Uint8Array(10).fill(9);
  const changes: Record<string, (shelf: Shelf) => unknown> = {
    copied: (shelf) => shelf.storage("bytes").copy(0, bytes),
    "copied with others": (shelf) => shelf.copyMany([{ name: "bytes", source: bytes }]),
    "copied asynchronously with others": (shelf) => shelf.copyManyAsync([{ name: "bytes", source: bytes }]),
    persisted: (shelf) => shelf.persist("bytes"),
    flushed: (shelf) => shelf.storage("bytes").flush(0, 10),
  };
  test.each(Object.entries(changes))("%s", (_, change) => {
    const { shelf, path } = withBytes();
    shelf.seal("bytes");
    const error = thrownBy(() => shelf.transaction(() => change(shelf)), ShelfError);
    expect(error).toMatchObject({ code: "ERR_SHELF_TRANSACTION", variable: "bytes" });
    expect([isSealed(shelf), shelf.check().ok]).toStrictEqual([true, true]);
    shelf.close();
    expect(checkShelf(path)).toMatchObject({ ok: true, findings: [] });
  });

  test.each(["copyAsync", "persistAsync"] as const)("%s", async (verb) => {
    const { shelf } = withBytes();
    shelf.seal("bytes");
    const storage = shelf.storage("bytes");
    let changing: Promise<void> | undefined;
    shelf.transaction(() => {
      changing = verb === "copyAsync" ? storage.copyAsync(0, bytes) : storage.persistAsync(0, 10);
    });
    await expect(changing).rejects.toMatchObject({ code: "ERR_SHELF_TRANSACTION", variable: "bytes" });
    expect([isSealed(shelf), shelf.check().ok]).toStrictEqual([true, true]);
    shelf.close();
  });
});

describe("bytes of a seal that a transaction takes away are not copied to without being saved", () => {
  const bytes = new Uint8Array(10).fill(9);
  const ways: Record<string, (shelf: Shelf) => void> = {
    "when others were saved": (shelf) => shelf.snapshot("bytes", 0, 8),
    "when it was taken away by name": (shelf) => shelf.unseal("bytes"),
  };
  const changes: Record<string, (shelf: Shelf) => unknown> = {
    copied: (shelf) => shelf.storage("bytes").copy(4, bytes),
    "copied with others": (shelf) => shelf.copyMany([{ name: "bytes", byteOffset: 500, source: bytes }]),
    "copied asynchronously": (shelf) => shelf.copyManyAsync([{ name: "bytes", byteOffset: 4990, source: bytes }]),
  };
  const all = Object.entries(ways).flatMap(([way, unseal]) =>
    Object.entries(changes).map(([what, change]) => [`${what} ${way}`, unseal, change] as const),
  );

  test.each(all)("%s", (_, unseal, change) => {
    const { shelf, path } = withBytes();
    // What a transaction before has saved is not saved any more.
    shelf.transaction(() => shelf.snapshot("bytes"));
    shelf.seal("bytes");
    const work = (): void =>
      shelf.transaction(() => {
        unseal(shelf);
        change(shelf);
      });
    expect(thrownBy(work, ShelfError)).toMatchObject({ code: "ERR_SHELF_TRANSACTION", variable: "bytes" });
    expect([isSealed(shelf), shelf.check().ok]).toStrictEqual([true, true]);
    shelf.close();
    expect(checkShelf(path)).toMatchObject({ ok: true, findings: [] });
  });

  test("but they are once it has been committed, and in the next transaction", () => {
    const { shelf } = withBytes();
    shelf.seal("bytes");
    shelf.transaction(() => shelf.unseal("bytes"));
    shelf.transaction(() => shelf.storage("bytes").copy(4, bytes));
    shelf.storage("bytes").copy(20, bytes);
    expect((shelf.get("bytes") as Uint8Array).subarray(4, 14)).toStrictEqual(bytes);
    shelf.close();
  });
});

test("what was saved first may be copied to and persisted: a transaction that throws takes it back, and leaves the seal", () => {
  const { shelf } = withBytes();
  shelf.seal("bytes");
  const change = (atTheEnd: () => void): void =>
    shelf.transaction(() => {
      shelf.snapshot("bytes", 0, 10);
      shelf.storage("bytes").copy(0, new Uint8Array(10).fill(9));
      shelf.persist("bytes", 0, 10);
      // What the transaction made is not kept either.
      shelf.set("made", new Uint8Array(10)).seal("made");
      shelf.storage("made").copy(0, new Uint8Array(1));
      atTheEnd();
    });
  const fail = (): never => {
    throw new RangeError("no");
  };
  expect(() => change(fail)).toThrow(RangeError);
  expect([isSealed(shelf), shelf.check().ok]).toStrictEqual([true, true]);
  change(() => undefined);
  expect([isSealed(shelf), isSealed(shelf, "made"), shelf.check().ok]).toStrictEqual([false, false, true]);
  shelf.close();
});

test("a killed transaction is not taken for a broken seal", () => {
  const { shelf, path, bytes } = withBytes();
  shelf.seal("bytes");
  const image = shelf.transaction(() => {
    shelf.snapshot("bytes");
    bytes.fill(0);
    return new Uint8Array(readFileSync(path));
  });
  shelf.close();
  expect(checkShelf(dram({ image }))).toMatchObject({
    ok: true,
    findings: [{ structure: "undo lane", severity: "note" }],
  });
  using again = openShelf(dram({ image }));
  expect(isSealed(again)).toBe(true);
  expect(again.check().ok).toBe(true);
});

test("only a shelf that seals asks its readers to know of seals", () => {
  const { shelf, path } = withBytes();
  const bits = (): number =>
    new DataView(readFileSync(path).buffer).getUint32(superblock.incompatFeatures.offset, true);
  expect(shelf.inspect().incompatFeatures & incompatFeature.seals).toBe(0);
  shelf.unseal("bytes");
  expect(shelf.inspect().incompatFeatures & incompatFeature.seals).toBe(0);
  shelf.seal("bytes");
  expect(shelf.inspect().incompatFeatures & incompatFeature.seals).toBe(incompatFeature.seals);
  expect(bits() & incompatFeature.seals).toBe(incompatFeature.seals);
  shelf.close();
});

test("what cannot be sealed is refused with nothing changed", () => {
  const { shelf } = withBytes();
  expect(thrownBy(() => shelf.seal("bytes", "none"), ShelfError).code).toBe("ERR_SHELF_NO_VARIABLE");
  expect(isSealed(shelf)).toBe(false);
  shelf.close();
  expect(thrownBy(() => shelf.seal("bytes"), ShelfError).code).toBe("ERR_SHELF_CLOSED");
});
