/**
 * Extents that the catalog no longer names, but that somebody may still look at: they are not given to anything else until
 * every reader of an earlier catalog has refreshed or gone, and every shared view of them is let go. `docs/readers.md` has
 * the argument.
 *
 * Invariant: an extent is in limbo, in the allocator's free space, or owned; never in two of them.
 */
import type { Marks } from "@nodemm/pmem-native";
import type { Allocator } from "../allocator.ts";
import { roundUp, unitBytes } from "../layout.ts";

interface Waiting {
  readonly offset: number;
  readonly bytes: number;
  /** Readers marked below this number may look at it. */
  readonly until: number;
  /** Whether a thread may look at it through a shared view; undefined where none was made. */
  readonly isShared: (() => boolean) | undefined;
}

export class Limbo {
  readonly #marks: Marks | undefined;
  readonly #allocator: Allocator;
  /** In ascending order of `until`. */
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(marks: Marks | undefined, allocator: Allocator) {
    this.#marks = marks;
    this.#allocator = allocator;
    allocator.reclaim = () => this.#bytes > 0 && this.drain();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Frees an extent that no catalog from the one with `until` as its next sequence number on names. */
  release(offset: number, bytes: number, until: number, isShared?: () => boolean): void {
    if (this.#waiting.length === 0 && isShared === undefined && !this.#isSeen(until)) {
      this.#allocator.release(offset, bytes);
      return;
    }
    this.hold(offset, bytes, until, isShared);
    // Often enough that limbo stays small, rarely enough that releasing stays cheap while a reader holds it.
    if ((this.#waiting.length & 63) === 0) this.drain();
  }

  /** {@link release} of what is known to be looked at. */
  hold(offset: number, bytes: number, until: number, isShared?: () => boolean): void {
    const whole = roundUp(bytes, unitBytes);
    // An extent that an asynchronous write kept comes late, behind those of later catalogs.
    const last = this.#waiting.at(-1)?.until ?? 0;
    this.#waiting.push({ offset, bytes: whole, until: Math.max(until, last), isShared });
    this.#bytes += whole;
  }

  /** Frees what nobody can look at any more. True if that is anything. */
  drain(): boolean {
    const waiting = this.#waiting;
    if (waiting.length === 0) return false;
    // A reader that may look at one may look at all behind it.
    let unseen = this.#isSeen(waiting[waiting.length - 1].until) ? 0 : waiting.length;
    // Not beyond the end: the reader that was just asked about may refresh, or go, at any moment.
    if (unseen === 0) while (unseen < waiting.length && !this.#isSeen(waiting[unseen].until)) unseen++;
    this.#waiting = waiting.filter(({ offset, bytes, isShared }, index) => {
      if (index >= unseen || isShared?.() === true) return true;
      this.#allocator.release(offset, bytes);
      this.#bytes -= bytes;
      return false;
    });
    return this.#waiting.length < waiting.length;
  }

  #isSeen(until: number): boolean {
    return this.#marks?.heldByOthers(0, until) === true;
  }
}
