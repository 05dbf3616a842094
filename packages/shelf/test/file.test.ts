import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mapFile } from "@nodemm/pmem-native";
import { openShelf, ShelfError } from "../src/index.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "nodemm-shelf-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("a shelf in a file", () => {
  test("is created with a size, and opens again by its path alone", () => {
    const path = join(directory, "a.shelf");
    {
      using shelf = openShelf(path, { size: "1 MiB" });
      shelf.vars["x"] = Float64Array.of(1, 2, 3);
    }
    expect(statSync(path).size).toBe(1 << 20);
    using again = openShelf(path);
    expect(again.vars["x"]).toStrictEqual(Float64Array.of(1, 2, 3));
  });

  test("is read by another process, which maps it elsewhere", () => {
    const path = join(directory, "a.shelf");
    {
      using shelf = openShelf(path, { size: "1 MiB" });
      shelf.set("greeting", "hello").set("bytes", new Uint8Array([1, 2, 3]));
    }
    const dist = new URL("../dist/index.js", import.meta.url).href;
    const script = `
      const { openShelf } = await import(${JSON.stringify(dist)});
      const shelf = openShelf(${JSON.stringify(path)});
      shelf.get("bytes")[0] = 9;
      shelf.persist("bytes");
      console.log(shelf.get("greeting"));
      process.exit(); // not closed
    `;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })).toBe("hello\n");
    using again = openShelf(path);
    expect(again.get("bytes")).toStrictEqual(new Uint8Array([9, 2, 3]));
  });

  test("grows in place, handles stay valid, and the file is as long as the shelf says", () => {
    const path = join(directory, "a.shelf");
    using shelf = openShelf(path, { size: "1 MiB" });
    shelf.set("x", new Uint8Array([7]));
    const x = shelf.get("x") as Uint8Array;
    shelf.grow("4 MiB");
    shelf.set("large", new Uint8Array(3 << 20).fill(1));
    expect(x[0]).toBe(7);
    expect(statSync(path).size).toBe(4 << 20);
  });

  test("a thousand small values in one transaction take one sync", () => {
    const path = join(directory, "a.shelf");
    const region = mapFile(path, { mode: "create", size: 16 * 2 ** 20, forceGranularity: "page" });
    using shelf = openShelf(region, { counters: true });
    expect(shelf.granularity).toBe("page");
    const fences = (): number => shelf.counters!.fences;
    const before = fences();
    shelf.transaction(() => {
      for (let index = 0; index < 1000; index++) shelf.set(`name-${index}`, index);
    });
    expect(fences() - before).toBe(1);
  });

  test("forceNew starts empty", () => {
    const path = join(directory, "a.shelf");
    openShelf(path, { size: "1 MiB" }).set("x", 1).close();
    using shelf = openShelf(path, { forceNew: true });
    expect([...shelf]).toStrictEqual([]);
  });

  test("forceNew makes the file as large as the size says, never smaller", () => {
    const path = join(directory, "a.shelf");
    openShelf(path, { size: "1 MiB" }).close();
    openShelf(path, { size: "2 MiB", forceNew: true }).close();
    expect(statSync(path).size).toBe(2 << 20);
    using shelf = openShelf(path, { size: "1 MiB", forceNew: true });
    expect(shelf.usage().size).toBe(2 << 20);
  });

  test("keeps its size when it is opened with another one", () => {
    const path = join(directory, "a.shelf");
    openShelf(path, { size: "1 MiB" }).close();
    using shelf = openShelf(path, { size: "64 MiB" });
    expect(shelf.usage().size).toBe(1 << 20);
  });

  test("a creation that fails leaves no file", () => {
    const path = join(directory, "a.shelf");
    expect(() => openShelf(path, { size: "16 KiB" })).toThrow(ShelfError);
    expect(existsSync(path)).toBe(false);
  });

  test("a file of zeros, such as a creation leaves that was cut short at once, is made a shelf only where a size is given", () => {
    const path = join(directory, "a.shelf");
    mapFile(path, { mode: "create", size: 1 << 20 }).close();
    expect(() => openShelf(path)).toThrow(/give a size/);
    using shelf = openShelf(path, { size: "1 MiB" });
    expect(shelf.size).toBe(0);
  });

  test("says what its changes survive", () => {
    using region = mapFile(join(directory, "region"), { mode: "create", size: 4096 });
    using shelf = openShelf(join(directory, "a.shelf"), { size: "1 MiB" });
    expect(shelf.granularity).toBe(region.granularity);
    expect(shelf.durability).toEqual(region.durability);
    expect(shelf.durability.reason.length).toBeGreaterThan(10);
  });
});
