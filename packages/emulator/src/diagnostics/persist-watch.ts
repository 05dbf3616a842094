import type { MediaWatcher } from "../power-failure/media-model.ts";
import { wholeStack } from "../power-failure/call-site.ts";
import type { Findings } from "./finding.ts";

const LINE_BYTES = 64;
const WORD_BYTES = 8;

/** Where something was asked for. */
interface Place {
  readonly stack: string;
  readonly throughView: boolean;
}

/** A line with words that are not durable for certain. Masks have one bit for each 8-byte word. */
interface UnsureLine {
  /** Words stored and not flushed since. */
  stored: number;
  /** Words flushed, or stored past the caches, and not drained since. */
  pending: number;
  /** By word. */
  readonly storedAt: Place[];
  readonly pendingAt: Place[];
}

/**
 * Watches stores, flushes and drains for those that are missing or do nothing.
 *
 * Invariant: a line is in `#lines` while a word of it is stored or pending.
 */
export class PersistWatch implements MediaWatcher {
  /** Whether the stores that are told now were made through views. */
  throughView = false;
  readonly #findings: Findings;
  /** Bytes that a flush covers at least; undefined where the caches are power-fail protected and need none. */
  readonly #unit: number | undefined;
  /** Ranges whose stores need not be durable: start, end, start, end... */
  readonly #exempt: number[] = [];
  readonly #lines: Map<number, UnsureLine> = new Map<number, UnsureLine>();
  #isDrainNeeded = false;

  constructor(findings: Findings, unit: number | undefined) {
    this.#findings = findings;
    this.#unit = unit;
  }

  exempt(offset: number, length: number): void {
    this.#exempt.push(offset, offset + length);
  }

  stored(line: number, words: number): void {
    const place = this.#place();
    let state = this.#lines.get(line);
    if (state === undefined) this.#lines.set(line, (state = { stored: 0, pending: 0, storedAt: [], pendingAt: [] }));
    state.stored |= words;
    state.pending &= ~words;
    setAt(state.storedAt, words, place);
    if (this.#unit === undefined) this.pastCaches(line * LINE_BYTES, LINE_BYTES);
  }

  pastCaches(offset: number, length: number): void {
    if (length === 0) return;
    this.#isDrainNeeded = true;
    this.#write(offset, offset + length, this.#place());
  }

  flushed(offset: number, length: number): void {
    if (length === 0 || this.#unit === undefined) return;
    const place = this.#place();
    const start = Math.floor(offset / this.#unit) * this.#unit;
    const end = Math.ceil((offset + length) / this.#unit) * this.#unit;
    if (this.#write(start, end, place)) this.#isDrainNeeded = true;
    else this.#findings.add({ kind: "redundant flush", offset, length, ...place });
  }

  drained(offset: number, length: number): void {
    if (!this.#isDrainNeeded) this.#findings.add({ kind: "redundant fence", offset: 0, length: 0, ...this.#place() });
    this.#isDrainNeeded = false;
    for (const [line, state] of this.#lines) {
      const at = line * LINE_BYTES;
      if (at + LINE_BYTES <= offset || at >= offset + length) {
        if (state.pending !== 0) this.#isDrainNeeded = true;
        continue;
      }
      state.pending = 0;
      if (state.stored === 0) this.#lines.delete(line);
    }
  }

  /** Reports the words of a range that are not durable now. */
  expectDurable(offset: number, length: number): void {
    for (const [line, { stored, pending, storedAt, pendingAt }] of this.#lines) {
      for (let word = 0; word < LINE_BYTES / WORD_BYTES; word++) {
        const at = line * LINE_BYTES + word * WORD_BYTES;
        if (at + WORD_BYTES <= offset || at >= offset + length || this.#isExempt(at)) continue;
        const bytes = { offset: at, length: WORD_BYTES };
        if ((stored & (1 << word)) !== 0) this.#findings.add({ kind: "missing flush", ...bytes, ...storedAt[word] });
        if ((pending & (1 << word)) !== 0) this.#findings.add({ kind: "missing fence", ...bytes, ...pendingAt[word] });
      }
    }
  }

  /** The words of a range are on their way: true if any of them had been stored since they were last. */
  #write(start: number, end: number, place: Place): boolean {
    let hasStored = false;
    for (const [line, state] of this.#linesIn(start, end)) {
      const mask = state.stored & wordsWithin(line, start, end);
      if (mask === 0) continue;
      hasStored = true;
      state.stored &= ~mask;
      state.pending |= mask;
      setAt(state.pendingAt, mask, place);
    }
    return hasStored;
  }

  *#linesIn(start: number, end: number): Generator<[number, UnsureLine]> {
    const first = Math.floor(start / LINE_BYTES);
    const last = Math.ceil(end / LINE_BYTES);
    if (last - first > this.#lines.size) {
      for (const entry of this.#lines) if (entry[0] >= first && entry[0] < last) yield entry;
      return;
    }
    for (let line = first; line < last; line++) {
      const state = this.#lines.get(line);
      if (state !== undefined) yield [line, state];
    }
  }

  #isExempt(offset: number): boolean {
    for (let index = 0; index < this.#exempt.length; index += 2) {
      if (offset + WORD_BYTES > this.#exempt[index] && offset < this.#exempt[index + 1]) return true;
    }
    return false;
  }

  #place(): Place {
    return { stack: wholeStack(), throughView: this.throughView };
  }
}

function setAt(places: Place[], words: number, place: Place): void {
  for (let word = 0; word < LINE_BYTES / WORD_BYTES; word++) if ((words & (1 << word)) !== 0) places[word] = place;
}

/** The words of a line that a range touches. */
function wordsWithin(line: number, start: number, end: number): number {
  const at = line * LINE_BYTES;
  const first = Math.max(0, Math.floor((start - at) / WORD_BYTES));
  const last = Math.min(LINE_BYTES / WORD_BYTES, Math.ceil((end - at) / WORD_BYTES));
  return ((1 << last) - 1) & ~((1 << first) - 1);
}
