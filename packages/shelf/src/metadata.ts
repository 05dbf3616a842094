/**
 * What a shelf says of itself on media: superblocks and catalog, kept in step.
 *
 * Invariants: `superblock` is what both copies hold; the catalog that it points to, and the spare area, are in the
 * allocator's used space; a rewritten catalog is durable before the superblock that points to it.
 */
import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { Catalog } from "./catalog.ts";
import type { Operation } from "./operation.ts";
import { laneCommit, NameChange } from "./change.ts";
import { ShelfError } from "./errors.ts";
import { isWatched, tell } from "./events.ts";
import { clearOperation, itemOperation } from "./item-change.ts";
import type { ItemList } from "./item-index.ts";
import { catalogHeaderBytes, incompatFeature, operationKind, pageBytes, roundUp, unitBytes } from "./layout.ts";
import { listType, readListMeta } from "./list-meta.ts";
import type { NameIndex } from "./name-index.ts";
import { sealBytes, sealOperation } from "./seal-change.ts";
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

/** Catalog bytes that only erasing may use, so that a full shelf can still be emptied. */
const eraseReserveBytes: number = 16 * unitBytes;

const allFeatures: number = incompatFeature.listsAndSwaps | incompatFeature.seals;

export class Metadata {
  readonly #region: Region;
  readonly #superblocks: SuperblockPair;
  readonly #index: NameIndex;
  readonly #allocator: Allocator;
  #superblock: Superblock;
  #catalog: Catalog;

  constructor(parts: MetadataParts) {
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
    return variable.pendingMeta ?? this.#catalog.readMeta(variable.metaOffset, variable.metaBytes);
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

  /** Writes the catalog anew where that makes it smaller or brings it nearer to the beginning. */
  compact(undo: UndoLog, guard: (write: () => void) => void): void {
    const { catalogOffset, catalogBytes, spareOffset } = this.#superblock;
    const wanted = Math.min(catalogBytes, roundUp(2 * this.#compactedBytes(), pageBytes));
    const lowest = Math.min(catalogOffset, spareOffset);
    let offset = this.#allocator.tryAllocateBelow(lowest, 2 * wanted, unitBytes);
    if (offset < 0 && wanted < catalogBytes) offset = this.#allocator.tryAllocate(2 * wanted);
    if (offset < 0) return;
    const areas = { catalogOffset: offset, catalogBytes: wanted, spareOffset: offset + wanted };
    this.#rewriteCatalog(laneCommit(undo), areas, guard);
  }

  /** Before an operation that older releases do not know is written, the superblock says so. */
  #announceFeatures(operations: readonly Operation[], guard: (write: () => void) => void): void {
    const { incompatFeatures } = this.#superblock;
    if (incompatFeatures === allFeatures) return;
    let needed = incompatFeatures;
    for (const { kind } of operations) needed |= featureOf(kind);
    if (needed !== incompatFeatures) guard(() => this.#rewriteSuperblock({ incompatFeatures: needed }));
  }

  /** Records a longer or shorter shelf; durable on return. */
  resize(sizeBytes: number): void {
    this.#rewriteSuperblock({ sizeBytes });
    if (isWatched("resize")) tell("resize", this.#region.source, { size: sizeBytes });
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
  #rewriteCatalog(lane: Operation, areas: Areas, guard: (write: () => void) => void): void {
    const old = this.#superblock;
    const next = new Catalog(this.#region, {
      offset: areas.catalogOffset,
      bytes: areas.catalogBytes,
      generation: (old.catalogGeneration + 1) >>> 0,
      firstSequence: this.#catalog.nextSequence,
      seed: old.seed,
    });
    const catalog = this.#catalog;
    guard(() => {
      next.write([lane]);
      this.#index.moveTo(next, (variable) => this.#writeTo(next, variable));
      this.#catalog = next;
      next.publish();
      this.#rewriteSuperblock({ ...areas, catalogGeneration: next.generation, firstSequence: next.firstSequence });
    });
    catalog.release();
    if (isWatched("rewrite")) {
      tell("rewrite", this.#region.source, { generation: next.generation, catalogBytes: next.bytes });
    }
    if (areas.spareOffset !== old.catalogOffset) {
      this.#allocator.release(old.catalogOffset, old.catalogBytes);
      this.#allocator.release(old.spareOffset, old.catalogBytes);
    }
  }

  #writeTo(next: Catalog, variable: Variable): number {
    const meta = this.metaOf(variable);
    const place = next.write([NameChange.put(variable, meta)]);
    variable.pendingMeta = undefined;
    if (variable.seal >= 0) {
      next.write([sealOperation(variable, variable.seal)]);
      variable.recordBytes += sealBytes(variable);
    }
    if (variable.type === listType) this.#writeItemsTo(next, this.#listOf(variable, meta));
    return place;
  }

  #writeItemsTo(next: Catalog, list: ItemList): void {
    next.write([clearOperation(list, false)]);
    this.#index.items.writeTo(list, (item, index) => {
      const place = next.write([itemOperation(list, index, item, this.metaOf(item))]);
      item.pendingMeta = undefined;
      return place;
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
      offset: variable.metaOffset,
      variable: variable.name,
    });
  }

  /**
   * The spare area while it leaves the catalog half empty; a larger pair where there is room for one. Without room, the
   * spare area serves until it is full, less what erasing needs: so a full shelf can always be emptied.
   */
  #areasForRewrite(): Areas {
    const { catalogOffset, catalogBytes, spareOffset } = this.#superblock;
    const needed = this.#compactedBytes();
    const wanted = roundUp(2 * needed, pageBytes);
    if (wanted > catalogBytes) {
      const offset = this.#allocator.tryAllocate(2 * wanted);
      if (offset >= 0) return { catalogOffset: offset, catalogBytes: wanted, spareOffset: offset + wanted };
    }
    if (needed > catalogBytes) {
      const offset = this.#allocator.allocate(2 * wanted);
      return { catalogOffset: offset, catalogBytes: wanted, spareOffset: offset + wanted };
    }
    return { catalogOffset: spareOffset, catalogBytes, spareOffset: catalogOffset };
  }

  /** What a new catalog takes: header, lane commit, a frame for each name, and what erasing needs. */
  #compactedBytes(): number {
    return catalogHeaderBytes + unitBytes + this.#index.liveBytes + eraseReserveBytes;
  }

  #rewriteSuperblock(changes: Partial<Superblock>): void {
    const next = { ...this.#superblock, ...changes, sequence: this.#superblock.sequence + 1 };
    this.#superblocks.write(next);
    this.#superblock = next;
  }
}

/** The bit that tells older releases of a kind of operation, or 0. */
function featureOf(kind: Operation["kind"]): number {
  if (kind <= operationKind.laneCommit) return 0;
  return kind === operationKind.seal ? incompatFeature.seals : incompatFeature.listsAndSwaps;
}

function isErasing({ kind }: Operation): boolean {
  return kind === operationKind.erase || kind === operationKind.itemErase || kind === operationKind.listClear;
}
