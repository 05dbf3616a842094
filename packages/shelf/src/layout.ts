/**
 * Every offset of the on-media format, once. `docs/format.md` explains the fields, and a test holds the two together;
 * a change here is a change of format: version, fixture and document in the same commit.
 */

export const formatVersion = 1;
export const endianMark = 0x01020304;

/** Fields and operations start at multiples of this. */
export const wordBytes = 4;
/** Extents, frames and undo entries start at multiples of this: a cache line. */
export const unitBytes = 64;
/** Superblock copies and lanes start at multiples of this, so that a damaged page takes one of them only. */
export const pageBytes = 4096;

/** The largest alignment of an extent, and what large extents have where there is room: a huge page. */
export const alignmentMax: number = 2 * 2 ** 20;

export const superblockOffsets: readonly [a: number, b: number] = [0, pageBytes];
export const superblockBytes = 128;
export const lanesOffset: number = 2 * pageBytes;

/** The low and high words of `NODEMM\r\n`: newline conversion and 7-bit transfers both show. */
export const magicLow = 0x45444f4e;
export const magicHigh = 0x0a0d4d4d;
/** `NODEMM\r?`: copy A while a shelf is being created. */
export const creatingHigh = 0x3f0d4d4d;

export const superblock = {
  magic: { offset: 0, size: 8 },
  formatVersion: { offset: 8, size: 4 },
  endianMark: { offset: 12, size: 4 },
  compatFeatures: { offset: 16, size: 4 },
  roCompatFeatures: { offset: 20, size: 4 },
  incompatFeatures: { offset: 24, size: 4 },
  laneCount: { offset: 28, size: 4 },
  sequence: { offset: 32, size: 8 },
  uuid: { offset: 40, size: 16 },
  sizeBytes: { offset: 56, size: 8 },
  laneBytes: { offset: 64, size: 8 },
  catalogOffset: { offset: 72, size: 8 },
  catalogBytes: { offset: 80, size: 8 },
  catalogGeneration: { offset: 88, size: 4 },
  reserved: { offset: 92, size: 4 },
  firstSequence: { offset: 96, size: 8 },
  spareOffset: { offset: 104, size: 8 },
  reserved2: { offset: 112, size: 12 },
  crc: { offset: 124, size: 4 },
} as const;

/** In the page of superblock copy A, a line of its own. */
export const shutdownRecordOffset: number = 2 * unitBytes;
export const shutdownRecord = {
  state: { offset: 0, size: 8 },
} as const;

/** The catalog's header line; frames follow it. */
export const catalogHeader = {
  acknowledged: { offset: 0, size: 8 },
} as const;
export const catalogHeaderBytes = 64;

export const frame = {
  crc: { offset: 0, size: 4 },
  lengthBytes: { offset: 4, size: 4 },
  generation: { offset: 8, size: 4 },
  sequence: { offset: 12, size: 8 },
} as const;
export const frameHeaderBytes = 20;

export const operation = {
  kind: { offset: 0, size: 1 },
  typeBytes: { offset: 1, size: 1 },
  nameBytes: { offset: 2, size: 2 },
  metaBytes: { offset: 4, size: 4 },
  version: { offset: 8, size: 4 },
  modified: { offset: 12, size: 8 },
  extentOffset: { offset: 20, size: 8 },
  extentBytes: { offset: 28, size: 8 },
} as const;
export const operationHeaderBytes = 20;
export const operationExtentBytes = 16;
/** Behind the extent, where there is one. */
export const operationCreatedBytes = 4;
/** Bits of `typeBytes` that say what follows: an extent, and when the variable was first set. */
export const hasExtentBit = 0x80;
export const hasCreatedBit = 0x40;
/** `nameBytes` of it is 0, as the names of variables are never empty. */
export const nameBytesMax = 0x10000;
export const typeBytesMax = 63;
export const metaBytesMax: number = 1 << 20;

export const operationKind = {
  put: 1,
  erase: 2,
  rename: 3,
  laneCommit: 4,
  itemInsert: 5,
  itemReplace: 6,
  itemErase: 7,
  listClear: 8,
  swap: 9,
  seal: 10,
} as const;

/** Bits of the superblock's `incompatFeatures`. */
export const incompatFeature = {
  /** The catalog may hold operations of the kinds 5 to 9. */
  listsAndSwaps: 1,
  /** The catalog may hold operations of the kind 10. */
  seals: 2,
  /** The catalog may hold names of {@link nameBytesMax}. */
  longestNames: 4,
} as const;

/** Those that this release knows. */
export const allFeatures: number = Object.values(incompatFeature).reduce((all, bit) => all | bit, 0);

/** A lane's header line; entries follow it. */
export const laneHeader = {
  generation: { offset: 0, size: 8 },
  acknowledged: { offset: 8, size: 8 },
} as const;
export const laneHeaderBytes = 64;

export const undoEntry = {
  crc: { offset: 0, size: 4 },
  kind: { offset: 4, size: 4 },
  generation: { offset: 8, size: 8 },
  lengthBytes: { offset: 16, size: 8 },
  rangeCount: { offset: 24, size: 4 },
  reserved: { offset: 28, size: 4 },
} as const;
export const undoHeaderBytes = 32;
export const undoRangeBytes = 16;
/** Each range's old bytes start at a multiple of this. */
export const undoDataAlignment = 8;

export const undoKind = { ranges: 1, link: 2 } as const;

/** The smallest shelf: superblocks, one lane, a catalog, and room for something. */
export const sizeBytesMin: number = 64 * 1024;

/** Rounds a whole number up to a multiple of a power of two: as whole numbers are reckoned with, without a division. */
export function roundUp(bytes: number, multiple: number): number {
  const end = bytes + multiple - 1;
  return end - (end & (multiple - 1));
}

export function roundDown(bytes: number, multiple: number): number {
  return Math.floor(bytes / multiple) * multiple;
}
