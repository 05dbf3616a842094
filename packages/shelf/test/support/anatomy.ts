import { dram } from "@nodemm/emulator";
import { Catalog } from "../../src/catalog.ts";
import {
  catalogHeaderBytes,
  laneHeaderBytes,
  lanesOffset,
  superblockBytes,
  superblockOffsets,
  undoEntry,
  undoHeaderBytes,
  undoKind,
  unitBytes,
} from "../../src/layout.ts";
import { NameIndex } from "../../src/name-index.ts";
import { type Superblock, SuperblockPair } from "../../src/superblock.ts";
import { readU53 } from "../../src/words.ts";

/** Bytes from `start` up to `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where each structure of a shelf lies in its bytes. */
export interface Anatomy {
  readonly superblock: Superblock;
  readonly superblockCopies: readonly Range[];
  readonly laneHeader: Range;
  /** Entries of the lane, and the segments that it links to. */
  readonly undoEntries: readonly Range[];
  readonly catalogHeader: Range;
  readonly frames: Range;
  readonly spareArea: Range;
  /** The data of each variable that has an extent, by name. */
  readonly extents: ReadonlyMap<string, Range>;
  /** Bytes that nothing of the above holds. */
  readonly meaningless: readonly Range[];
}

export function anatomyOf(image: Uint8Array): Anatomy {
  const region = dram({ image });
  const found = new SuperblockPair(region).read();
  if (found.kind !== "shelf") throw new Error("the image holds no shelf");
  const { superblock } = found;
  const { catalogOffset, catalogBytes, spareOffset } = superblock;
  const catalog = new Catalog(region, {
    offset: catalogOffset,
    bytes: catalogBytes,
    generation: superblock.catalogGeneration,
    firstSequence: superblock.firstSequence,
    seed: superblock.seed,
  });
  const index = new NameIndex();
  catalog.scan(index);
  const framesStart = catalogOffset + catalogHeaderBytes;
  const parts = {
    superblockCopies: superblockOffsets.map((offset) => rangeOf(offset, superblockBytes)),
    laneHeader: rangeOf(lanesOffset, 16),
    undoEntries: undoEntriesOf(image, superblock),
    catalogHeader: rangeOf(catalogOffset, 8),
    frames: { start: framesStart, end: catalogOffset + catalogBytes - catalog.room },
    extents: new Map(
      [...index.variables.values()]
        .filter((each) => each.extentBytes > 0)
        .map((each) => [each.name, rangeOf(each.extentOffset, each.extentBytes)]),
    ),
  };
  const { extents, superblockCopies, laneHeader, undoEntries, catalogHeader, frames } = parts;
  const meaningful = [...superblockCopies, laneHeader, ...undoEntries, catalogHeader, frames, ...extents.values()];
  return {
    ...parts,
    superblock,
    spareArea: rangeOf(spareOffset, catalogBytes),
    meaningless: gapsBetween(meaningful, image.length),
  };
}

/** The lane's live entries and, where it goes on elsewhere, the segments. Empty without a transaction under way. */
function undoEntriesOf(image: Uint8Array, { laneBytes }: Superblock): Range[] {
  const words = new Uint32Array(image.buffer, image.byteOffset, image.length / 4);
  const generation = readU53(words, lanesOffset / 4) % 2 ** 48;
  const ranges: Range[] = [];
  let start = lanesOffset + laneHeaderBytes;
  let end = lanesOffset + laneBytes;
  while (start < end && readU53(words, (start + undoEntry.generation.offset) / 4) === generation) {
    const length = readU53(words, (start + undoEntry.lengthBytes.offset) / 4);
    if (words[(start + undoEntry.kind.offset) / 4] === undoKind.link) {
      ranges.push(rangeOf(start, unitBytes));
      start = readU53(words, (start + undoHeaderBytes) / 4);
      end = start + length;
    } else {
      ranges.push(rangeOf(start, length));
      start += length;
    }
  }
  return ranges;
}

function rangeOf(start: number, bytes: number): Range {
  return { start, end: start + bytes };
}

function gapsBetween(ranges: readonly Range[], end: number): Range[] {
  const gaps: Range[] = [];
  let position = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    if (range.start > position) gaps.push({ start: position, end: range.start });
    position = Math.max(position, range.end);
  }
  if (position < end) gaps.push({ start: position, end });
  return gaps;
}
