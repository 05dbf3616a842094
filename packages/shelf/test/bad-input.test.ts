import { linkSync, mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { PmemError, type PmemErrorCode } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import {
  attachShelf,
  checkShelf,
  openReader,
  openScratch,
  openShelf,
  openShelfAsync,
  type OpenShelfOptions,
  repairShelf,
  ShelfError,
  type ShelfErrorCode,
} from "../src/index.ts";
import { runScript, scriptPath } from "./support/child.ts";
import { contentPrint, fingerprint } from "./support/fingerprint.ts";
import { freshPath } from "./support/folders.ts";

type Code = ShelfErrorCode | PmemErrorCode;

/** A closed shelf with one name, in a file of its own. */
function freshShelfFile(): string {
  const path = freshPath();
  openShelf(path, { size: "128 KiB" }).set("x", 1).close();
  return path;
}

/** Opening must fail so, with a next step in the words, and change nothing. */
function expectRefusal(path: string, options: OpenShelfOptions, code: Code, nextStep: RegExp): void {
  const before = fingerprint(dirname(path));
  let error: unknown;
  try {
    openShelf(path, options).close();
  } catch (thrown) {
    error = thrown;
  }
  expect(error instanceof ShelfError || error instanceof PmemError, String(error)).toBe(true);
  expect(error).toMatchObject({ code, message: expect.stringMatching(nextStep) });
  expect(fingerprint(dirname(path))).toBe(before);
}

describe("what is no shelf is refused and untouched", () => {
  const anew: OpenShelfOptions = { forceNew: true, size: "1 MiB" };

  test.each<[string, (path: string) => void, Code, RegExp]>([
    [
      "a text file",
      (path) => writeFileSync(path, "text\n".repeat(50_000)),
      "ERR_SHELF_NOT_A_SHELF",
      /open another path/u,
    ],
    ["a short text file", (path) => writeFileSync(path, "text"), "ERR_SHELF_NOT_A_SHELF", /open another path/u],
    ["an empty file", (path) => writeFileSync(path, ""), "ERR_PMEM_SIZE", /remove it/u],
    ["a folder", (path) => mkdirSync(path), "ERR_PMEM_NOT_A_FILE", /pass the path of a file/u],
    ["a link to nothing", (path) => symlinkSync("nowhere", path), "ERR_PMEM_EXISTS", /remove the link/u],
  ])("%s, whatever the options", (_, make, code, nextStep) => {
    const path = freshPath();
    make(path);
    const isLink = code === "ERR_PMEM_EXISTS";
    const before = isLink ? "" : contentPrint(path);
    expectRefusal(path, anew, code, nextStep);
    if (isLink) return;
    expectRefusal(path, {}, code, nextStep);
    expectRefusal(path, { size: "1 MiB" }, code, nextStep);
    expect(contentPrint(path)).toBe(before);
  });

  test.each(["/dev/null", "/dev/zero", "/proc/self/maps", "/"])("%s", (path) => {
    for (const options of [{}, anew]) {
      let error: unknown;
      try {
        openShelf(path, options);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(PmemError);
      expect((error as PmemError).message).toMatch(/; |pass|give/u);
    }
  });

  test("a shelf that was cut off, at any length", () => {
    const path = freshShelfFile();
    for (const length of [131_071, 65_536, 20_000, 8192, 8191, 4096, 8]) {
      truncateSync(path, length);
      const before = contentPrint(path);
      for (const options of [{}, { size: "128 KiB" }]) {
        expectRefusal(path, options, "ERR_SHELF_CORRUPT", /cut short|restore/u);
      }
      expect(contentPrint(path)).toBe(before);
    }
  });
});

test("a path where nothing is needs a size, a path in no folder needs a folder", () => {
  const path = freshPath();
  expectRefusal(path, {}, "ERR_PMEM_NOT_FOUND", /give a size/u);
  expectRefusal(path, { forceNew: true }, "ERR_PMEM_NOT_FOUND", /give a size/u);
  expect(() => openShelf(join(path, "below"), { size: "1 MiB" })).toThrow(
    expect.objectContaining({ code: "ERR_PMEM_NOT_FOUND", message: expect.stringMatching(/make the folder first/u) }),
  );
  expect(readdirSync(dirname(path))).toStrictEqual([]);
});

describe("a size of no sense", () => {
  const least = /give 64 KiB or more/u;
  const whole = /positive whole number of bytes/u;
  const text = /write a number and B, KB, KiB/u;
  test.each<[number | string, RegExp]>([
    [0, whole],
    [-0, whole],
    [-4096, whole],
    [NaN, whole],
    [Infinity, whole],
    [100_000.5, whole],
    [2 ** 53, whole],
    [1e300, whole],
    ["0", whole],
    ["99999999 TiB", whole],
    ["lots", text],
    ["", text],
    ["-1 MiB", text],
    ["1 MiB or so", text],
    ["1 parsec", text],
    ["1e6", text],
    ["constructor", text],
    [1, least],
    [65_535, least],
    ["63.9 KiB", least],
  ])("%j is ERR_SHELF_SIZE, leaves no file, and leaves a shelf alone", (size, nextStep) => {
    expectRefusal(freshPath(), { size }, "ERR_SHELF_SIZE", nextStep);
    const path = freshShelfFile();
    const before = fingerprint(path);
    expectRefusal(path, { size, forceNew: true }, "ERR_SHELF_SIZE", nextStep);
    expect(fingerprint(path)).toBe(before);
  });

  test.each([true, null, {}, [65_536], 65_536n, Symbol("size")])("%s is a TypeError", (size) => {
    const path = freshPath();
    expect(() => openShelf(path, { size: size as never })).toThrow(TypeError);
    expect(readdirSync(dirname(path))).toStrictEqual([]);
  });

  test.each([2 ** 45, "4096 TiB", 2 ** 53 - 1])(
    "%s, above the disk, is refused with figures and leaves no file",
    (size) => {
      const path = freshPath();
      let error: unknown;
      try {
        openShelf(path, { size });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(PmemError);
      expect((error as PmemError).code).toMatch(/^ERR_PMEM_(NO_SPACE|CAPACITY|SIZE)$/u);
      expect((error as PmemError).message).toMatch(/\d.*(; |pass)/u);
      expect(readdirSync(dirname(path))).toStrictEqual([]);
    },
  );
});

describe("a shelf that is open already is ERR_PMEM_LOCKED", () => {
  test("in this thread, by its path, a hard link or a symbolic link, with forceNew too", () => {
    const path = freshShelfFile();
    linkSync(path, `${path}.hard`);
    symlinkSync(path, `${path}.soft`);
    using shelf = openShelf(path);
    shelf.set("x", 2);
    for (const way of [path, `${path}.hard`, `${path}.soft`]) {
      expectRefusal(way, {}, "ERR_PMEM_LOCKED", /close it there/u);
      expectRefusal(way, { forceNew: true, size: "1 MiB" }, "ERR_PMEM_LOCKED", /close it there/u);
    }
    expect(shelf.get("x")).toBe(2);
    shelf.set("y", 3);
    shelf.close();
    using again = openShelf(`${path}.soft`);
    expect([...again]).toStrictEqual([
      ["x", 2],
      ["y", 3],
    ]);
  });

  test("in another thread, and free after close", async () => {
    const path = freshShelfFile();
    const inWorker = async (): Promise<unknown> => {
      const worker = new Worker(scriptPath("open-once.mjs"), { argv: [path] });
      const [[outcome]] = (await Promise.all([once(worker, "message"), once(worker, "exit")])) as [[unknown], unknown];
      return outcome;
    };
    const shelf = openShelf(path);
    expect(await inWorker()).toMatchObject({ name: "PmemError", code: "ERR_PMEM_LOCKED" });
    shelf.close();
    expect(await inWorker()).toStrictEqual({ names: ["x"] });
  });

  test("in another process, and free after close", () => {
    const path = freshShelfFile();
    const shelf = openShelf(path);
    expect(runScript("open-once.mjs", [path]).reports).toMatchObject([{ name: "PmemError", code: "ERR_PMEM_LOCKED" }]);
    shelf.close();
    expect(runScript("open-once.mjs", [path]).reports).toStrictEqual([{ names: ["x"] }]);
  });
});

describe("an option that there is not is refused, and nothing is done", () => {
  test.each<[string, string, (path: string, misspelt: object) => unknown]>([
    ["openShelf", "openShelf", (path, options) => openShelf(path, options)],
    ["openShelf, of grow", "grow", (path, options) => openShelf(path, { grow: options })],
    ["openShelf, of a reader", "openReader", (path, options) => openShelf(path, { readOnly: true, ...options })],
    ["openReader", "openReader", (path, options) => openReader(path, options)],
    ["attachShelf", "attachShelf", (path, options) => attachShelf(path, options)],
    ["checkShelf", "check", (path, options) => checkShelf(path, options)],
    ["repairShelf", "repairShelf", (path, options) => repairShelf(path, options)],
    ["openScratch", "openScratch", (path, options) => openScratch(dirname(path), { size: "1 MiB", ...options })],
  ])("%s", (_, name, open) => {
    const path = freshShelfFile();
    const before = fingerprint(dirname(path));
    expect(() => open(path, { forceNow: true })).toThrow(
      expect.objectContaining({
        name: "TypeError",
        message: expect.stringMatching(new RegExp(`^${name} has no option "forceNow"; it has \\w`, "u")),
      }),
    );
    expect(fingerprint(dirname(path))).toBe(before);
  });

  test("of a shelf that is open, and of openShelfAsync", async () => {
    const path = freshShelfFile();
    using shelf = openShelf(path);
    const misspelt = { datta: true } as object;
    for (const use of [() => shelf.compact(misspelt), () => shelf.check(misspelt), () => shelf.set("x", 2, misspelt)]) {
      expect(use).toThrow(/has no option "datta"/u);
    }
    expect(shelf.get("x")).toBe(1);
    await expect(shelf.checkAsync(misspelt)).rejects.toThrow(/has no option "datta"/u);
    await expect(openShelfAsync(path, misspelt)).rejects.toThrow(/has no option "datta"/u);
    shelf.set("x", 2, { alignment: undefined } as object);
  });
});
