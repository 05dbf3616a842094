import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asarray, type NDArray, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf } from "@nodemm/shelf";
import { decode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import type { Album } from "../src/album.ts";

const folder = mkdtempSync(join(tmpdir(), "example-images-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string): string {
  const path = fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url));
  return execFileSync(process.execPath, [path, folder], { encoding: "utf8" });
}

function picture(name: string): NDArray {
  const { width, height, channels, data } = decode(readFileSync(join(folder, name)));
  expect([width, height, channels]).toStrictEqual([1024, 512, 3]);
  return asarray(data as Uint8Array, [height, width, channels]);
}

describe("the examples on photographs", { timeout: 120_000 }, () => {
  test("blend day and night as the sun stands, and find everything again", () => {
    expect(run("blend")).toContain("decoded two photographs");
    const again = run("sort");
    expect(again).toContain("found the photographs on the shelf");
    using shelf = openShelf<Album>(join(folder, "album.shelf"), { types: [ndarrayCodec] });
    const { day, night } = shelf.vars;
    const noon = picture("blend-12.png");
    expect(noon.slice(null, 512).toArray()).toStrictEqual(day.slice(null, 512).toArray());
    expect(noon.slice(null, 0).toArray()).toStrictEqual(night.slice(null, 0).toArray());
    // Brazil sleeps at six in the morning, and wakes by noon.
    const [brazil, dawn] = [noon.slice([260, 300], [340, 380]), picture("blend-6.png").slice([260, 300], [340, 380])];
    expect(Number(brazil.mean())).toBeGreaterThan(2 * Number(dawn.mean()));
    const half = picture("blend-half.png").astype("float32");
    const mean = day.astype("float32").add(night).multiply(0.5);
    expect(half.subtract(mean).norm()).toBeLessThan(Math.sqrt(half.size));
  });

  test("sort columns, whole pixels, and the half that a view shows", () => {
    using shelf = openShelf<Album>(join(folder, "album.shelf"), { types: [ndarrayCodec] });
    const { day } = shelf.vars;
    const rises = (x: NDArray): boolean => {
      const wide = x.astype("int16");
      return Number(wide.slice("1:").subtract(wide.slice(":-1")).min()) >= 0;
    };
    expect(rises(day)).toBe(false);
    const colours = picture("sorted-colours.png");
    expect([rises(colours), colours.sum()]).toStrictEqual([true, day.sum()]);
    const pixels = picture("sorted-pixels.png");
    const brightness = pixels.astype("int16").sum(2).astype("int32");
    expect([rises(brightness), pixels.sum(), rises(pixels)]).toStrictEqual([true, day.sum(), false]);
    const half = picture("sorted-half.png");
    expect(
      half
        .slice([0, 256])
        .subtract(day.slice([0, 256]))
        .any(),
    ).toBe(false);
    expect(rises(half.slice("256:").flip(0))).toBe(true);
  });
});
