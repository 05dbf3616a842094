import { readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { dram } from "@nodemm/emulator";
import { beforeEach, describe, expect, test } from "vitest";
import {
  attachShelf,
  checkShelf,
  list,
  type List,
  openReader,
  openShelf,
  type Shelf,
  ShelfError,
} from "../src/index.ts";
import { fillWithOther } from "./support/fill.ts";
import { freshPath } from "./support/folders.ts";
import { ShelfProcess } from "./support/shelf-process.ts";
import { shelfImages } from "./support/shelf-images.ts";
import { testimonyOf } from "./support/examine.ts";
import { isList } from "./support/values.ts";
import { thrownBy } from "./support/thrown.ts";

let path: string;

function bytesOf(value: unknown): Uint8Array {
  return value as Uint8Array;
}

function makeShelf(size: string = "1 MiB"): Shelf {
  return openShelf(path, { size }).set("bytes", new Uint8Array(300_000).fill(1)).set("number", 1);
}

beforeEach(() => {
  path = freshPath();
});

test("what a reader gives has the types that it is opened with: of a list, an array of its items", () => {
  interface Variables {
    counts: Float64Array;
    queue: List<string>;
    step?: number;
  }
  using shelf = openShelf<Variables>(path, { size: "1 MiB" });
  shelf
    .set("counts", Float64Array.of(1, 2))
    .set("queue", list(["a", "b"]))
    .set("step", 3);
  using reader = openReader<Variables>(path);
  const counts: Float64Array | undefined = reader.get("counts");
  const queue: string[] | undefined = reader.get("queue");
  const step: number | undefined = reader.get("step");
  expect([counts?.slice(), queue, step]).toStrictEqual([Float64Array.of(1, 2), ["a", "b"], 3]);
  using worker = attachShelf<Variables>(path);
  worker.get("counts")![0] = 9;
  expect(reader.consistent(() => counts?.at(0))).toBe(9);
});

test("a consistent read must be over when it returns: a promise, and what is no function, are refused", () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  const promise = thrownBy(() => reader.consistent(() => Promise.resolve(shelf.size)), TypeError);
  expect(promise.message).toMatch(/returned a promise.*; copy inside it, and await afterwards$/u);
  expect(thrownBy(() => reader.consistent(5 as never), TypeError).message).toBe(
    "consistent expects a function that copies what is needed, got number",
  );
});

test("any number of readers open beside a writer and without one, and keep nobody out", () => {
  const shelf = makeShelf();
  const readers = Array.from({ length: 5 }, () => openReader(path));
  shelf.close();
  readers.push(openReader(path));
  openShelf(path).close();
  for (const reader of readers) {
    expect([...reader.keys()]).toStrictEqual(["bytes", "number"]);
    expect(bytesOf(reader.get("bytes")).every((each) => each === 1)).toBe(true);
    reader.close();
  }
  expect(checkShelf(path)).toMatchObject({ ok: true, findings: [] });
});

test("a reader sees what was committed, is told when there is more, and sees that after refreshing", () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  expect(reader.stale).toBe(false);
  expect(reader.refresh()).toBe(false);
  shelf.transaction(() => {
    shelf
      .set("number", 2)
      .set("new", "text")
      .set("list", list([1, "two"]));
    expect(reader.stale).toBe(false);
  });
  expect(reader.stale).toBe(true);
  expect([reader.get("number"), reader.get("new"), reader.size]).toStrictEqual([1, undefined, 2]);
  expect(reader.refresh()).toBe(true);
  expect([reader.get("number"), reader.get("new"), reader.get("list")]).toStrictEqual([2, "text", [1, "two"]]);
  expect(reader.info("number")).toMatchObject({ version: 2, type: "number" });
  expect(reader.stale).toBe(false);
});

test("a handle stays the same while its variable does, and is detached when that is replaced or erased", () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  const bytes = bytesOf(reader.get("bytes"));
  shelf.set("number", 2);
  reader.refresh();
  expect(reader.get("bytes")).toBe(bytes);
  shelf.set("bytes", new Uint8Array(10));
  expect(bytes).toHaveLength(300_000);
  reader.refresh();
  expect(bytes).toHaveLength(0);
  expect(reader.get("bytes")).toStrictEqual(new Uint8Array(10));
});

test("what a reader looks at is not given to another variable until it refreshes", () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  const bytes = bytesOf(reader.get("bytes"));
  shelf.delete("bytes");
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  fillWithOther(shelf);
  expect(bytes.every((each) => each === 1)).toBe(true);
  const { size } = shelf;
  reader.refresh();
  expect(bytes).toHaveLength(0);
  fillWithOther(shelf);
  expect(shelf.size).toBeGreaterThan(size + 2);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
});

test("nor is it when an extent that was erased before, and written to meanwhile, is given back after it", async () => {
  using shelf = makeShelf();
  shelf.set("written", new Uint8Array(200_000));
  const writing = shelf.storage("written").copyAsync(0, new Uint8Array(200_000));
  shelf.delete("written");
  shelf.set("number", 2);
  using reader = openReader(path);
  const bytes = bytesOf(reader.get("bytes"));
  shelf.delete("bytes");
  await expect(writing).rejects.toMatchObject({ code: "ERR_SHELF_ERASED" });
  fillWithOther(shelf);
  expect(bytes.every((each) => each === 1)).toBe(true);
  const { size } = shelf;
  reader.refresh();
  fillWithOther(shelf);
  expect(shelf.size).toBeGreaterThan(size + 5);
});

test("nor is it by a writer that opens later, when the one that erased it is gone", () => {
  const shelf = makeShelf();
  using reader = openReader(path);
  const bytes = bytesOf(reader.get("bytes"));
  shelf.delete("bytes");
  shelf.close();
  using next = openShelf(path);
  next.set("small values need no extent", 1);
  fillWithOther(next);
  expect(next.size).toBe(2);
  expect(bytes.every((each) => each === 1)).toBe(true);
  reader.refresh();
  fillWithOther(next);
  expect(next.size).toBeGreaterThan(6);
});

test("a reader that is killed holds nothing any more", async () => {
  using shelf = makeShelf();
  const reader = await ShelfProcess.start("reader", path);
  shelf.delete("bytes");
  fillWithOther(shelf);
  const { size } = shelf;
  await reader.kill();
  fillWithOther(shelf);
  expect(shelf.size).toBeGreaterThan(size + 2);
});

test("a transaction that a kill cut short is undone for a reader alone, which goes on with the next writer", async () => {
  makeShelf().close();
  const writer = await ShelfProcess.start("writer", path);
  expect(await writer.ask("hang", "bytes", 9)).toBe("hanging");
  using beside = openReader(path);
  expect(bytesOf(beside.get("bytes"))[0]).toBe(9);
  await writer.kill();
  const image = readFileSync(path);
  using reader = openReader(path);
  expect(bytesOf(reader.get("bytes")).every((each) => each === 1)).toBe(true);
  expect(Buffer.compare(readFileSync(path), image)).toBe(0);
  expect(reader.stale).toBe(false);
  using shelf = openShelf(path);
  expect(reader.stale).toBe(true);
  bytesOf(shelf.get("bytes"))[5] = 7;
  reader.refresh();
  expect(bytesOf(reader.get("bytes"))[5]).toBe(7);
  expect(bytesOf(beside.get("bytes"))[0]).toBe(1);
});

test("beside a writer that never rests, every catalog is one that was committed, until it is killed and after", async () => {
  makeShelf("2 MiB").set("in place", new Uint8Array(5000)).close();
  const writer = await ShelfProcess.start("writer", path);
  void writer.ask("churn").catch(() => undefined);
  using reader = openReader(path);
  while (reader.get("count") === undefined) reader.refresh();
  let last = 0;
  let refreshed = 0;
  const look = (): void => {
    const count = reader.get("count") as number;
    const array = bytesOf(reader.get("array"));
    expect(count).toBeGreaterThanOrEqual(last);
    expect(array).toHaveLength(1000 + (count % 7) * 1000);
    expect(array.every((each) => each === count % 251)).toBe(true);
    last = count;
  };
  const end = performance.now() + 2000;
  while (performance.now() < end) {
    if (reader.refresh()) refreshed++;
    look();
  }
  expect(refreshed).toBeGreaterThan(20);
  await writer.kill();
  reader.refresh();
  look();
  using shelf = openShelf(path);
  reader.refresh();
  look();
  expect(reader.get("count")).toBe(shelf.get("count"));
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
}, 60_000);

test("between transactions, bytes that are changed in place are those of one of them", async () => {
  makeShelf("2 MiB").set("in place", new Uint8Array(5000)).close();
  const writer = await ShelfProcess.start("writer", path);
  void writer.ask("churn", 3).catch(() => undefined);
  using reader = openReader(path);
  let seen = 0;
  const end = performance.now() + 1500;
  while (performance.now() < end) {
    let copy: { bytes: Uint8Array; count: unknown };
    try {
      copy = reader.consistent(() => ({ bytes: bytesOf(reader.get("in place")).slice(), count: reader.get("count") }));
    } catch (error) {
      if (error instanceof ShelfError && error.code === "ERR_SHELF_BUSY") continue;
      throw error;
    }
    if (copy.count === undefined) continue;
    expect(copy.bytes.every((each) => each === (copy.count as number) % 251)).toBe(true);
    seen++;
  }
  expect(seen).toBeGreaterThan(0);
  await writer.kill();
}, 60_000);

test.each([
  ["before the writer was there", true],
  ["beside the writer", false],
])(
  "a reader opened %s sees nothing of a transaction under way, nor, once told, of what a kill left of it",
  async (_, before) => {
    makeShelf().close();
    let reader = openReader(path);
    const writer = await ShelfProcess.start("writer", path);
    if (!before) {
      reader.close();
      reader = openReader(path);
    }
    await writer.ask("hang", "bytes", 9);
    expect(bytesOf(reader.get("bytes"))[0]).toBe(9);
    expect(reader.stale).toBe(false);
    expect(thrownBy(() => reader.consistent(() => 1), ShelfError).code).toBe("ERR_SHELF_BUSY");
    await writer.kill();
    expect(reader.stale).toBe(true);
    expect(reader.refresh()).toBe(true);
    expect([reader.stale, reader.refresh()]).toStrictEqual([false, false]);
    expect(bytesOf(reader.get("bytes")).every((each) => each === 1)).toBe(true);
    expect(reader.consistent(() => bytesOf(reader.get("bytes"))[0])).toBe(1);
    // The next writer rolls back what the file has, and what it does then shows.
    using shelf = openShelf(path);
    expect(reader.stale).toBe(true);
    reader.refresh();
    bytesOf(shelf.get("bytes"))[0] = 5;
    expect(bytesOf(reader.get("bytes"))[0]).toBe(5);
    reader.close();
  },
);

test("readers beside a writer that is killed again and again see nothing but commits, and are told of the next writer's", async () => {
  makeShelf("2 MiB").set("in place", new Uint8Array(5000)).close();
  const readers = await Promise.all([1, 2, 3].map(async () => ShelfProcess.start("reader", path)));
  const watching = readers.map(async (reader) => reader.ask("watch"));
  const kills = 8;
  for (let kill = 0; kill < kills; kill++) {
    const writer = await ShelfProcess.start("writer", path);
    const churning = writer.ask("churn", kill % 3).catch(() => undefined);
    if (kill % 4 > 0) await churning;
    await setTimeout(Math.random() * 100);
    await writer.kill();
  }
  using shelf = openShelf(path);
  shelf.set("end", 1);
  const reports = (await Promise.all(watching)).map((each) => JSON.parse(each) as Record<string, unknown>);
  console.log(JSON.stringify(reports));
  const count = shelf.get("count") as number;
  for (const { problem, refreshed, consistent, last } of reports) {
    expect(problem).toBe("");
    expect(refreshed).toBeGreaterThan(0);
    expect(consistent).toBeGreaterThan(0);
    expect(last).toBeLessThanOrEqual(count);
  }
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  for (const reader of readers) {
    await reader.ask("refresh");
    expect(await reader.ask("get", "count")).toBe(String(count));
  }
}, 60_000);

test("a shelf that grows is followed", () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  const bytes = bytesOf(reader.get("bytes"));
  shelf.grow("4 MiB");
  shelf.set("large", new Uint8Array(2 ** 21).fill(5));
  expect(reader.refresh()).toBe(true);
  expect(bytes).toHaveLength(0);
  expect(bytesOf(reader.get("large")).every((each) => each === 5)).toBe(true);
});

test("what a reader stores does not reach the shelf; what a worker stores is the owner's", async () => {
  using shelf = makeShelf();
  using reader = openReader(path);
  bytesOf(reader.get("bytes"))[0] = 99;
  expect(bytesOf(shelf.get("bytes"))[0]).toBe(1);
  const program = `
    import { attachShelf } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url))};
    import { parentPort } from "node:worker_threads";
    const shelf = attachShelf(${JSON.stringify(path)});
    shelf.get("bytes").fill(42, 10, 20);
    parentPort.postMessage("done");`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  await once(worker, "message");
  await worker.terminate();
  expect(bytesOf(shelf.get("bytes")).subarray(9, 21)).toStrictEqual(Uint8Array.of(1, ...Array(10).fill(42), 1));
});

describe("is refused:", () => {
  test("a transaction of a reader or worker", () => {
    using shelf = makeShelf();
    expect(shelf.size).toBe(2);
    using attached = attachShelf(path);
    expect(attached).not.toHaveProperty("transaction");
    expect(attached).not.toHaveProperty("set");
  });

  test("attaching where nobody has the shelf open", () => {
    makeShelf().close();
    expect(thrownBy(() => attachShelf(path), ShelfError).code).toBe("ERR_SHELF_NO_OWNER");
  });

  test("making a shelf anew under readers", () => {
    makeShelf().close();
    using reader = openReader(path);
    expect(thrownBy(() => openShelf(path, { forceNew: true }), ShelfError).code).toBe("ERR_SHELF_READERS");
    reader.close();
    openShelf(path, { forceNew: true }).close();
  });

  test("a damaged shelf, a closed reader, an argument that makes no sense", () => {
    const shelf = makeShelf();
    const reader = openReader(path);
    reader.close();
    reader.close();
    expect(thrownBy(() => reader.get("number"), ShelfError).code).toBe("ERR_SHELF_CLOSED");
    shelf.close();
    expect(thrownBy(() => openReader(3 as never), TypeError).message).toMatch(/path/u);
    expect(thrownBy(() => openReader(path, { types: 3 as never }), TypeError).message).toMatch(/codecs/u);
  });
});

test.each(Object.keys(shelfImages))("a reader tells the same of %s as a writer that recovers it", (what) => {
  const { image, expected } = shelfImages[what]();
  writeFileSync(path, image);
  using reader = openReader(path);
  expect([...reader.keys()]).toStrictEqual(expected.map((each) => each.name));
  using shelf = openShelf(dram({ image }));
  expect(testimonyOf(shelf)).toStrictEqual(expected);
  for (const name of shelf.keys()) {
    const value = shelf.get(name);
    expect(reader.get(name)).toStrictEqual(isList(value) ? value.toArray() : value);
  }
});
