import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dram } from "@nodemm/emulator";
import { mapFile, PmemError } from "@nodemm/pmem-native";
import { describe, expect, test } from "vitest";
import { examine } from "../src/check/examine.ts";
import {
  type CheckProgress,
  type CheckReport,
  checkShelf,
  checkShelfAsync,
  openShelf,
  ShelfError,
} from "../src/index.ts";
import { frame, superblockOffsets } from "../src/layout.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { damage, metadataOf } from "./support/damage.ts";
import { freshPath } from "./support/folders.ts";
import { shelfImages } from "./support/shelf-images.ts";
import { thrownBy } from "./support/thrown.ts";
import { WatchedRegion } from "./support/watched-region.ts";

const rounds = Math.ceil(Number(process.env["NODEMM_CORRUPTIONS"] ?? 14_000) / 7);
const seed = Number(process.env["NODEMM_CORRUPTION_SEED"] ?? 1);
const shapes = Object.entries(shelfImages).map(([what, make]) => ({ what, make }));
const severityOrder = ["error", "warning", "note"];

function severities({ findings }: CheckReport): string[] {
  return [...new Set(findings.map((each) => each.severity))].sort(
    (a, b) => severityOrder.indexOf(a) - severityOrder.indexOf(b),
  );
}

function setUint32(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer).setUint32(at, value, true);
}

describe.each(shapes)("check of $what", ({ what, make }) => {
  const { image, expected } = make();
  const anatomy = anatomyOf(image);

  test("finds nothing wrong, and says what there is", () => {
    const report = checkShelf(dram({ image }));
    expect(report).toMatchObject({ ok: true, kind: "shelf", findingsOmitted: 0 });
    expect(severities(report)).toStrictEqual(what.includes("transaction") ? ["note"] : []);
    expect(report.facts).toMatchObject({ names: expected.length, size: image.length });
    expect(report.facts?.data).toBe(
      [...anatomy.extents.values()].reduce((sum, { start, end }) => sum + end - start, 0),
    );
  });

  test("reports an error exactly where opening refuses, and writes nothing", () => {
    const places = [...metadataOf(anatomy), { start: 0, end: image.length }];
    const tally = { refused: 0, opened: 0 };
    for (let index = 0; index < rounds; index++) {
      const damaged = damage(image, places, seed, index);
      const where = `seed ${seed}, index ${index}: ${damaged.what}`;
      const region = new WatchedRegion(damaged.image);
      const report = checkShelf(region);
      region.close();
      expect(region.written, where).toBe(false);
      expect(region.viewedBytes, where).toBeLessThan(2 * image.length);
      let refusal: unknown;
      try {
        openShelf(dram({ image: damaged.image })).close();
      } catch (error) {
        refusal = error;
      }
      // Opening compares no seals: that would cost something per byte.
      const errors = report.findings.filter((each) => each.severity === "error" && each.structure !== "seal");
      expect({ where, ok: errors.length === 0, errors }).toMatchObject({ ok: refusal === undefined });
      if (refusal instanceof ShelfError && refusal.code === "ERR_SHELF_CORRUPT") {
        const reported = errors.map((each) => each.offset);
        expect(reported, where).toContain(refusal.offset);
      }
      tally[refusal === undefined ? "opened" : "refused"]++;
    }
    expect(Math.min(tally.refused, tally.opened)).toBeGreaterThan(rounds / 20);
  }, 300_000);
});

test("all damaged places are reported, not only the first", () => {
  const { image } = shelfImages["many names after rewrites of the catalog, closed"]();
  const { frames, superblockCopies } = anatomyOf(image);
  const starts: number[] = [];
  const view = new DataView(image.buffer);
  for (let at = frames.start; at < frames.end; at += view.getUint32(at + frame.lengthBytes.offset, true))
    starts.push(at);
  const hit = [starts[1], starts[Math.floor(starts.length / 2)]];
  for (const start of hit) image[start + 30] ^= 1;
  image[superblockCopies[1].start + 40] ^= 1;
  const { findings, ok } = checkShelf(dram({ image }));
  expect(ok).toBe(false);
  expect(findings.map(({ structure, offset, severity }) => ({ structure, offset, severity }))).toStrictEqual([
    { structure: "superblock", offset: superblockOffsets[1], severity: "warning" },
    { structure: "catalog frame", offset: hit[0], severity: "error" },
    { structure: "catalog frame", offset: hit[1], severity: "error" },
  ]);
});

test("two variables that share bytes are both named", () => {
  const path = freshPath();
  const shelf = openShelf(path, { size: "256 KiB" });
  shelf.set("first", new Uint8Array(500)).set("second", new Uint8Array(500)).close();
  const image = new Uint8Array(readFileSync(path));
  const anatomy = anatomyOf(image);
  const { start } = anatomy.extents.get("first") as { start: number };
  const second = (anatomy.extents.get("second") as { start: number }).start;
  // Points the second's put at the first's bytes, with its frame's checksum put right.
  const at = image.findIndex((_, index) => index > anatomy.frames.start && u53(image, index) === second);
  new DataView(image.buffer).setBigUint64(at, BigInt(start), true);
  const frameStart = Math.floor(at / 64) * 64;
  const bytes = new DataView(image.buffer).getUint32(frameStart + 4, true);
  setUint32(image, frameStart, dram({ image }).crc32c(frameStart + 4, bytes - 4, anatomy.superblock.seed));
  const { findings } = checkShelf(dram({ image }));
  expect(findings).toMatchObject([{ structure: "extent", severity: "error", offset: start }]);
  expect(findings[0].message).toMatch(/"(first|second)" and "(first|second)" share the bytes/u);
});

function u53(image: Uint8Array, at: number): number {
  return at + 8 > image.length ? -1 : Number(new DataView(image.buffer).getBigUint64(at, true));
}

test("what is no shelf is told from a damaged one", () => {
  expect(checkShelf(dram({ image: new Uint8Array(65536) }))).toMatchObject({ kind: "blank", ok: false });
  expect(checkShelf(dram({ image: new Uint8Array(65536).fill(7) }))).toMatchObject({ kind: "foreign", ok: false });
  expect(checkShelf(dram({ image: new Uint8Array(100) }))).toMatchObject({ kind: "foreign", ok: false });
  const { image } = shelfImages["an empty shelf"]();
  expect(checkShelf(dram({ image: image.slice(0, 4096) }))).toMatchObject({ kind: "shelf", ok: false });
});

test("a file keeps its bytes and its time, and one that a writer has open is refused", () => {
  const path = freshPath();
  const { image } = shelfImages["killed in a transaction"]();
  writeFileSync(path, image);
  const { mtimeMs } = statSync(path);
  expect(checkShelf(path).ok).toBe(true);
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
  expect(Buffer.compare(readFileSync(path), image)).toBe(0);
  using shelf = openShelf(path);
  expect(thrownBy(() => checkShelf(path), PmemError).code).toBe("ERR_PMEM_LOCKED");
  expect(shelf.check().ok).toBe(true);
  expect(thrownBy(() => checkShelf(`${path}.not`), PmemError).code).toBe("ERR_PMEM_NOT_FOUND");
});

test("bytes that can no longer be read are reported with their place, for metadata and for data", () => {
  const path = freshPath();
  const shelf = openShelf(path, { size: "4 MiB" });
  shelf.set("bytes", new Uint8Array(2 ** 21)).close();
  const { start } = anatomyOf(new Uint8Array(readFileSync(path))).extents.get("bytes") as { start: number };
  using region = mapFile(path, { readOnly: true });
  truncateSync(path, start + 2 ** 20);
  expect(checkShelf(region).ok).toBe(true);
  expect(checkShelf(region, { data: true }).findings).toMatchObject([
    { structure: "medium", offset: start + 2 ** 20, severity: "error", variable: "bytes" },
  ]);
  truncateSync(path, 8192);
  expect(checkShelf(region).findings.map((each) => each.offset)).toContain(8192);
});

test("an open shelf is checked between transactions, and not once it is closed", () => {
  const shelf = openShelf(dram({ size: 2 ** 20 }), {});
  shelf.set("x", 1).set("bytes", new Uint8Array(1000));
  expect(shelf.check({ data: true })).toMatchObject({ ok: true, findings: [], facts: { names: 2, data: 1000 } });
  const inside = (): unknown => shelf.transaction(() => shelf.check());
  expect(thrownBy(inside, ShelfError).code).toBe("ERR_SHELF_TRANSACTION");
  expect(shelf.check().ok).toBe(true);
  shelf.close();
  expect(thrownBy(() => shelf.check(), ShelfError).code).toBe("ERR_SHELF_CLOSED");
});

test("bytes that are neither owned nor free are a leak", () => {
  const region = dram({ size: 2 ** 20 });
  const shelf = openShelf(region);
  shelf.set("bytes", new Uint8Array(1000));
  const freeBytes = shelf.usage().free - 64;
  const steps = examine({ region, data: false, freeBytes });
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  expect(step.value.findings).toMatchObject([{ structure: "free space", severity: "error" }]);
  shelf.close();
});

test("the asynchronous check lets other work go on, tells its progress, and can be aborted", async () => {
  const path = freshPath();
  const shelf = openShelf(path, { size: "96 MiB" });
  shelf.set("bytes", new Uint8Array(80 * 2 ** 20)).close();
  const seen: CheckProgress[] = [];
  let turns = 0;
  const turning = setInterval(() => turns++, 0);
  const report = await checkShelfAsync(path, { data: true, onProgress: (progress) => seen.push(progress) });
  clearInterval(turning);
  expect(report.ok).toBe(true);
  expect(turns).toBeGreaterThan(0);
  expect(seen.at(-1)).toMatchObject({ phase: "data", totalBytes: 80 * 2 ** 20 });

  const aborting = new AbortController();
  const checking = checkShelfAsync(path, {
    data: true,
    signal: aborting.signal,
    onProgress: () => aborting.abort("now"),
  });
  await expect(checking).rejects.toMatchObject({ code: "ERR_SHELF_ABORTED", cause: "now" });
  openShelf(path).close();
});

test("options that make no sense are refused", async () => {
  expect(thrownBy(() => checkShelf(3 as never), TypeError).message).toMatch(/path or a region/u);
  expect(thrownBy(() => checkShelf("x", { data: 1 as never }), TypeError).message).toMatch(/data must be/u);
  await expect(checkShelfAsync(dram({ size: 65536 }), { signal: {} as never })).rejects.toThrow(/AbortSignal/u);
  await expect(checkShelfAsync(dram({ size: 65536 }), { onProgress: 1 as never })).rejects.toThrow(/function/u);
});

test("space that an asynchronous copy still goes to, whose variable is gone, is not missing", async () => {
  using shelf = openShelf(dram({ size: 2 ** 20 }));
  shelf.set("named", new Uint8Array(200_001));
  const copies = [shelf.storage("named").copyAsync(0, new Uint8Array(200_001))];
  shelf.delete("named");
  const undone = (): void => {
    shelf.transaction(() => {
      shelf.set("new", new Uint8Array(100_001));
      copies.push(shelf.storage("new").copyAsync(0, new Uint8Array(100_001)));
      throw new Error("undo this");
    });
  };
  thrownBy(undone, Error);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  const ends = await Promise.allSettled(copies);
  expect(ends.map((each) => each.status)).toStrictEqual(["rejected", "rejected"]);
  expect(shelf.check()).toMatchObject({ ok: true, findings: [] });
  shelf.set("all of it again", new Uint8Array(600_000));
});
