/** Places that cannot be written: read-only files, folders and file systems, and full disks. */
import { chmodSync, readdirSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openShelf } from "../src/index.ts";
import { runScript, withMounts } from "./support/child.ts";
import { fingerprint } from "./support/fingerprint.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

const nobody = "65534";
const refused = {
  name: "PmemError",
  code: "ERR_PMEM_PERMISSION",
  message: expect.stringMatching(/give it the right/u),
};
const anew = JSON.stringify({ size: "128 KiB", forceNew: true });

/** A closed shelf that everybody may reach and read, and only its owner write. */
function readableShelf(): string {
  const path = freshPath();
  openShelf(path, { size: "128 KiB" }).set("x", 1).close();
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  return path;
}

/** Opens, opens anew and creates; each is refused and nothing changes. Root may do everything, so `user` says who tries. */
function expectReadOnly(path: string, user: readonly string[], wrap: readonly string[] = []): void {
  const before = [fingerprint(path), fingerprint(dirname(path))];
  for (const [target, options, whatMustBe] of [
    [path, "{}", "test.shelf must be readable and writable"],
    [path, anew, "test.shelf must be readable and writable"],
    [join(dirname(path), "new.shelf"), anew, "new.shelf cannot be made: its folder must be writable"],
  ]) {
    const { reports, stderr } = runScript("open-once.mjs", [target, options, ...user], wrap);
    expect(reports, stderr).toStrictEqual([refused]);
    expect(reports).toMatchObject([{ message: expect.stringContaining(whatMustBe) as string }]);
  }
  expect([fingerprint(path), fingerprint(dirname(path))]).toStrictEqual(before);
}

test("a file and a folder that this user may not write are ERR_PMEM_PERMISSION, and untouched", () => {
  expectReadOnly(readableShelf(), process.getuid?.() === 0 ? [nobody] : []);
});

test("a file or folder that this user may not read is ERR_PMEM_PERMISSION to readers and checks, in words that fit them", () => {
  const path = readableShelf();
  const user = process.getuid?.() === 0 ? [nobody] : [];
  for (const make of [() => chmodSync(path, 0), () => chmodSync(dirname(path), 0)]) {
    make();
    for (const verb of ["openReader", "attachShelf", "checkShelf"]) {
      const { reports, stderr } = runScript("look-once.mjs", [verb, path, ...user]);
      const what = verb === "attachShelf" ? "readable and writable" : "readable";
      const message = expect.stringContaining(`${path} must be ${what} for this user; give it the right`) as string;
      expect(reports, stderr).toStrictEqual([{ ...refused, message }]);
    }
  }
  chmodSync(dirname(path), 0o700);
});

test("a read-only file system is ERR_PMEM_PERMISSION even for root, and untouched", () => {
  const path = readableShelf();
  const folder = dirname(path);
  const readOnly = withMounts(`mount --bind ${folder} ${folder} && mount -o remount,ro,bind ${folder}`);
  // Without the right to mount there is no read-only file system; an ordinary user's rights are refused the same way.
  expectReadOnly(path, [], readOnly ?? []);
});

test("a disk with less room than growth likes to take gives what is needed", () => {
  const folder = freshFolder();
  const smallDisk = withMounts(`mount -t tmpfs -o size=1m none ${folder}`);
  // Who may not mount has no disk so small.
  if (smallDisk === undefined) return;
  const { reports, stderr } = runScript("grow-on-small-disk.mjs", [folder], smallDisk);
  const size = expect.toSatisfy((each: number) => each > 2 ** 19 && each < 1.25 * 2 ** 19) as number;
  expect(reports, stderr).toStrictEqual([
    { kept: true, size },
    { length: 80_000, size },
  ]);
});

test("a repair whose recovery copy has no room changes nothing, and leaves no half of one", () => {
  const folder = freshFolder();
  const smallDisk = withMounts(`mount -t tmpfs -o size=1m none ${folder}`);
  // Who may not mount has no disk so small.
  if (smallDisk === undefined) return;
  const { reports, stderr } = runScript("repair-on-full-disk.mjs", [folder], smallDisk);
  expect(reports, stderr).toStrictEqual([
    { full: "ENOSPC", untouched: true, files: ["other", "test.shelf"] },
    { repairs: 1, ok: true },
  ]);
});

test("a full disk is ERR_PMEM_NO_SPACE: no file is left, and a shelf that is there stays usable", () => {
  const folder = freshFolder();
  const smallDisk = withMounts(`mount -t tmpfs -o size=1m none ${folder}`);
  // Without the right to mount, twice what the whole disk has free is asked for instead.
  const { bavail, bsize } = statfsSync(folder);
  const free = smallDisk === undefined ? bavail * bsize : 2 ** 20;
  const { reports, stderr } = runScript("fill-disk.mjs", [folder, String(free)], smallDisk ?? []);
  const noSpace = {
    name: "PmemError",
    code: "ERR_PMEM_NO_SPACE",
    message: expect.stringMatching(/\d+ bytes are needed and \d+ are free.*; free some or ask for less/u),
  };
  const full = {
    name: "ShelfError",
    code: "ERR_SHELF_NO_SPACE",
    message: expect.stringMatching(/make the shelf larger/u),
  };
  expect(reports, stderr).toStrictEqual([
    { created: noSpace, files: [] },
    { grown: noSpace, full, intact: true, names: ["x", "z"], size: 128 * 1024 },
  ]);
  if (smallDisk === undefined) expect(readdirSync(folder)).toStrictEqual(["test.shelf"]);
});
