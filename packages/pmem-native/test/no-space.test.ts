import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { mapFile } from "../src/index.ts";
import { runScript } from "./support/child.ts";
import { freshFolder, freshPath } from "./support/folders.ts";

/**
 * A command prefix under which a script sees a 1 MiB tmpfs in `folder`, in a mount namespace of its own that goes with
 * it. Undefined where this system lets neither root nor an unprivileged user namespace mount.
 */
function smallDisk(folder: string): string[] | undefined {
  const mount = `mount -t tmpfs -o size=1m none ${folder} && exec "$0" "$@"`;
  const prefixes = [
    ["unshare", "--mount", "sh", "-c", mount],
    ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
  ];
  return prefixes.find(([command, ...rest]) => spawnSync(command, [...rest, "true"]).status === 0);
}

test("a full disk is ERR_PMEM_NO_SPACE at creation and growth, nothing has changed, and less still fits", () => {
  const folder = freshFolder();
  const wrap = smallDisk(folder);
  // Without the right to mount, the size is put above the whole disk instead: the same refusals on a larger medium.
  const { bavail, bsize } = wrap === undefined ? statDisk(folder) : { bavail: 256, bsize: 4096 };
  const { reports, stderr, status } = runScript("fill-disk.mjs", [folder, String(bavail * bsize)], {
    wrap: wrap ?? [],
  });
  expect(status, stderr).toBe(0);
  const refused = (needed: number) =>
    expect.objectContaining({
      code: "ERR_PMEM_NO_SPACE",
      message: expect.stringMatching(new RegExp(`ENOSPC.*${needed} bytes are needed and \\d+ are free`, "u")),
    });
  const tooMuch = bavail * bsize * 2;
  expect(reports).toEqual([
    { step: "create too much", outcome: refused(tooMuch), files: [] },
    { step: "grow too far", outcome: refused(tooMuch - 65_536), length: 65_536, size: 65_536, intact: true },
    { step: "grow a little", outcome: { thrown: false, value: null }, length: 131_072, size: 131_072, intact: true },
  ]);
});

function statDisk(folder: string): { bavail: number; bsize: number } {
  const { stdout } = spawnSync("stat", ["--file-system", "--format=%a %S", folder], { encoding: "utf8" });
  const [bavail, bsize] = stdout.split(" ").map(Number);
  return { bavail, bsize };
}

test("a size above the process's file size limit is ERR_PMEM_NO_SPACE and no signal ends the process", () => {
  const folder = freshFolder();
  const wrap = ["sh", "-c", 'ulimit -f 2048 && exec "$0" "$@"'];
  const { reports, signal, stderr } = runScript("size-limit.mjs", [folder], { wrap });
  expect(signal, stderr).toBe(null);
  const refused = expect.objectContaining({
    code: "ERR_PMEM_NO_SPACE",
    message: expect.stringMatching(/RLIMIT_FSIZE/u),
  });
  expect(reports).toEqual([{ created: refused, grown: refused, length: 4096 }]);
});

test("growth above the disk leaves the region as it was", () => {
  const path = freshPath();
  const region = mapFile(path, { mode: "create", size: 4096, capacity: 2 ** 44 });
  region.fill(0, 4096, 3);
  expect(() => region.grow(2 ** 44)).toThrow(/bytes are needed and \d+ are free/u);
  expect(region.length).toBe(4096);
  region.persist(0, 4096);
  region.close();
  expect(statSync(path).size).toBe(4096);
  expect(readdirSync(dirname(path))).toEqual(["file.pm"]);
});
