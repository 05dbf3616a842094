/**
 * The superblock pair. Invariants: outside a rewrite both copies are the same; a rewrite goes to one copy, is made
 * durable, and only then to the other, so that at any moment one copy is whole; nothing that an older copy refers to is
 * reused before both copies are new.
 */
import type { Region } from "@nodemm/pmem-native";
import { ShelfError } from "./errors.ts";
import {
  allFeatures,
  catalogHeaderBytes,
  creatingHigh,
  endianMark,
  formatVersion,
  lanesOffset,
  magicHigh,
  magicLow,
  pageBytes,
  sizeBytesMin,
  superblock,
  superblockBytes,
  superblockOffsets,
  unitBytes,
} from "./layout.ts";
import { readU53, writeU53 } from "./words.ts";

/** What the superblock says, decoded and checked. */
export interface Superblock {
  readonly laneCount: number;
  readonly sequence: number;
  readonly uuid: Uint8Array;
  /**
   * CRC of the UUID. Every frame's and undo entry's CRC continues from it, so that what an earlier shelf left in the same
   * place is never taken for this one's. Not a field of its own on media.
   */
  readonly seed: number;
  readonly sizeBytes: number;
  readonly laneBytes: number;
  readonly catalogOffset: number;
  /** Bytes of the catalog's area, and of the spare one. */
  readonly catalogBytes: number;
  /** Where the next catalog is written, so that there is always room to compact this one. */
  readonly spareOffset: number;
  readonly catalogGeneration: number;
  readonly firstSequence: number;
  /** Harmless bits, none of which this release knows: kept as they are. */
  readonly compatFeatures: number;
  /** Bits of `incompatFeature`: what a reader must know to read this shelf. */
  readonly incompatFeatures: number;
}

/** What lies where superblocks should be. */
export type Found =
  | { readonly kind: "shelf"; readonly superblock: Superblock; readonly damagedCopies: readonly number[] }
  /** A creation that never finished: free to be made a shelf. */
  | { readonly kind: "unfinished" }
  /** Zeros as far as superblocks go: free to be made a shelf if nothing else follows ({@link isBlankBehind}). */
  | { readonly kind: "zeros" }
  | { readonly kind: "foreign" };

/** What one copy is. */
export type CopyState = Superblock | "creating" | "damaged" | "absent";

export class SuperblockPair {
  readonly #region: Region;
  readonly #forReading: boolean;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** Whether copy A is known to be durable: a process may have been killed before it had fenced what it stored last. */
  #isDurable = false;

  /** `forReading`: features that only a writer must know are no reason to refuse. */
  constructor(region: Region, forReading = false) {
    this.#region = region;
    this.#forReading = forReading;
    const buffer = region.view(0, lanesOffset);
    this.#words = new Uint32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** @throws ShelfError if this is a shelf, but damaged or of a kind that this version must not open */
  read(): Found {
    const copies = superblockOffsets.map((offset) => this.readCopy(offset));
    const whole = copies.filter((copy) => typeof copy === "object").sort((a, b) => b.sequence - a.sequence);
    if (whole.length === 0) {
      // A creation that was cut short: copy B may be torn, and nothing is lost.
      if (copies[0] === "creating") return { kind: "unfinished" };
      if (copies.includes("damaged")) {
        throw new ShelfError("ERR_SHELF_CORRUPT", "both superblock copies fail their checks; restore from a copy", {
          structure: "superblock",
          offset: 0,
        });
      }
      return { kind: this.isBlank ? "zeros" : "foreign" };
    }
    const newest = whole[0];
    const damagedCopies = superblockOffsets.filter((_, index) => {
      const copy = copies[index];
      return typeof copy !== "object" || copy.sequence !== newest.sequence;
    });
    return { kind: "shelf", superblock: newest, damagedCopies };
  }

  /** Whether there are nothing but zeros where superblocks should be. */
  get isBlank(): boolean {
    return this.#bytes.every((byte) => byte === 0);
  }

  /** Marks the region as being made a shelf; what was there before stops being one. */
  beginCreation(): void {
    const [a, b] = superblockOffsets;
    this.#region.publish(a, magicLow, creatingHigh);
    this.#bytes.fill(0, b, b + superblockBytes);
    this.#region.flush(a, 8);
    this.#region.flush(b, superblockBytes);
    this.#region.drain();
    this.#isDurable = true;
  }

  /** Rewrites copy B, then A: the change is made, durably and atomically, when B is durable. */
  write(next: Omit<Superblock, "seed">): void {
    if (!this.#isDurable) this.#region.persist(superblockOffsets[0], superblockBytes);
    this.#isDurable = true;
    for (const offset of [superblockOffsets[1], superblockOffsets[0]]) {
      this.#writeCopy(offset, next);
      this.#region.persist(offset, superblockBytes);
    }
  }

  /**
   * Rewrites the copies that {@link read} found damaged or behind. First the other is made durable: a process may have been
   * killed between storing it and the end of its fence.
   */
  repair(current: Superblock, damagedCopies: readonly number[]): void {
    if (damagedCopies.length === 0) return;
    for (const offset of superblockOffsets)
      if (!damagedCopies.includes(offset)) this.#region.persist(offset, superblockBytes);
    for (const offset of damagedCopies) {
      this.#writeCopy(offset, current);
      this.#region.persist(offset, superblockBytes);
    }
    this.#isDurable = true;
  }

  #writeCopy(offset: number, fields: Omit<Superblock, "seed">): void {
    const words = this.#words;
    const at = (field: { offset: number }): number => (offset + field.offset) / 4;
    words.fill(0, offset / 4, (offset + superblockBytes) / 4);
    words[at(superblock.magic)] = magicLow;
    words[at(superblock.magic) + 1] = magicHigh;
    words[at(superblock.formatVersion)] = formatVersion;
    words[at(superblock.endianMark)] = endianMark;
    words[at(superblock.compatFeatures)] = fields.compatFeatures;
    words[at(superblock.incompatFeatures)] = fields.incompatFeatures;
    words[at(superblock.laneCount)] = fields.laneCount;
    writeU53(words, at(superblock.sequence), fields.sequence);
    this.#bytes.set(fields.uuid, offset + superblock.uuid.offset);
    writeU53(words, at(superblock.sizeBytes), fields.sizeBytes);
    writeU53(words, at(superblock.laneBytes), fields.laneBytes);
    writeU53(words, at(superblock.catalogOffset), fields.catalogOffset);
    writeU53(words, at(superblock.catalogBytes), fields.catalogBytes);
    words[at(superblock.catalogGeneration)] = fields.catalogGeneration;
    writeU53(words, at(superblock.firstSequence), fields.firstSequence);
    writeU53(words, at(superblock.spareOffset), fields.spareOffset);
    words[at(superblock.crc)] = this.#region.crc32c(offset, superblock.crc.offset);
  }

  /**
   * What the copy says now, taken at once: one that a live writer is rewriting counts as damaged.
   * @throws ShelfError if the copy is whole, but of a kind or with bounds that this version must not open
   */
  readCopy(offset: number): CopyState {
    const words = this.#words.slice(offset / 4, (offset + superblockBytes) / 4);
    const at = (field: { offset: number }): number => field.offset / 4;
    const [low, high] = [words[at(superblock.magic)], words[at(superblock.magic) + 1]];
    if (low === magicLow && high === creatingHigh) return "creating";
    const sealed = this.#region.crc32c(offset, superblock.crc.offset) === words[at(superblock.crc)];
    const seed = this.#region.crc32c(offset + superblock.uuid.offset, superblock.uuid.size);
    if (low !== magicLow || high !== magicHigh) return "absent";
    // Both CRCs are of the shelf's own bytes, so that these must have been the same until now.
    if (!sealed || words.some((word, index) => word !== this.#words[offset / 4 + index])) return "damaged";
    checkKind({
      version: words[at(superblock.formatVersion)],
      endian: words[at(superblock.endianMark)],
      incompat: words[at(superblock.incompatFeatures)],
      roCompat: this.#forReading ? 0 : words[at(superblock.roCompatFeatures)],
    });
    const copy: Superblock = {
      laneCount: words[at(superblock.laneCount)],
      sequence: readU53(words, at(superblock.sequence)),
      uuid: new Uint8Array(words.buffer, superblock.uuid.offset, superblock.uuid.size),
      seed,
      sizeBytes: readU53(words, at(superblock.sizeBytes)),
      laneBytes: readU53(words, at(superblock.laneBytes)),
      catalogOffset: readU53(words, at(superblock.catalogOffset)),
      catalogBytes: readU53(words, at(superblock.catalogBytes)),
      catalogGeneration: words[at(superblock.catalogGeneration)],
      firstSequence: readU53(words, at(superblock.firstSequence)),
      spareOffset: readU53(words, at(superblock.spareOffset)),
      compatFeatures: words[at(superblock.compatFeatures)],
      incompatFeatures: words[at(superblock.incompatFeatures)],
    };
    checkBounds(copy, offset, this.#region.length);
    return copy;
  }
}

/** A checksummed superblock says these of itself: refusing is about its kind, not about damage. */
function checkKind(kind: { version: number; endian: number; incompat: number; roCompat: number }): void {
  if (kind.version !== formatVersion) {
    throw new ShelfError(
      "ERR_SHELF_FORMAT_VERSION",
      `this shelf has format version ${kind.version}; this release reads version ${formatVersion}: use a matching release`,
    );
  }
  if (kind.endian !== endianMark) {
    throw new ShelfError("ERR_SHELF_FORMAT_VERSION", "this shelf was written in another byte order");
  }
  if ((kind.incompat & ~allFeatures) !== 0 || kind.roCompat !== 0) {
    const unknown = kind.incompat & ~allFeatures;
    const instead = unknown === 0 ? ", or openReader, which needs to know none of them" : "";
    throw new ShelfError(
      "ERR_SHELF_FEATURES",
      `this shelf uses features that this release does not know (incompat 0x${unknown.toString(16)}, ` +
        `ro-compat 0x${kind.roCompat.toString(16)}); use the release that wrote it, or a newer one${instead}`,
    );
  }
}

function checkBounds(copy: Superblock, offset: number, regionBytes: number): void {
  const corrupt = (what: string): never => {
    throw new ShelfError("ERR_SHELF_CORRUPT", `the superblock at byte ${offset} is of no use: ${what}`, {
      structure: "superblock",
      offset,
    });
  };
  if (!(copy.sizeBytes >= sizeBytesMin) || copy.sizeBytes % pageBytes !== 0) corrupt("impossible size");
  if (copy.sizeBytes > regionBytes) {
    corrupt(`the shelf is ${copy.sizeBytes} bytes long, but only ${regionBytes} are there: was the file cut short?`);
  }
  const heap = heapOffset(copy);
  if (!(copy.laneCount >= 1) || !(copy.laneBytes >= pageBytes) || copy.laneBytes % pageBytes !== 0)
    corrupt("impossible lanes");
  if (!(heap < copy.sizeBytes)) corrupt("the undo lanes do not fit");
  const { catalogBytes } = copy;
  if (!(catalogBytes > catalogHeaderBytes) || catalogBytes % unitBytes !== 0) corrupt("impossible catalog length");
  for (const area of [copy.catalogOffset, copy.spareOffset]) {
    if (area % unitBytes !== 0 || !(area >= heap && area + catalogBytes <= copy.sizeBytes)) {
      corrupt("a catalog area lies outside the heap");
    }
  }
  if (!(copy.firstSequence >= 1)) corrupt("impossible first sequence number");
}

/** Where the heap starts: behind the lanes. */
export function heapOffset(fields: { readonly laneCount: number; readonly laneBytes: number }): number {
  return lanesOffset + fields.laneCount * fields.laneBytes;
}

/** Whether a region too short for a shelf begins as one: what is left of a file that was cut short. */
export function beginsAsShelf(region: Region): boolean {
  if (region.length < superblock.magic.size) return false;
  const buffer = region.view(0, superblock.magic.size);
  const [low, high] = new Uint32Array(buffer);
  region.releaseView(buffer);
  return low === magicLow && high === magicHigh;
}

const windowBytes = 2 ** 20;
const zeros = new Uint8Array(windowBytes);

/**
 * Whether nothing but zeros lies behind the superblocks. Formats exist that begin with zeros, and so may a shelf that has
 * lost its superblocks: neither may be overwritten. Reads every byte, so it is for creation alone.
 */
export function isBlankBehind(region: Region): boolean {
  for (let offset = lanesOffset; offset < region.length; offset += windowBytes) {
    const buffer = region.view(offset, Math.min(windowBytes, region.length - offset));
    const same = Buffer.compare(new Uint8Array(buffer), zeros.subarray(0, buffer.byteLength)) === 0;
    region.releaseView(buffer);
    if (!same) return false;
  }
  return true;
}
