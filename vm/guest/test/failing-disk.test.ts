/**
 * A file system and a disk that fail under a shelf that is written to: every error has its type, and what was
 * acknowledged is there when the disk works again.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PmemError } from "@nodemm/pmem-native";
import { checkShelf, openReader, openShelf, ShelfError, type Shelf } from "@nodemm/shelf";
import { afterEach, expect, test } from "vitest";
import { find, pageBytes, spoil } from "./bad-blocks.ts";

const disk = process.env["NODEMM_VM_DISK"]!;
const namespace = process.env["NODEMM_VM_NAMESPACE"]!;
const folder = "/mnt/failing";
const bytesLength = 20_000;
const roundsMax = 400;

function run(command: string, args: readonly string[], allowed: readonly number[] = [0]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  expect(allowed, `${command} ${args.join(" ")}: ${stderr}`).toContain(status);
}

function mount(dax: "always" | "never"): void {
  mkdirSync(folder, { recursive: true });
  run("mount", ["-t", "ext4", "-o", `dax=${dax},errors=remount-ro`, disk, folder]);
}

/** The disk as new, but for what is stored on it: its driver forgets the bad blocks, and the file system is checked. */
function mend(dax: "always" | "never"): void {
  run("umount", [folder]);
  run("ndctl", ["disable-namespace", namespace]);
  run("ndctl", ["enable-namespace", namespace]);
  // 1: errors were corrected.
  run("e2fsck", ["-f", "-y", disk], [0, 1]);
  mount(dax);
}

afterEach(() => {
  spawnSync("umount", [folder]);
});

interface Content {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Commits until something fails, or often enough. Returns the last that was acknowledged, and the error. */
function write(shelf: Shelf<Content>, from: number): { readonly last: number; readonly error: unknown } {
  let last = from;
  try {
    for (; last < from + roundsMax; last++) {
      const count = last + 1;
      shelf.transaction(() => shelf.set("count", count).set("bytes", new Uint8Array(bytesLength).fill(count % 256)));
    }
    return { last, error: undefined };
  } catch (error) {
    return { last, error };
  }
}

/** The shelf holds the last commit that was acknowledged, or the one that was cut short, and nothing else. */
function expectCommitted(path: string, last: number): void {
  expect(checkShelf(path, { data: true })).toMatchObject({ ok: true });
  using shelf = openShelf<Content>(path);
  const count = shelf.get("count")!;
  expect([last, last + 1]).toContain(count);
  expect(shelf.get("bytes")).toEqual(new Uint8Array(bytesLength).fill(count % 256));
  shelf.set("count", -1);
}

test.each(["never", "always"] as const)(
  "a file system that becomes read-only under a writer, dax=%s, loses nothing, and every error has its type",
  (dax) => {
    mount(dax);
    const path = join(folder, `read-only-${dax}.shelf`);
    const shelf = openShelf<Content>(path, { size: "1 MiB" });
    const before = write(shelf, 0);
    expect(before).toEqual({ last: roundsMax, error: undefined });

    // What the kernel does when it finds the file system damaged.
    writeFileSync(`/sys/fs/ext4/${basename(disk)}/trigger_fs_error`, "a test");
    expect(spawnSync("touch", [join(folder, "new")]).status).not.toBe(0);

    const { last, error } = write(shelf, before.last);
    // Without DAX every commit asks the file system; with it the pages are there, and the file system need not know.
    if (dax === "never") expect(error).toBeInstanceOf(PmemError);
    if (error !== undefined) {
      expect(["ERR_PMEM_SYNC_FAILED", "ERR_PMEM_FAULT"]).toContain((error as PmemError).code);
      expect(() => shelf.set("count", 0)).toThrow(
        expect.objectContaining({ code: (error as PmemError).code }) as Error,
      );
    }
    expect(() => {
      shelf.grow("4 MiB");
    }).toThrow(PmemError);
    expect(() => openShelf(join(folder, "other.shelf"), { size: "1 MiB" })).toThrow(
      expect.objectContaining({ code: "ERR_PMEM_PERMISSION" }) as Error,
    );
    {
      using reader = openReader(path);
      expect([last, last + 1]).toContain(reader.get("count"));
    }
    shelf.close();
    expect(() => openShelf(path)).toThrow(expect.objectContaining({ code: "ERR_PMEM_PERMISSION" }) as Error);

    mend(dax);
    expectCommitted(path, last);
  },
);

test("a disk that answers EIO ends writing with a typed error, and what was acknowledged is there", () => {
  mount("never");
  const path = join(folder, "eio.shelf");
  const shelf = openShelf<Content>(path, { size: "1 MiB" });
  const before = write(shelf, 0);
  expect(before.error).toBeUndefined();
  // Where the catalog is, and where the next values go: the driver cannot store there from now on.
  const catalog = Math.floor(find(path, Buffer.from("count")) / pageBytes) * pageBytes;
  for (let page = 0; page < 16; page++) spoil(disk, path, catalog + page * pageBytes);

  const { last, error } = write(shelf, before.last);
  expect(error).toMatchObject({ name: "PmemError", code: "ERR_PMEM_SYNC_FAILED" });
  for (const work of [() => shelf.set("count", 0), () => shelf.delete("bytes"), () => shelf.transaction(() => 1)]) {
    expect(work).toThrow(expect.objectContaining({ code: "ERR_PMEM_SYNC_FAILED" }) as Error);
  }
  expect([last, last + 1]).toContain(shelf.get("count"));
  shelf.close();
  expect(() => shelf.get("count")).toThrow(ShelfError);

  mend("never");
  expectCommitted(path, last);
});
