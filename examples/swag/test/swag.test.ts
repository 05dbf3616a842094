import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type List, openShelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import type { Settings } from "../src/settings.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const collector = fileURLToPath(new URL("../dist/collector.js", import.meta.url));

// The limit is Linux's: other systems do not count what `ulimit -d` limits.
describe.runIf(process.platform === "linux")("SWAG under a limit on memory", () => {
  test("collects more samples on a shelf than its process may have of memory, and predicts better by them", () => {
    const folder = mkdtempSync(join(tmpdir(), "nodemm-swag-"));
    try {
      const picture = join(folder, "picture.svg");
      const options = ["--samples", "1100", "--limit", "192", "--draws", "6", "--images", "2000"];
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [main, ...options, "--folder", folder, "--picture", picture],
        { encoding: "utf8" },
      );
      expect(stderr).toBe("");
      const claims = stdout.split("\n").filter((line) => /^(?:ok|FAIL)/u.test(line));
      expect(claims.filter((line) => !line.startsWith("ok"))).toEqual([]);
      expect([claims.length, status]).toEqual([4, 0]);
      expect(readFileSync(picture, "utf8")).toMatch(/^<svg [^]*<\/svg>\n$/u);
      expect(readdirSync(folder)).toEqual(["picture.svg"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 240_000);

  test("a collector that is started again goes on after the last sample, and keeps those that are there", () => {
    const folder = mkdtempSync(join(tmpdir(), "nodemm-swag-"));
    try {
      const path = join(folder, "posterior.shelf");
      const collect = (samples: number): Float32Array[] => {
        const settings: Settings = {
          path,
          samples,
          limitMiB: 0,
          rank: 5,
          draws: 2,
          images: 100,
          seed: 1,
          burnInSteps: 50,
        };
        execFileSync(process.execPath, [collector, JSON.stringify(settings)]);
        const shelf = openShelf(path);
        const found = (shelf.get("samples") as List<Float32Array>).toArray().map((sample) => sample.slice());
        shelf.close();
        return found;
      };
      const first = collect(25);
      const all = collect(45);
      expect([first.length, all.length]).toEqual([25, 45]);
      expect(
        first.every(
          (sample, index) => Buffer.compare(Buffer.from(sample.buffer), Buffer.from(all[index].buffer)) === 0,
        ),
      ).toBe(true);
      // The chain went on, and did not begin anew.
      const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, at) => value - b[at]));
      expect(distance(all[24], all[25])).toBeGreaterThan(0);
      expect(distance(all[24], all[25])).toBeLessThan(2 * distance(all[23], all[24]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 120_000);
});
