import { checkOptions, type Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { type Change, NameChange } from "./change.ts";
import { ItemChange } from "./item-change.ts";
import { alignmentMax, pageBytes, roundUp, unitBytes } from "./layout.ts";
import type { NameIndex } from "./name-index.ts";
import type { Meta } from "./operation.ts";
import { quarantineType } from "./quarantine.ts";
import { attachedMark, marksOf, movingMark } from "./readers/marks.ts";
import { SealChange } from "./seal-change.ts";
import type { Transactions } from "./transactions.ts";
import type { Values } from "./values.ts";
import type { Variable } from "./variable.ts";

export interface CompactOptions {
  /**
   * Move what has been handed out as well: its handles are detached, `get` gives new ones. False by default. While a worker
   * is attached nothing is moved, for its handles are its own.
   */
  readonly detachViews?: boolean;
  /**
   * Make the shelf as small as what it then holds. Its file is cut when the shelf is closed; a region keeps its length.
   * False by default.
   */
  readonly shrink?: boolean;
}

/** @throws TypeError */
export function readCompactOptions(options: CompactOptions): Required<CompactOptions> {
  checkOptions("compact", options, ["detachViews", "shrink"] satisfies (keyof CompactOptions)[]);
  const { detachViews = false, shrink = false } = options;
  for (const [name, value] of Object.entries({ detachViews, shrink })) {
    if (typeof value !== "boolean") throw new TypeError(`${name} must be true or false, got ${typeof value}`);
  }
  return { detachViews, shrink };
}

export interface CompactReport {
  /** Extents that were moved, and their bytes. */
  readonly moved: number;
  readonly movedBytes: number;
  /**
   * Bytes that stayed where they are because a handle to them has been given out, an asynchronous copy goes on, or a worker
   * is attached.
   */
  readonly pinnedBytes: number;
  /** How much smaller the shelf is now. */
  readonly givenBackBytes: number;
}

export interface CompactParts {
  readonly region: Region;
  readonly index: NameIndex;
  readonly allocator: Allocator;
  readonly values: Values;
  readonly transactions: Transactions;
  readonly show: (change: Change) => void;
}

/** Something with an extent, and how it is shown at another place. */
interface Movable {
  readonly variable: Variable;
  readonly replace: (from: Variable, to: Variable) => readonly Change[];
}

/** Bytes that one transaction moves: what a crash can lose of the work, and how much space it holds twice. */
const batchBytesMax: number = 32 * 2 ** 20;
const batchMovesMax = 256;
/** An extent is moved twice for free space before it of at least this part of its bytes. */
const slideShareMin: number = 1 / 16;

type Moved = Omit<CompactReport, "givenBackBytes">;

/**
 * Moves extents towards the beginning: first each, from the last, into free space that takes it; then those that have
 * free space just before them, by way of another place, since a copy onto itself could not be undone. Each move is what
 * setting a large value is: the bytes go where nothing is, and one frame makes it so.
 */
export function compactExtents(parts: CompactParts, detachViews: boolean): Moved {
  const marks = marksOf(parts.region);
  // In this order: whoever attaches marks that first and then looks for this, so that one of the two sees the other.
  marks?.set(movingMark);
  try {
    return moveExtents(parts, detachViews, marks?.heldByOthers(attachedMark, attachedMark + 1) === true);
  } finally {
    marks?.clear(movingMark);
  }
}

function moveExtents(parts: CompactParts, detachViews: boolean, isAttached: boolean): Moved {
  const { allocator } = parts;
  const candidates: Movable[] = [];
  let pinnedBytes = 0;
  for (const each of movables(parts.index)) {
    if (detachViews && !isAttached) parts.transactions.release(each.variable);
    const isPinned = isAttached || each.variable.isPinned || each.variable.type === quarantineType;
    if (isPinned) pinnedBytes += each.variable.extentBytes;
    else candidates.push(each);
  }
  candidates.sort((a, b) => b.variable.extentOffset - a.variable.extentOffset);

  const mover = new Mover(parts);
  const lower = (variable: Variable): number =>
    allocator.tryAllocateBelow(variable.extentOffset, variable.extentBytes, alignmentOf(variable));
  const elsewhere = (variable: Variable): number => allocator.tryAllocate(variable.extentBytes, alignmentOf(variable));
  const { stayed } = mover.move(candidates, lower);
  for (const each of stayed.reverse()) {
    const { extentOffset, extentBytes } = each.variable;
    const lowest = roundUp(extentOffset - allocator.freeBefore(extentOffset), alignmentOf(each.variable));
    if (extentOffset - lowest < Math.max(unitBytes, extentBytes * slideShareMin)) continue;
    mover.move(mover.move([each], elsewhere).moved, lower);
  }
  return { moved: mover.moved, movedBytes: mover.movedBytes, pinnedBytes };
}

/** Moves extents, many in a transaction. */
class Mover {
  moved = 0;
  movedBytes = 0;
  readonly #parts: CompactParts;

  constructor(parts: CompactParts) {
    this.#parts = parts;
  }

  /** Moves each to the place, already allocated, that `place` gives; where it gives -1 the extent stays. */
  move(all: readonly Movable[], place: (variable: Variable) => number): { moved: Movable[]; stayed: Movable[] } {
    const { transactions, values, show } = this.#parts;
    const [moved, stayed]: [Movable[], Movable[]] = [[], []];
    for (let next = 0; next < all.length;) {
      transactions.change(() => {
        let bytes = 0;
        for (let count = 0; next < all.length && count < batchMovesMax && bytes < batchBytesMax; next++, count++) {
          const { variable, replace } = all[next];
          const offset = place(variable);
          if (offset < 0) {
            stayed.push(all[next]);
            continue;
          }
          const copy = values.move(variable, offset);
          for (const change of replace(variable, copy)) show(change);
          moved.push({ variable: copy, replace });
          bytes += variable.extentBytes;
        }
        this.movedBytes += bytes;
      });
    }
    this.moved += moved.length;
    return { moved, stayed };
  }
}

function* movables(index: NameIndex): Generator<Movable> {
  for (const variable of index.values()) {
    if (variable.extentBytes === 0) continue;
    yield { variable, replace: moveName };
  }
  for (const list of index.items.lists()) {
    index.items.hold(list);
    for (const [at, item] of list.items.entries()) {
      if (typeof item !== "object" || item.extentBytes === 0) continue;
      yield { variable: item, replace: (_, to) => [ItemChange.replace(list, at, to)] };
    }
  }
}

/** A put takes the seal off; the bytes are the same, so it is put on again. */
function moveName(from: Variable, to: Variable): Change[] {
  const put = NameChange.put(to, to.pendingMeta as Meta, from);
  return from.seal < 0 ? [put] : [put, new SealChange(to, from.seal)];
}

/**
 * The alignment that an extent keeps: what it has, asked for or by chance, up to a page, or up to a huge page where it is
 * that large. More would tie extents down that only happen to lie at a large power of two.
 */
function alignmentOf({ extentOffset, extentBytes }: Variable): number {
  const most = extentBytes >= alignmentMax ? alignmentMax : pageBytes;
  let alignment = unitBytes;
  while (alignment < most && extentOffset % (2 * alignment) === 0) alignment *= 2;
  return alignment;
}
