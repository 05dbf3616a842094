import { dram } from "@nodemm/emulator";
import {
  catalogHeaderBytes,
  frame,
  frameHeaderBytes,
  hasCreatedBit,
  hasExtentBit,
  laneHeaderBytes,
  lanesOffset,
  operation,
  operationCreatedBytes,
  operationExtentBytes,
  operationHeaderBytes,
  operationKind,
  roundUp,
  superblockBytes,
  superblockOffsets,
  undoEntry,
  undoHeaderBytes,
  undoKind,
  unitBytes,
} from "../../src/layout.ts";
import { type Superblock, SuperblockPair } from "../../src/superblock.ts";
import { readU53, unseal } from "../../src/words.ts";

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
  const catalog = readFrames(image, superblock);
  const parts = {
    superblockCopies: superblockOffsets.map((offset) => rangeOf(offset, superblockBytes)),
    laneHeader: rangeOf(lanesOffset, 16),
    undoEntries: undoEntriesOf(image, superblock, catalog.committed),
    catalogHeader: rangeOf(catalogOffset, 8),
    frames: { start: catalogOffset + catalogHeaderBytes, end: catalog.end },
    extents: catalog.extents,
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

/** Reads the catalog with no more than the document's tables, apart from the code under test. */
function readFrames(
  image: Uint8Array,
  { catalogOffset, catalogBytes, catalogGeneration, firstSequence }: Superblock,
): { readonly end: number; readonly committed: number; readonly extents: Map<string, Range> } {
  const extents = new Map<string, Range>();
  let committed = 0;
  let start = catalogOffset + catalogHeaderBytes;
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const u53 = (at: number): number => Number(view.getBigUint64(at, true));
  const text = (at: number, bytes: number): string => Buffer.from(image.subarray(at, at + bytes)).toString();
  for (let sequence = firstSequence; start < catalogOffset + catalogBytes; sequence++) {
    const length = view.getUint32(start + frame.lengthBytes.offset, true);
    const generation = view.getUint32(start + frame.generation.offset, true);
    if (length === 0 || generation !== catalogGeneration || u53(start + frame.sequence.offset) !== sequence) break;
    let at = start + frameHeaderBytes;
    while (at < start + length && view.getUint32(at, true) !== 0) {
      const flags = image[at + operation.typeBytes.offset];
      const typeBytes = flags & ~hasExtentBit & ~hasCreatedBit;
      const hasExtent = (flags & hasExtentBit) !== 0;
      const createdBytes = (flags & hasCreatedBit) === 0 ? 0 : operationCreatedBytes;
      // Of names of 64 KiB, whose length is 0 here, nothing is asked.
      const nameBytes = view.getUint16(at + operation.nameBytes.offset, true);
      const metaBytes = view.getUint32(at + operation.metaBytes.offset, true);
      const nameAt = at + operationHeaderBytes + (hasExtent ? operationExtentBytes : 0) + createdBytes;
      const name = text(nameAt, nameBytes);
      const metaAt = nameAt + nameBytes + typeBytes;
      const kind = image[at];
      const extent = extents.get(name);
      if (kind === operationKind.laneCommit) committed = u53(at + operation.modified.offset);
      else if (kind !== operationKind.swap && kind !== operationKind.seal) extents.delete(name);
      if (kind === operationKind.put && hasExtent) {
        extents.set(name, rangeOf(u53(at + operation.extentOffset.offset), u53(at + operation.extentBytes.offset)));
      }
      if ((kind === operationKind.itemInsert || kind === operationKind.itemReplace) && hasExtent) {
        // Items that are gone may be among them: anatomy is asked of shelves whose lists only grow.
        const offset = u53(at + operation.extentOffset.offset);
        extents.set(`item at ${offset}`, rangeOf(offset, u53(at + operation.extentBytes.offset)));
      }
      if (kind === operationKind.rename && extent !== undefined) extents.set(text(metaAt, metaBytes), extent);
      at = roundUp(metaAt + metaBytes, 4);
    }
    start += length;
  }
  return { end: start, committed, extents };
}

/** The lane's live entries and, where it goes on elsewhere, the segments. Empty without a transaction under way. */
function undoEntriesOf(image: Uint8Array, { laneBytes }: Superblock, committed: number): Range[] {
  const words = new Uint32Array(image.buffer, image.byteOffset, image.length / 4);
  const generation = Math.max(unseal(words[lanesOffset / 4], words[lanesOffset / 4 + 1]), committed + 1);
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
