import type { Durability, Granularity } from "@nodemm/pmem-native";
import { formatVersion } from "./layout.ts";
import type { Store } from "./store.ts";
import type { Variable } from "./variable.ts";

/** How a shelf uses its space, in bytes. */
export interface ShelfUsage {
  readonly size: number;
  /** All that is not free: data, catalog, log, and what the medium's order costs. */
  readonly used: number;
  readonly free: number;
  /** Of `used`: the catalog and its spare area, which hold names, small values and the items of lists. */
  readonly catalog: number;
  /** Of `used`: scratch values. */
  readonly scratch: number;
  /** Of the catalog: what is live in it. The rest is room for changes, and for writing it anew. */
  readonly catalogLive: number;
  /** The largest piece of free space: what the next variable can take. */
  readonly largestExtent: number;
  /** Pieces that the free space is in. */
  readonly freeExtents: number;
  /** How far the free space is from being one piece: 0 where it is, towards 1 the smaller the largest piece. */
  readonly fragmentation: number;
  readonly names: number;
}

/** What the shelf knows about one variable without opening it. */
export interface VariableInfo {
  readonly name: string;
  readonly type: string;
  /** 1 at creation, one more at each replacement. */
  readonly version: number;
  /**
   * When the name was first given a value, in whole seconds once that has been replaced. Renaming and swapping take it along.
   */
  readonly created: Date;
  /** When it was last set. */
  readonly modified: Date;
  /** Bytes of data and meta. */
  readonly byteLength: number;
  /** Where its bytes of data lie, from the start of the shelf; 0 for a value that lies in the catalog. */
  readonly offset: number;
  /** Whether its bytes have a checksum that `check` compares. */
  readonly sealed: boolean;
  /** Whether the open transaction has set it: if that is undone, it is gone, or what it was before. */
  readonly pending: boolean;
}

/** What a shelf says of itself. */
export interface ShelfInspection {
  readonly source: string;
  /** Given at creation: 32 hexadecimal digits. */
  readonly uuid: string;
  readonly formatVersion: number;
  /** The superblock's word of features that a reader must know, and how often it has been rewritten. */
  readonly incompatFeatures: number;
  readonly superblockSequence: number;
  /** How often the catalog has been written anew, plus one. */
  readonly catalogGeneration: number;
  readonly granularity: Granularity;
  readonly durability: Durability;
  readonly usage: ShelfUsage;
  /** In the order of their creation; where asked for. */
  readonly variables?: readonly VariableInfo[];
}

export function uuidOf({ superblock }: Store): string {
  return Buffer.from(superblock.uuid).toString("hex");
}

export function infoOf(variable: Variable): VariableInfo {
  const { name, type, version, modified, created, extentOffset: offset, extentBytes, metaBytes } = variable;
  return {
    name,
    type,
    version,
    created: new Date(created === 0 ? modified : created * 1000),
    modified: new Date(modified),
    byteLength: extentBytes + metaBytes,
    offset,
    sealed: variable.seal >= 0,
    pending: variable.isNew,
  };
}

export function usageOf({ allocator, superblock, index, scratchBytes }: Store): ShelfUsage {
  const { free, largest, extents } = allocator;
  const { sizeBytes: size, catalogBytes } = superblock;
  return {
    size,
    used: size - free,
    free,
    catalog: 2 * catalogBytes,
    scratch: scratchBytes,
    catalogLive: index.liveBytes,
    largestExtent: largest,
    freeExtents: extents,
    fragmentation: free === 0 ? 0 : 1 - largest / free,
    names: index.size,
  };
}

export function inspectShelf(store: Store, variables: boolean): ShelfInspection {
  const { superblock, region, index } = store;
  return {
    source: region.source,
    uuid: uuidOf(store),
    formatVersion,
    incompatFeatures: superblock.incompatFeatures,
    superblockSequence: superblock.sequence,
    catalogGeneration: superblock.catalogGeneration,
    granularity: region.granularity,
    durability: region.durability,
    usage: usageOf(store),
    ...(variables && { variables: [...index.values()].map(infoOf) }),
  };
}
