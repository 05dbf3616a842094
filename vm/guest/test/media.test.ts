import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { openShelf } from "@nodemm/shelf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { find, isUnreadable, pageBytes, spoil } from "./bad-blocks.ts";

const disk = process.env["NODEMM_VM_DISK"]!;
const device = process.env["NODEMM_VM_DEVICES"]!;
const fault = expect.objectContaining({ name: "PmemError", code: "ERR_PMEM_FAULT" }) as Error;
const lostBytes = 16 * pageBytes;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "media-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Content {
  readonly first: Uint8Array;
  readonly lost: Uint8Array;
  readonly last: { readonly kept: boolean };
}

/** A shelf with a bad page in the middle of one variable. Returns the page's offset. */
function spoiledShelf(path: string): number {
  const lost = new Uint8Array(lostBytes).map((_, index) => (index % 251) + 1);
  {
    using shelf = openShelf<Content>(path, { size: "1 MiB" });
    shelf.set("first", new Uint8Array(lostBytes).fill(1)).set("lost", lost).set("last", { kept: true });
  }
  const offset = Math.ceil(find(path, lost) / pageBytes + 3) * pageBytes;
  spoil(disk, path, offset);
  expect(isUnreadable(path, offset)).toBe(true);
  expect(isUnreadable(path, offset + pageBytes)).toBe(false);
  return offset;
}

describe("a bad page under a file", () => {
  test("is known when the file is opened, and read around with typed errors while the region goes on", () => {
    const path = join(folder, "region");
    const offset = spoiledShelf(path);
    using region = mapFile(path);
    expect(region.badBlocks).toEqual({ known: "value", value: [{ offset, length: pageBytes }] });
    for (let round = 0; round < 3; round++) {
      expect(() => region.readSafely(offset - 64, 128)).toThrow(fault);
      expect(() => region.readSafely(offset - 64, 128)).toThrow(new RegExp(`offset ${offset} `, "u"));
      expect(region.readSafely(offset - 64, 64)).toHaveLength(64);
      expect(region.readSafely(offset + pageBytes, 64)).toHaveLength(64);
      region.persist(0, pageBytes);
    }
  });

  test("is found by check, costs the other variables nothing, and a shelf with it takes changes", () => {
    const path = join(folder, "checked");
    const offset = spoiledShelf(path);
    {
      using shelf = openShelf(path);
      const { findings } = shelf.check({ data: true });
      expect(findings).toContainEqual(expect.objectContaining({ structure: "medium", variable: "lost", offset }));
      expect(shelf.get("first")).toEqual(new Uint8Array(lostBytes).fill(1));
      expect(shelf.get("last")).toEqual({ kept: true });
      shelf.set("more", "beside it").rename("last", "renamed");
    }
    using shelf = openShelf(path);
    expect(shelf.get("more")).toBe("beside it");
    expect(shelf.get("renamed")).toEqual({ kept: true });
  });

  test("does not end a process whose loop reads into it through a view (P18)", () => {
    const path = join(folder, "looped");
    const offset = spoiledShelf(path);
    {
      using shelf = openShelf<Content>(path);
      let zeros = 0;
      for (const byte of shelf.get("lost")!) if (byte === 0) zeros++;
      expect(zeros).toBe(pageBytes);
      expect(() => shelf.set("last", { kept: false })).toThrow(fault);
      expect(() => shelf.set("last", { kept: false })).toThrow(new RegExp(`offset ${offset} `, "u"));
    }
    using shelf = openShelf<Content>(path);
    expect(shelf.get("last")).toEqual({ kept: true });
  });
});

describe("a memory failure that the kernel finds under a mapping", () => {
  test.each([
    ["a file on a DAX file system", () => [join(folder, "failing"), String(64 * pageBytes)], pageBytes],
    ["a DAX device", () => [device], 2 << 20],
    ["a file in the page cache", () => [join("/dev/shm", "failing"), String(64 * pageBytes)], pageBytes],
  ])("does not end the process: %s (P18)", (_, args, lost) => {
    const program = join(import.meta.dirname, "../../dist/guest/poisoned.js");
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...args()], { encoding: "utf8" });
    expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
    expect(JSON.parse(stdout)).toEqual({
      lost,
      told: "ERR_PMEM_FAULT",
      persist: "ERR_PMEM_FAULT",
      readSafely: "ERR_PMEM_FAULT",
      again: "ERR_PMEM_FAULT",
    });
  });
});

test("bad blocks of a DAX device are told in bytes of the device", () => {
  // The platform reports none, so its list is covered by one of ours; the addresses are the kernel's.
  const daxFolder = readFileLink(`/sys/bus/dax/devices/${basename(device)}`);
  const region = daxFolder.slice(0, /\/region\d+/u.exec(daxFolder)!.index + /\/region\d+/u.exec(daxFolder)![0].length);
  const begin = (Number(readFileSync(`${daxFolder}/resource`)) - Number(readFileSync(`${region}/resource`))) / 512;
  const list = join(folder, "badblocks");
  writeFileSync(list, `${begin + 24} 8\n`);
  expect(spawnSync("mount", ["--bind", list, `${region}/badblocks`]).status).toBe(0);
  try {
    using opened = mapFile(device);
    expect(opened.badBlocks).toEqual({ known: "value", value: [{ offset: 12_288, length: 4096 }] });
  } finally {
    spawnSync("umount", [`${region}/badblocks`]);
  }
});

function readFileLink(path: string): string {
  return spawnSync("readlink", ["-f", path], { encoding: "utf8" }).stdout.trim();
}
