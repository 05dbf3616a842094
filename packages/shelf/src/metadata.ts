/**
 * What a shelf says of itself on media: superblocks and catalog, kept in step.
 *
 * Invariants: `superblock` is what both copies hold; the catalog that it points to, and the spare area, are in the
 * allocator's used space; a rewritten catalog is durable before the superblock that points to it.
 */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { Catalog } from "./catalog.ts";
import { encodedName } from "./encoded-text.ts";
import { metaLength, type Operation } from "./operation.ts";
import { laneCommit, putOperation } from "./change.ts";
import { newCatalogBytes } from "./create.ts";
import { numberMeta } from "./codecs/number.ts";
import { ShelfError } from "./errors.ts";
import { channels, isWatched, News } from "./events.ts";
import { clearOperation, itemOperation } from "./item-change.ts";
import type { ItemList } from "./item-index.ts";
import {
  allFeatures,
  incompatFeature,
  nameBytesMax,
  operationHeaderBytes,
  operationKind,
  pageBytes,
  roundUp,
  unitBytes,
} from "./layout.ts";
import { listType, readListMeta } from "./list-meta.ts";
import type { NameIndex } from "./name-index.ts";
import { sealOperation } from "./seal-change.ts";
import type { Superblock, SuperblockPair } from "./superblock.ts";
import type { UndoLog } from "./undo-log.ts";
import type { Variable } from "./variable.ts";

/** What opening or creating found. */
export interface MetadataParts {
  readonly region: Region;
  readonly superblocks: SuperblockPair;
  readonly superblock: Superblock;
  readonly catalog: Catalog;
  readonly index: NameIndex;
  readonly allocator: Allocator;
}

/** Where a catalog and its spare area lie. */
type Areas = Pick<Superblock, "catalogOffset" | "catalogBytes" | "spareOffset">;

/** Areas for a catalog that is written anew. */
interface NewAreas extends Areas {
  /** What becomes of the old pair: it is the new one's other way round, has to be freed, or has been. */
  readonly old: "kept" | "released later" | "released";
}

/** Catalog bytes that only erasing may use, so that a full shelf can still be emptied. */
const eraseReserveBytes: number = 16 * unitBytes;

/**
 * A new pair of areas is as many times as large as what is written to it; it is taken when less than `slackMin` would be
 * left in the old. Twice 1.5 times the 48 bytes of a small value and its name are what the value costs at most; copying
 * what is live each time the rest is used up costs a change the writing of three to six such values. Where space is short, the
 * catalog makes do with less slack.
 */
const slackWanted = 1.5;
const slackMin = 4 / 3;
const slacksScarce: readonly number[] = [5 / 4, 17 / 16];

export class Metadata {
  readonly news: News;
  readonly #region: Region;
  readonly #superblocks: SuperblockPair;
  readonly #index: NameIndex;
  readonly #allocator: Allocator;
  #superblock: Superblock;
  #catalog: Catalog;
  /** Lets go of the catalog before this one. */
  #leave: (() => void) | undefined;

  constructor(parts: MetadataParts) {
    this.news = new News(parts.region.source);
    this.#region = parts.region;
    this.#superblocks = parts.superblocks;
    this.#superblock = parts.superblock;
    this.#catalog = parts.catalog;
    this.#index = parts.index;
    this.#allocator = parts.allocator;
  }

  get superblock(): Superblock {
    return this.#superblock;
  }

  /** The sequence number of the next frame. */
  get nextSequence(): number {
    return this.#catalog.nextSequence;
  }

  metaOf(variable: Variable): Uint8Array {
    const { pendingMeta, place } = variable;
    if (pendingMeta === undefined) return this.#catalog.operations.metaAt(place);
    return typeof pendingMeta === "number" ? numberMeta(pendingMeta) : pendingMeta;
  }

  /**
   * Commits operations that the index shows already, and with them the open generation of the undo log.
   * @throws ShelfError `ERR_SHELF_NO_SPACE` with nothing written
   */
  commit(changes: readonly Operation[], undo: UndoLog, guard: (write: () => void) => void): void {
    const operations = undo.isEmpty ? changes : [...changes, laneCommit(undo)];
    this.#announceFeatures(operations, guard);
    if (this.#fits(operations)) guard(() => this.#catalog.append(operations));
    else this.#rewriteCatalog(laneCommit(undo), this.#areasForRewrite(), guard);
  }

  /** Lets go of what a commit has left behind: what fails here is no reason to undo it. */
  settle(): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.();
  }

  /**
   * Writes the catalog anew where that makes it smaller, down to what a new shelf has or, with `shrink`, to what it needs;
   * and where that brings it nearer to the beginning.
   */
  compact(undo: UndoLog, guard: (write: () => void) => void, shrink: boolean): void {
    const least = shrink
      ? pageBytes
      : Math.min(this.#superblock.catalogBytes, newCatalogBytes(this.#superblock.sizeBytes));
    if (this.#compactOnce(undo, guard, least)) this.#compactOnce(undo, guard, least);
  }

  #compactOnce(undo: UndoLog, guard: (write: () => void) => void, leastBytes: number): boolean {
    const { catalogOffset, catalogBytes, spareOffset } = this.#superblock;
    const wanted = Math.min(catalogBytes, Math.max(leastBytes, areaBytes(this.#compactedBytes(), slackWanted)));
    const lowest = Math.min(catalogOffset, spareOffset);
    let offset = this.#allocator.tryAllocateBelow(lowest, 2 * wanted, unitBytes);
    if (offset < 0 && wanted < catalogBytes) offset = this.#allocator.tryAllocate(2 * wanted);
    if (offset < 0) return false;
    this.#rewriteCatalog(laneCommit(undo), sideBySide(offset, wanted), guard);
    guard(() => this.settle());
    return true;
  }

  /** Before an operation that older releases do not know is written, the superblock says so. */
  #announceFeatures(operations: readonly Operation[], guard: (write: () => void) => void): void {
    const { incompatFeatures } = this.#superblock;
    if (incompatFeatures === allFeatures) return;
    let needed = incompatFeatures;
    for (const operation of operations) needed |= featuresOf(operation);
    if (needed !== incompatFeatures) guard(() => this.#rewriteSuperblock({ incompatFeatures: needed }));
  }

  /** Records a longer or shorter shelf; durable on return. */
  resize(sizeBytes: number): void {
    this.#rewriteSuperblock({ sizeBytes });
    if (isWatched(channels.resize)) this.news.tell("resize", { size: sizeBytes });
  }

  /** Called at a clean close: from now on the catalog's end is exactly known. */
  seal(): void {
    this.#catalog.seal();
  }

  #fits(operations: readonly Operation[]): boolean {
    const bytes = Catalog.frameBytes(operations);
    if (isErasing(operations[0]) && operations.every(isErasing)) {
      return bytes <= this.#catalog.room;
    }
    return bytes + eraseReserveBytes <= this.#catalog.room && this.#compactedBytes() <= this.#catalog.bytes;
  }

  /**
   * Writes what the index shows, the open transaction included, into the spare area, or into a larger pair of areas. The
   * superblock that points to it is then the commit.
   */
  #rewriteCatalog(lane: Operation, areas: NewAreas, guard: (write: () => void) => void): void {
    const { catalogOffset, catalogBytes, spareOffset } = areas;
    const old = this.#superblock;
    const next = new Catalog(this.#region, {
      offset: catalogOffset,
      bytes: catalogBytes,
      generation: (old.catalogGeneration + 1) >>> 0,
      firstSequence: this.#catalog.nextSequence,
      seed: old.seed,
    });
    const catalog = this.#catalog;
    guard(() => {
      next.pack(lane);
      const adopt = this.#index.writeTo(next, (variable) => this.#writeTo(next, variable));
      next.publish();
      const { generation: catalogGeneration, firstSequence } = next;
      this.#rewriteSuperblock({ catalogOffset, catalogBytes, spareOffset, catalogGeneration, firstSequence });
      // Not before: where anything of it fails, the shelf is read on from the old one.
      adopt();
      this.#catalog = next;
    });
    this.#leave = () => {
      catalog.release();
      if (areas.old === "released later") this.#release(old);
    };
    if (isWatched(channels.rewrite)) {
      this.news.tell("rewrite", { generation: next.generation, catalogBytes: next.bytes });
    }
  }

  #writeTo(next: Catalog, variable: Variable): number {
    const list = variable.type === listType ? this.listOf(variable) : undefined;
    const isWritten = variable.isNew || variable.isRenamed;
    const place = isWritten
      ? packed(next, putOperation(variable, this.metaOf(variable)), variable)
      : next.packOf(this.#catalog, variable.place);
    if (variable.seal >= 0) next.pack(sealOperation(variable, variable.seal));
    if (list !== undefined) this.#writeItemsTo(next, list);
    return place;
  }

  #writeItemsTo(next: Catalog, list: ItemList): void {
    next.pack(clearOperation(list, false));
    this.#index.items.writeTo(list, next, (item, index) => {
      return packed(next, itemOperation(list, index, item, this.metaOf(item)), item);
    });
  }

  /** The items of a variable of type `list`. */
  listOf(variable: Variable): ItemList {
    return this.#listOf(variable, this.metaOf(variable));
  }

  #listOf(variable: Variable, meta: Uint8Array): ItemList {
    const id = readListMeta(meta);
    const list = id === undefined ? undefined : this.#index.items.list(id);
    if (list !== undefined) return list;
    throw new ShelfError("ERR_SHELF_CORRUPT", `the list "${variable.name}" is damaged; restore the shelf from a copy`, {
      structure: "list meta",
      offset: this.#catalog.offset + variable.place,
      variable: variable.name,
    });
  }

  /**
   * The spare area while that leaves enough of the catalog empty; a larger pair where there is room for one. Without room,
   * the spare area serves until it is full, less what erasing needs: so a full shelf can always be emptied.
   */
  #areasForRewrite(): NewAreas {
    const { catalogOffset, catalogBytes, spareOffset } = this.#superblock;
    const needed = this.#compactedBytes();
    if (needed * slackMin > catalogBytes) {
      const wanted = areaBytes(needed, slackWanted);
      const pair = this.#tryPair(wanted) ?? this.#growForPair(wanted);
      if (pair !== undefined) return pair;
    }
    if (needed <= catalogBytes) {
      return { catalogOffset: spareOffset, catalogBytes, spareOffset: catalogOffset, old: "kept" };
    }
    for (const slack of slacksScarce) {
      const bytes = areaBytes(needed, slack);
      const pair = this.#tryPair(bytes) ?? this.#tryPairOverOld(bytes);
      if (pair !== undefined) return pair;
    }
    return this.#allocator.refuse(2 * areaBytes(needed, slacksScarce[slacksScarce.length - 1]));
  }

  /** Two areas of free space, in one piece or in two. */
  #tryPair(bytes: number): NewAreas | undefined {
    const offset = this.#allocator.tryAllocate(2 * bytes);
    if (offset >= 0) return sideBySide(offset, bytes);
    const [catalogOffset, spareOffset] = [this.#allocator.tryAllocate(bytes), this.#allocator.tryAllocate(bytes)];
    if (spareOffset >= 0) return { catalogOffset, catalogBytes: bytes, spareOffset, old: "released later" };
    if (catalogOffset >= 0) this.#allocator.release(catalogOffset, bytes);
    return undefined;
  }

  /**
   * A pair that may lie where the old pair does: its catalog over the old spare area, which holds nothing; its spare area
   * over the old catalog, for nothing is written to it until the catalog is written anew once more, and by then neither
   * superblock copy points to the old one.
   */
  #tryPairOverOld(bytes: number): NewAreas | undefined {
    const allocator = this.#allocator;
    const old = this.#superblock;
    allocator.release(old.spareOffset, old.catalogBytes);
    const catalogOffset = allocator.tryAllocate(bytes);
    if (catalogOffset >= 0) {
      allocator.release(old.catalogOffset, old.catalogBytes);
      const spareOffset = allocator.tryAllocate(bytes);
      if (spareOffset >= 0) return { catalogOffset, catalogBytes: bytes, spareOffset, old: "released" };
      allocator.tryTake(old.catalogOffset, old.catalogBytes);
      allocator.release(catalogOffset, bytes);
    }
    allocator.tryTake(old.spareOffset, old.catalogBytes);
    return undefined;
  }

  #release({ catalogOffset, spareOffset, catalogBytes }: Areas): void {
    this.#allocator.release(catalogOffset, catalogBytes);
    this.#allocator.release(spareOffset, catalogBytes);
  }

  /** {@link #tryPair} of a shelf that grows by itself. */
  #growForPair(bytes: number): NewAreas | undefined {
    if (this.#allocator.makeRoom === undefined) return undefined;
    try {
      return sideBySide(this.#allocator.allocate(2 * bytes), bytes);
    } catch (error) {
      if (error instanceof ShelfError && error.code === "ERR_SHELF_NO_SPACE") return undefined;
      throw error;
    }
  }

  /** What a new catalog takes: header, lane commit, a frame for each name, and what erasing needs. */
  #compactedBytes(): number {
    return Catalog.packedBytes(this.#index.liveBytes + operationHeaderBytes) + eraseReserveBytes;
  }

  #rewriteSuperblock(changes: Partial<Superblock>): void {
    const next = { ...this.#superblock, ...changes, sequence: this.#superblock.sequence + 1 };
    this.#superblocks.write(next);
    this.#superblock = next;
  }
}

/** Packs the operation that puts a variable, which stays where it is in the catalog that still counts. */
function packed(next: Catalog, operation: Operation, variable: Variable): number {
  const { place } = variable;
  const newPlace = next.pack(operation);
  variable.place = place;
  return newPlace;
}

function sideBySide(offset: number, bytes: number): NewAreas {
  return { catalogOffset: offset, catalogBytes: bytes, spareOffset: offset + bytes, old: "released later" };
}

function areaBytes(needed: number, slack: number): number {
  return roundUp(Math.ceil(needed * slack), pageBytes);
}

/** The bits that tell older releases of an operation. */
function featuresOf({ kind, name, meta }: Operation): number {
  const isLong = isLongest(name) || (kind === operationKind.rename && metaLength(meta) === nameBytesMax);
  const ofName = isLong ? incompatFeature.longestNames : 0;
  if (kind <= operationKind.laneCommit) return ofName;
  return ofName | (kind === operationKind.seal ? incompatFeature.seals : incompatFeature.listsAndSwaps);
}

/** Without encoding those that cannot be: a code unit takes three bytes at most. */
function isLongest(name: string): boolean {
  return name.length * 3 >= nameBytesMax && encodedName(name).length === nameBytesMax;
}

function isErasing({ kind }: Operation): boolean {
  return kind === operationKind.erase || kind === operationKind.itemErase || kind === operationKind.listClear;
}
