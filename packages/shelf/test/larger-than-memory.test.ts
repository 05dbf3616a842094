/** A shelf several times larger than the memory that its process may have. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { runScript } from "./support/child.ts";
import { freshPath } from "./support/folders.ts";

const mebibyte = 2 ** 20;
const limitBytes = 192 * mebibyte;
const dataMiB = 768;
const prlimit = ["prlimit", `--data=${limitBytes}`];
const canLimit = process.platform === "linux" && spawnSync(prlimit[0], [prlimit[1], "true"]).status === 0;

test.skipIf(!canLimit)(
  "PyMM `s.x = np.memmap(...)` on a larger shelf: 768 MiB are filled, changed and read by a process that may have 192 MiB",
  () => {
    const path = freshPath();
    // Without syncs, so that the test measures memory and not a disk.
    const wrap = ["env", "NODEMM_FORCE_GRANULARITY=cache-line", ...prlimit];
    const { status, stderr, reports } = runScript("beyond-memory.mjs", [path, String(dataMiB)], wrap);
    expect({ status, stderr }).toStrictEqual({ status: 0, stderr: "" });
    const parts = dataMiB / 8;
    expect(reports).toMatchObject([
      {
        ...{ limited: true, parts, partElements: mebibyte, ok: true, findings: [] },
        sum: mebibyte * ((parts * (parts - 1)) / 2 + parts / 2),
      },
    ]);
    const [{ anonymousBytes }] = reports as { anonymousBytes: number }[];
    console.log(`${dataMiB} MiB of data, ${(anonymousBytes / mebibyte).toFixed(0)} MiB of memory at most`);
    expect(anonymousBytes).toBeLessThan(limitBytes);
    expect(statSync(path).size).toBeGreaterThan(4 * limitBytes);
  },
  120_000,
);
