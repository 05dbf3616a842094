/**
 * Checksums tell accidents, not intent: here every checksum is right and what it covers is nonsense. Opening must refuse
 * it, or open what there is; it must not crash, hang, take memory without bounds, or throw anything but typed errors.
 */
import { dram } from "@nodemm/emulator";
import { expect, test } from "vitest";
import { openShelf, ShelfError, type Shelf } from "../src/index.ts";
import {
  superblock,
  superblockBytes,
  superblockOffsets,
  undoEntry,
  undoHeaderBytes,
  undoKind,
  unitBytes,
} from "../src/layout.ts";
import { anatomyOf } from "./support/anatomy.ts";
import { Random } from "./support/random.ts";
import { shelfImages } from "./support/shelf-images.ts";
import { Watchdog } from "./support/watchdog.ts";
import { WatchedRegion } from "./support/watched-region.ts";

const forgeries = Number(process.env["NODEMM_FORGERIES"] ?? 3000);
const seed = Number(process.env["NODEMM_CORRUPTION_SEED"] ?? 1);
const { image } = shelfImages["killed in a transaction whose log goes on elsewhere"]();
const anatomy = anatomyOf(image);
const { seed: crcSeed } = anatomy.superblock;

function crc32c(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return dram({ image: bytes }).crc32c(start, end - start, initial);
}

function setUint32(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer).setUint32(at, value, true);
}

const oddNumbers = [
  0,
  1,
  63,
  64,
  4095,
  4096,
  image.length,
  image.length - 64,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
];

/** Writes an odd number, or a random one, over 4 or 8 bytes. */
function makeOdd(bytes: Uint8Array, at: number, random: Random): void {
  const view = new DataView(bytes.buffer);
  const odd = random.below(2) === 0 ? oddNumbers[random.below(oddNumbers.length)] : random.below(2 * image.length);
  if (random.below(2) === 0) view.setBigUint64(at, BigInt(odd), true);
  else view.setUint32(at, odd >>> 0, true);
}

/** Forgeries by what they forge: each changes a copy of the image and puts the checksum right. */
const forgers: Record<string, (bytes: Uint8Array, random: Random) => void> = {
  superblocks(bytes, random) {
    const field =
      superblock.laneCount.offset + 4 * random.below((superblock.crc.offset - superblock.laneCount.offset - 8) / 4);
    const [a, b] = superblockOffsets;
    makeOdd(bytes, a + field, random);
    setUint32(bytes, a + superblock.crc.offset, crc32c(bytes, a, a + superblock.crc.offset));
    bytes.copyWithin(b, a, a + superblockBytes);
  },
  frames(bytes, random) {
    const starts: number[] = [];
    const view = new DataView(bytes.buffer);
    for (let at = anatomy.frames.start; at < anatomy.frames.end; at += view.getUint32(at + 4, true)) starts.push(at);
    const start = starts[random.below(starts.length)];
    const length = view.getUint32(start + 4, true);
    const at = start + 4 * (5 + random.below(length / 4 - 6));
    if (random.below(2) === 0) makeOdd(bytes, at, random);
    else bytes[at + random.below(4)] ^= 1 << random.below(8);
    setUint32(bytes, start, crc32c(bytes, start + 4, start + length, crcSeed));
  },
  "undo entries"(bytes, random) {
    const { start, end } = anatomy.undoEntries[random.below(anatomy.undoEntries.length)];
    makeOdd(bytes, start + undoEntry.lengthBytes.offset + 4 * random.below(8), random);
    const isLink = new DataView(bytes.buffer).getUint32(start + undoEntry.kind.offset, true) === undoKind.link;
    setUint32(
      bytes,
      start,
      isLink ? crc32c(bytes, start + 4, start + unitBytes, crcSeed) : crcOfEntry(bytes, start, end),
    );
  },
};

/** The checksum of an entry as its own header describes it, where that stays inside the shelf. */
function crcOfEntry(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer);
  const count = Math.min(view.getUint32(start + undoEntry.rangeCount.offset, true), 4);
  let data = start + Math.ceil((undoHeaderBytes + count * 16) / unitBytes) * unitBytes;
  let crc = crc32c(bytes, start + 4, data, crcSeed);
  for (let index = 0; index < count; index++) {
    const length = Number(view.getBigUint64(start + undoHeaderBytes + index * 16 + 8, true));
    if (data + length > end) break;
    crc = crc32c(bytes, data, data + length, crc);
    data += Math.ceil(length / 8) * 8;
  }
  return crc;
}

function openAndRead(bytes: Uint8Array): "refused" | "opened" {
  const region = new WatchedRegion(bytes);
  let shelf: Shelf | undefined;
  try {
    shelf = openShelf(region);
    for (const name of shelf.keys()) {
      try {
        shelf.info(name);
        shelf.get(name);
      } catch (error) {
        if (!(error instanceof ShelfError)) throw error;
      }
    }
    shelf.usage();
    return "opened";
  } catch (error) {
    if (shelf !== undefined || !(error instanceof ShelfError) || region.written) throw error;
    return "refused";
  } finally {
    expect(region.viewedBytes).toBeLessThan(4 * image.length);
    shelf?.close();
    expect(region.closed).toBe(true);
  }
}

test.each(Object.keys(forgers))(
  "forged %s are refused with a typed error, or opened within bounds",
  (what) => {
    using watchdog = new Watchdog(`forged ${what}, seed ${seed}`, 20_000);
    const counts = { refused: 0, opened: 0 };
    for (let index = 0; index < forgeries; index++) {
      watchdog.begin(index);
      const bytes = image.slice();
      forgers[what](bytes, new Random(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b)));
      try {
        counts[openAndRead(bytes)]++;
      } catch (cause) {
        throw new Error(`seed ${seed}, index ${index}: ${cause instanceof Error ? cause.stack : String(cause)}`, {
          cause,
        });
      }
    }
    console.log(`seed ${seed}: ${counts.refused} forged ${what} refused, ${counts.opened} opened`);
    expect(Math.min(counts.refused, counts.opened)).toBeGreaterThan(0);
  },
  120_000,
);

test("a link of the undo log that leads in a circle is refused", () => {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer);
  const link = anatomy.undoEntries.find(
    ({ start }) => view.getUint32(start + undoEntry.kind.offset, true) === undoKind.link,
  );
  if (link === undefined) throw new Error("the image has no link");
  const segment = Number(view.getBigUint64(link.start + undoHeaderBytes, true));
  bytes.copyWithin(segment, link.start, link.end);
  using watchdog = new Watchdog("a circle of links", 5000);
  watchdog.begin(0);
  expect(openAndRead(bytes)).toBe("refused");
});

test("undo entries that would write over the catalog, and links into a variable's data, are refused", () => {
  const view = new DataView(image.buffer);
  const isLink = (start: number): boolean => view.getUint32(start + undoEntry.kind.offset, true) === undoKind.link;
  const entry = anatomy.undoEntries.find(({ start }) => !isLink(start));
  const link = anatomy.undoEntries.find(({ start }) => isLink(start));
  const extent = anatomy.extents.get("large");
  if (entry === undefined || link === undefined || extent === undefined) throw new Error("the image lacks a part");
  for (const area of [anatomy.frames, anatomy.spareArea]) {
    const bytes = image.slice();
    new DataView(bytes.buffer).setBigUint64(entry.start + undoHeaderBytes, BigInt(area.start), true);
    setUint32(bytes, entry.start, crcOfEntry(bytes, entry.start, entry.end));
    expect(openAndRead(bytes)).toBe("refused");
  }
  const bytes = image.slice();
  new DataView(bytes.buffer).setBigUint64(link.start + undoHeaderBytes, BigInt(extent.start), true);
  setUint32(bytes, link.start, crc32c(bytes, link.start + 4, link.start + unitBytes, crcSeed));
  expect(openAndRead(bytes)).toBe("refused");
});
