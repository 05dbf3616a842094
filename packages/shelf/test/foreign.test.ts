import { dram } from "@nodemm/emulator";
import { describe, expect, test } from "vitest";
import { openShelf, type OpenShelfOptions, type Shelf, ShelfError } from "../src/index.ts";
import { creatingHigh, lanesOffset, magicLow, superblockBytes, superblockOffsets } from "../src/layout.ts";
import { anatomyOf, type Range } from "./support/anatomy.ts";
import { judge } from "./support/judge.ts";
import { Random } from "./support/random.ts";
import { shelfImages } from "./support/shelf-images.ts";
import { thrownBy } from "./support/thrown.ts";
import { WatchedRegion } from "./support/watched-region.ts";

const seed = 1;
const random = new Random(seed);
const { image, expected } = shelfImages["killed in a transaction"]();
const anatomy = anatomyOf(image);

function randomBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** The error of opening these bytes, which must stay as they are. */
function refusalOf(bytes: Uint8Array, options: OpenShelfOptions = {}): ShelfError {
  const region = new WatchedRegion(bytes);
  const error = thrownBy(() => openShelf(region, options), ShelfError);
  expect({ written: region.written, closed: region.closed }).toStrictEqual({ written: false, closed: true });
  return error;
}

/** A file of another format: its first bytes, from `offset`, and bytes without meaning behind. */
function formatted(begin: string, offset = 0): Uint8Array {
  const bytes = randomBytes(200_000).fill(0, 0, offset);
  bytes.set(Buffer.from(begin, "latin1"), offset);
  return bytes;
}

const formats: [what: string, bytes: Uint8Array][] = [
  ["text", new Uint8Array(Buffer.from("a line of text\n".repeat(10_000)))],
  ["JSON", formatted('{"name":"x"}')],
  ["a PNG image", formatted("\x89PNG\r\n\x1a\n")],
  ["an SQLite database", formatted("SQLite format 3\0")],
  ["a ZIP archive", formatted("PK\x03\x04")],
  ["a tar archive", formatted("ustar", 257)],
  ["an ext4 file system, which begins with zeros", formatted("\x53\xef", 1080)],
  ["an ISO 9660 image, which begins with 32 KiB of zeros", formatted("CD001", 32_769)],
  ["numbers of which all but the last are zero", new Uint8Array(3_000_000).fill(1, 2_999_999)],
  ["the magic of a shelf in capital letters only", formatted("NODEMM\n\n")],
];

describe("what is no shelf is refused and left alone, whatever the options (P12)", () => {
  const everyOption: OpenShelfOptions[] = [
    {},
    { size: "128 KiB" },
    { forceNew: true },
    { forceNew: true, size: "1 MiB" },
  ];

  test.each(formats)("%s", (_, bytes) => {
    for (const options of everyOption) {
      const error = refusalOf(bytes, options);
      expect(error.code).toBe("ERR_SHELF_NOT_A_SHELF");
      expect(error.message).toMatch(/left untouched; open another path/u);
    }
  });

  test("random bytes of any length", () => {
    for (let round = 0; round < 300; round++) {
      const length = 1 + random.below(2 ** (1 + random.below(18)));
      expect(refusalOf(randomBytes(length), { forceNew: true }).code, `${length} bytes`).toBe("ERR_SHELF_NOT_A_SHELF");
    }
  });

  test("a shelf that has lost both superblocks is not taken for an empty region", () => {
    const lost = image.slice().fill(0, 0, lanesOffset);
    expect(refusalOf(lost).code).toBe("ERR_SHELF_NOT_A_SHELF");
    expect(refusalOf(lost, { size: "256 KiB", forceNew: true }).code).toBe("ERR_SHELF_NOT_A_SHELF");
  });

  test("a shelf's superblocks on random bytes, or on zeros, are damage", () => {
    for (const rest of [randomBytes(image.length), new Uint8Array(image.length)]) {
      rest.set(image.subarray(0, lanesOffset));
      const error = refusalOf(rest, { size: "1 MiB" });
      expect(error).toMatchObject({
        code: "ERR_SHELF_CORRUPT",
        structure: expect.any(String),
        offset: expect.any(Number),
      });
    }
  });

  test("the remains of a shelf that was cut off inside its superblocks are damage", () => {
    for (const length of [8, 127, 4096, 8191]) {
      const error = refusalOf(image.slice(0, length), { size: "1 MiB", forceNew: true });
      expect(error).toMatchObject({ code: "ERR_SHELF_CORRUPT", structure: "superblock", offset: 0 });
      expect(error.message).toContain(`only ${length} bytes`);
    }
  });
});

test("a damaged superblock is not repaired on a shelf that is refused for other damage", () => {
  const damaged = image.slice();
  damaged[superblockOffsets[0] + 40] ^= 1;
  damaged[anatomy.frames.start + 30] ^= 1;
  expect(refusalOf(damaged)).toMatchObject({ code: "ERR_SHELF_CORRUPT", structure: "catalog frame" });
});

describe("what may be made a shelf", () => {
  test("zeros alone", () => {
    const shelf = openShelf(dram({ size: 128 * 1024 }));
    expect([...shelf.set("x", 1)]).toStrictEqual([["x", 1]]);
  });

  test("a creation that never finished, whatever lies behind its mark", () => {
    const bytes = randomBytes(128 * 1024);
    new Uint32Array(bytes.buffer).set([magicLow, creatingHigh]);
    const shelf = openShelf(dram({ image: bytes }));
    expect([...shelf.set("x", 1)]).toStrictEqual([["x", 1]]);
  });
});

/** Each single bit of a range, flipped in a copy of the image. */
function* eachBit({ start, end }: Range): Generator<Uint8Array> {
  for (let bit = start * 8; bit < end * 8; bit++) {
    const flipped = image.slice();
    flipped[bit >>> 3] ^= 1 << (bit & 7);
    yield flipped;
  }
}

describe("every single bit", () => {
  test.each(["A", "B"])("of superblock %s: the other copy serves, and repairs it", (copy) => {
    const range = anatomy.superblockCopies[copy === "A" ? 0 : 1];
    for (const damaged of eachBit(range)) {
      const region = new WatchedRegion(damaged);
      const shelf: Shelf = openShelf(region);
      // The very range that the shelf itself views, so the same buffer.
      const superblocks = new Uint8Array(region.view(0, lanesOffset));
      for (const start of superblockOffsets) {
        const original = image.subarray(start, start + superblockBytes);
        expect(Buffer.compare(superblocks.subarray(start, start + superblockBytes), original)).toBe(0);
      }
      shelf.close();
    }
  });

  test.each([
    ["the lane's header", anatomy.laneHeader],
    ["the catalog's header", anatomy.catalogHeader],
    ["the first frames", { start: anatomy.frames.start, end: anatomy.frames.start + 256 }],
    ["the last frames", { start: anatomy.frames.end - 256, end: anatomy.frames.end }],
    ["the first undo entry", { start: anatomy.undoEntries[0].start, end: anatomy.undoEntries[0].start + 128 }],
  ])("of %s is noticed", (_, range) => {
    for (const damaged of eachBit(range)) {
      expect(refusalOf(damaged).code).toBe("ERR_SHELF_CORRUPT");
    }
  });

  test("in both superblocks at once leaves no shelf to open", () => {
    for (let at = 0; at < superblockBytes; at++) {
      const damaged = image.slice();
      for (const copy of superblockOffsets) damaged[copy + at] ^= 1;
      const touched = superblockOffsets.map((copy) => ({ start: copy + at, end: copy + at + 1 }));
      expect(judge({ what: "", image: damaged, touched }, anatomy, expected)).toStrictEqual({
        refused: true,
        problem: undefined,
      });
    }
  });
});
