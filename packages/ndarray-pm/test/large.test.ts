import { spawnSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { forEachRow } from "../src/iterate.ts";
import { empty, ndarrayCodec, zeros } from "../src/index.ts";
import { nearRow } from "../src/ops/near.ts";
import { freshFolder } from "./support/folders.ts";

/** Node of another line, fetched at its first use, or the reason why there is none. */
function findNode(line: number): { readonly path?: string; readonly error?: string } {
  const program = join(import.meta.dirname, "../../../scripts/find-node.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, String(line)], { encoding: "utf8" });
  return status === 0 ? { path: stdout.trim() } : { error: stderr.trim().split("\n", 1)[0] };
}

const isOld = Number(process.versions.node.split(".")[0]) < 22;

describe("arrays of more than 2^32 elements", () => {
  test("are described without memory", () => {
    const x = zeros([2 ** 20, 2 ** 20], "float32");
    expect([x.size, x.nbytes]).toStrictEqual([2 ** 40, 2 ** 42]);
  });

  test.runIf(isOld)("are refused in DRAM by Node 20, with a RangeError", () => {
    expect(() => zeros(2 ** 32 + 1, "uint8").get(0)).toThrow(/4294967297 elements of uint8 .* before Node 22/u);
  });

  const { bavail, bsize } = statfsSync(tmpdir());
  const roomGiB = Math.floor((bavail * bsize) / 2 ** 30);
  const hasRoom = roomGiB >= 8;
  const place = hasRoom ? "" : ` (skipped: ${roomGiB} GiB free in ${tmpdir()}, 8 wanted)`;

  test.runIf(isOld && hasRoom)(
    `are refused on a shelf by Node 20, with a PmemError that says what to do${place}`,
    () => {
      const shelf = openShelf(join(freshFolder(), "old.shelf"), { size: "4200 MiB", types: [ndarrayCodec] });
      const refusal = { code: "ERR_PMEM_VIEW_TOO_LARGE", message: expect.stringContaining("Node 22") };
      // It can be kept, for a newer Node, but not looked at.
      shelf.set("x", empty(2 ** 32 + 1, "uint8"));
      expect(() => shelf.get("x")).toThrow(expect.objectContaining(refusal));
      expect(shelf.delete("x")).toBe(true);
      shelf.close();
    },
  );

  const node = isOld ? findNode(24) : { path: process.execPath };
  const why = node.path === undefined ? ` (skipped: ${node.error})` : place;

  test.runIf(node.path !== undefined && hasRoom)(
    `live on a shelf, on Node 22 and newer: elements, slices, transactions, views, files, in a few megabytes of DRAM${why}`,
    { timeout: 240_000 },
    () => {
      const folder = freshFolder();
      const program = join(import.meta.dirname, "support/beyond-4-gib.mjs");
      const args = [program, join(folder, "x.shelf"), join(folder, "x.npy")];
      const { stdout, stderr } = spawnSync(node.path!, args, { encoding: "utf8" });
      expect(stderr).toBe("");
      const { anonymousMegabytes, ...found } = JSON.parse(stdout) as Record<string, unknown>;
      expect(found).toStrictEqual({
        size: 2 ** 26,
        elements: [7, 9, 9, 0],
        across: [9000, 6, 3, 6, 500],
        undone: ["undone", 5, 4, 9],
        sparse: [1040, 1040, 2, 1, 4],
        reversed: [9, 0, 0],
        grid: [[66_560, 65_536], 5, 5, 1],
        taken: [1, 5, 5],
        printed: "[1 0 0 ... 5 5 5]",
        saved: 8998,
        reopened: [1, 5, 8998],
      });
      expect(anonymousMegabytes).toBeLessThan(200);
    },
  );

  test("are walked in rows whose lengths are small integers, and that together are everything", () => {
    const rows: [number, number][] = [];
    forEachRow([2 ** 30 + 5], [[3]], [7], (count, at) => rows.push([count, at[0]]));
    expect(rows.map(([count]) => count)).toStrictEqual([2 ** 28, 2 ** 28, 2 ** 28, 2 ** 28, 5]);
    expect(rows.map(([, at]) => at)).toStrictEqual([0, 1, 2, 3, 4].map((piece) => 7 + piece * 3 * 2 ** 28));
  });

  test("are read from the beginning of each row, forwards and backwards", () => {
    const data = Float64Array.from({ length: 20 }, (_, at) => at);
    for (const [at, step, count] of [
      [5, 2, 4],
      [17, -3, 5],
      [4, 0, 3],
    ]) {
      const near = nearRow(data, at, step, count, 1);
      for (let k = 0; k < count; k++) expect(near.data[near.at + k * step]).toBe(at + k * step);
      expect(near.data.length).toBe(Math.abs(step) * (count - 1) + 1);
    }
  });
});
