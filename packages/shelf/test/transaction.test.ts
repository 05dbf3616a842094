import { readFileSync } from "node:fs";
import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { list, openShelf, type Shelf, ShelfError } from "../src/index.ts";
import { afterPowerFailure, freshShelf, sizeBytes } from "./support/durable.ts";
import { freshPath } from "./support/folders.ts";
import { thrownBy } from "./support/thrown.ts";

function shelfWithCounts(length = 8): ReturnType<typeof freshShelf> & { readonly counts: Float64Array } {
  const fresh = freshShelf({ bytes: length > 1000 ? 2 * sizeBytes : sizeBytes });
  fresh.shelf.set("counts", new Float64Array(length));
  return { ...fresh, counts: fresh.shelf.get("counts") as Float64Array };
}

/** What everything on the shelf is, for comparing. */
function contentOf(shelf: Shelf): [string, unknown][] {
  return [...shelf.entries()].map(([name, value]) => [name, structuredClone(value)]);
}

describe("a transaction that returns (P11)", () => {
  test("makes creations, replacements, erasures, renames and in-place changes durable together", () => {
    const { shelf, region, counts } = shelfWithCounts();
    shelf.set("a", 1).set("b", 2).set("c", 3);
    const result = shelf.transaction(() => {
      shelf.snapshot("counts", 8, 16);
      counts[1] = 10;
      counts[2] = 20;
      shelf.set("a", "one");
      shelf.delete("b");
      shelf.rename("c", "d");
      shelf.set("new", new Uint8Array([7]));
      return "done";
    });
    expect(result).toBe("done");
    const expected = contentOf(shelf);
    expect(expected).toStrictEqual([
      ["counts", Float64Array.of(0, 10, 20, 0, 0, 0, 0, 0)],
      ["a", "one"],
      ["d", 3],
      ["new", new Uint8Array([7])],
    ]);
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(expected);
  });

  test("nothing of it is durable before it returns", () => {
    const { shelf, region, counts } = shelfWithCounts();
    const before = contentOf(shelf);
    shelf.transaction(() => {
      shelf.snapshot("counts");
      counts.fill(1);
      shelf.set("x", 1);
      expect(contentOf(afterPowerFailure(region))).toStrictEqual(before);
    });
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(contentOf(shelf));
  });

  test("thousands of small ranges and ranges larger than the log are committed", () => {
    const { shelf, region, counts } = shelfWithCounts(40_000);
    shelf.transaction(() => {
      for (let index = 0; index < 40_000; index += 10) {
        shelf.snapshot("counts", index * 8, 8);
        counts[index] = index;
      }
      shelf.snapshot("counts");
      counts[1] = -1;
    });
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(contentOf(shelf));
    expect(counts[39_990]).toBe(39_990);
  });

  test("a variable made inside needs no log for in-place changes", () => {
    const { shelf, region } = shelfWithCounts();
    const free = shelf.usage().free;
    shelf.transaction(() => {
      shelf.set("big", new Float64Array(40_000));
      const big = shelf.get("big") as Float64Array;
      shelf.snapshot("big");
      big.fill(3);
    });
    expect(free - shelf.usage().free).toBe(320_000);
    expect((afterPowerFailure(region).get("big") as Float64Array).every((value) => value === 3)).toBe(true);
  });

  test("the log's extents are free again afterwards", () => {
    const { shelf, counts } = shelfWithCounts(40_000);
    const before = shelf.usage();
    shelf.transaction(() => {
      shelf.snapshot("counts");
      counts.fill(1);
      expect(shelf.usage().free).toBeLessThan(before.free);
    });
    expect(shelf.usage()).toStrictEqual(before);
  });
});

describe("a log of several extents, each longer than what is looked at of it at once", () => {
  const MiB = 2 ** 20;
  const size = 12 * MiB;
  const old = Uint8Array.from({ length: size }, (_, at) => at * 31 + (at >>> 12));

  /** Changes all of a large variable in steps of which each is an entry, and one of thousands of ranges. */
  function change(shelf: Shelf, atTheEnd: () => void): void {
    const bytes = shelf.get("bytes") as Uint8Array;
    shelf.transaction(() => {
      const many = Array.from({ length: 6000 }, (_, index) => [index * 100, 50]).flat();
      shelf.storage("bytes").snapshotMany(many);
      for (let at = 0; at < many.length; at += 2) bytes.fill(1, many[at], many[at] + many[at + 1]);
      for (let at = 0; at < size; at += MiB) {
        shelf.snapshot("bytes", at, MiB);
        bytes.fill(2, at, at + MiB);
      }
      atTheEnd();
    });
  }

  function shelfWithBytes(): Shelf {
    const shelf = openShelf(freshPath(), { size: 48 * MiB });
    return shelf.set("bytes", old);
  }

  test("brings all old bytes back after a throw, and its extents are free again", () => {
    const shelf = shelfWithBytes();
    const usage = shelf.usage();
    const fail = (): void => {
      throw new Error("enough");
    };
    expect(() => change(shelf, fail)).toThrow("enough");
    expect(Buffer.compare(shelf.get("bytes") as Uint8Array, old)).toBe(0);
    expect(shelf.usage()).toStrictEqual(usage);
    shelf.close();
  });

  test("brings all old bytes back after a kill", () => {
    const shelf = shelfWithBytes();
    let image: Uint8Array | undefined;
    change(shelf, () => (image = readFileSync(shelf.source)));
    expect((shelf.get("bytes") as Uint8Array).every((byte) => byte === 2)).toBe(true);
    shelf.close();
    const opened = openShelf(dram({ image: image! }));
    expect(Buffer.compare(opened.get("bytes") as Uint8Array, old)).toBe(0);
    expect(opened.check().findings).toStrictEqual([]);
  });
});

describe("ranges of several variables that are saved in one call", () => {
  function shelfOfThree() {
    const { shelf, region } = freshShelf({ counters: true });
    for (const name of ["a", "b", "c"]) shelf.set(name, new Uint8Array(1000).fill(1));
    const arrays = ["a", "b", "c"].map((name) => shelf.get(name) as Uint8Array);
    return { shelf, region, arrays };
  }
  const saves = ["c", { name: "a", ranges: [0, 10, 500, 20] }, { name: "b", ranges: Float64Array.of(990, 10) }];
  const change = ([a, b, c]: Uint8Array[]): void => {
    a.fill(2, 0, 10).fill(2, 500, 520);
    b.fill(2, 990);
    c.fill(2);
  };

  test("take one fence, and are committed, or come back after a throw and after a power failure", () => {
    const { shelf, region, arrays } = shelfOfThree();
    const before = contentOf(shelf);
    const fences = shelf.counters!.fences;
    const fails = (): void => {
      shelf.transaction(() => {
        shelf.snapshot(saves);
        expect(shelf.counters!.fences - fences).toBe(1);
        change(arrays);
        region.persist(0, region.length);
        expect(contentOf(afterPowerFailure(region))).toStrictEqual(before);
        throw new Error("undo this");
      });
    };
    expect(fails).toThrow("undo this");
    expect(contentOf(shelf)).toStrictEqual(before);
    shelf.transaction(() => {
      shelf.snapshot(saves);
      change(arrays);
    });
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(contentOf(shelf));
    expect(arrays[1][999]).toBe(2);
  });

  test("are all refused where one cannot be, with nothing saved and no seal taken away", () => {
    const { shelf } = shelfOfThree();
    shelf.set("queue", list([1, 2]));
    shelf.seal("a");
    shelf.transaction(() => {
      const refused: [unknown, unknown][] = [
        [{ name: "b", ranges: [990, 11] }, RangeError],
        [{ name: "b", ranges: [0] }, RangeError],
        [{ name: "b", ranges: ["0", 1] }, TypeError],
        [{ name: "b", ranges: "0,1" }, TypeError],
        [{ ranges: [0, 1] }, TypeError],
        [null, TypeError],
        [5, TypeError],
        [{ name: "none", ranges: [0, 1] }, expect.objectContaining({ code: "ERR_SHELF_NO_VARIABLE" })],
        [{ name: "queue", ranges: [0, 1] }, expect.objectContaining({ code: "ERR_SHELF_TYPE" })],
      ];
      for (const [bad, error] of refused) {
        expect(() => shelf.snapshot([{ name: "a", ranges: [0, 1] }, bad as string])).toThrow(error);
      }
      expect(shelf.counters!.logBytes).toBe(0);
    });
    expect(shelf.info("a")?.sealed).toBe(true);
    shelf.transaction(() => shelf.snapshot([]));
  });
});

describe("a transaction that throws", () => {
  test("undoes everything in memory and on media, and handles show the old bytes", () => {
    const { shelf, region, counts } = shelfWithCounts();
    shelf
      .set("a", 1)
      .set("b", new Uint8Array([1]))
      .set("c", 3);
    const b = shelf.get("b") as Uint8Array;
    counts[0] = 5;
    shelf.persist("counts");
    const before = contentOf(shelf);
    const usage = shelf.usage();
    let made: Uint8Array | undefined;
    const failure = new Error("changed my mind");
    expect(() =>
      shelf.transaction(() => {
        shelf.snapshot("counts");
        counts.fill(9);
        shelf.snapshot("counts", 0, 8);
        shelf.set("a", "one").set("a", "two");
        shelf.set("b", new Uint8Array([2]));
        shelf.delete("b");
        shelf.rename("c", "a");
        shelf.set("new", new Uint8Array([7]));
        made = shelf.get("new") as Uint8Array;
        throw failure;
      }),
    ).toThrow(failure);
    expect(contentOf(shelf)).toStrictEqual(before);
    expect(counts[0]).toBe(5);
    expect(shelf.get("b")).toBe(b);
    expect(b.length).toBe(1);
    expect(made?.length).toBe(0);
    expect(shelf.usage()).toStrictEqual(usage);
    expect(contentOf(afterPowerFailure(region))).toStrictEqual(before);
    shelf.set("after", 1);
    expect(afterPowerFailure(region).get("after")).toBe(1);
  });

  test("a failed set inside leaves the rest to be committed", () => {
    const { shelf, region } = shelfWithCounts();
    shelf.transaction(() => {
      shelf.set("a", 1);
      expect(() => shelf.set("b", undefined)).toThrow(TypeError);
      expect(thrownBy(() => shelf.set("c", new Uint8Array(1 << 21)), ShelfError).code).toBe("ERR_SHELF_NO_SPACE");
    });
    expect([...afterPowerFailure(region).keys()]).toStrictEqual(["counts", "a"]);
  });

  test("a log that has no room says so before anything is changed", () => {
    const { shelf } = shelfWithCounts(160_000);
    const counts = shelf.get("counts") as Float64Array;
    const error = thrownBy(
      () =>
        shelf.transaction(() => {
          shelf.snapshot("counts");
          counts.fill(1);
        }),
      ShelfError,
    );
    expect(error).toMatchObject({ code: "ERR_SHELF_NO_SPACE" });
    expect(error.free).toBeGreaterThan(0);
    expect(counts.every((value) => value === 0)).toBe(true);
  });
});

test("nothing can be saved after saving has failed, and so nothing is taken for saved", () => {
  const { shelf, counts } = shelfWithCounts(160_000);
  let cause: unknown;
  const error = thrownBy(
    () =>
      shelf.transaction(() => {
        cause = thrownBy(() => shelf.snapshot("counts"), ShelfError);
        shelf.snapshot("counts", 0, 8);
        counts[0] = 9;
      }),
    ShelfError,
  );
  expect(error.code).toBe("ERR_SHELF_TRANSACTION");
  expect(cause).toMatchObject({ code: "ERR_SHELF_NO_SPACE" });
  expect(error.cause).toBe(cause);
  expect(counts[0]).toBe(0);
  shelf.transaction(() => {
    shelf.snapshot("counts", 0, 8);
    counts[0] = 1;
  });
  expect(counts[0]).toBe(1);
});

describe("nesting", () => {
  test("an inner transaction joins the outer one", () => {
    const { shelf, region } = shelfWithCounts();
    shelf.transaction(() => {
      shelf.set("outer", 1);
      shelf.transaction(() => shelf.set("inner", 2));
      expect([...afterPowerFailure(region).keys()]).toStrictEqual(["counts"]);
    });
    expect([...afterPowerFailure(region).keys()]).toStrictEqual(["counts", "outer", "inner"]);
  });

  test.each([new Error("inner"), undefined])(
    "an inner %s that the outer one swallows undoes all of it, and says so",
    (cause) => {
      const { shelf } = shelfWithCounts();
      const error = thrownBy(
        () =>
          shelf.transaction(() => {
            shelf.set("outer", 1);
            try {
              shelf.transaction(() => {
                shelf.set("inner", 2);
                // oxlint-disable-next-line typescript/only-throw-error -- others do
                throw cause;
              });
            } catch {
              // swallowed
            }
          }),
        ShelfError,
      );
      expect(error.code).toBe("ERR_SHELF_TRANSACTION");
      expect(error.cause).toBe(cause);
      expect([...shelf.keys()]).toStrictEqual(["counts"]);
    },
  );
});
