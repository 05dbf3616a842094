/**
 * Who copies which piece of many: a thread of the pool, or whoever is about to change the source. Shared by every backend.
 *
 * Invariants: a piece is copied once. Its word goes from free to worker to done, or from free to caller, each time by
 * compare-and-exchange, in native/core/copy_many.cc too.
 */
import { setImmediate } from "node:timers/promises";
import { isUint8Array } from "node:util/types";
import { checkAsyncSource } from "./async-options.ts";
import { checkRange } from "./range.ts";
import type { Copy, CopyJob } from "./region.ts";

const free = 0;
const worker = 1;
const done = 2;
const caller = 3;

/**
 * How long to look again and again at a piece that another thread is copying: most pieces are done by then, and who sleeps
 * wakes up 0.1 ms later.
 */
const lookMs = 0.1;
/** How long to sleep before looking once more. */
const pauseMs = 0.05;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** A copy that has been checked. */
export interface CheckedCopy {
  readonly offset: number;
  readonly source: Uint8Array;
}

/**
 * A list of copies into `length` bytes. Of copies that go on after the call, no source may change its memory.
 * @throws TypeError, RangeError for what is none
 */
export function checkCopies(copies: readonly Copy[], length: number, goOn = true): CheckedCopy[] {
  if (!Array.isArray(copies))
    throw new TypeError(`copies must be an array of { offset, source }, got ${typeof copies}`);
  // By index into a list of our own, and each property once: the caller's list and copies may run code when they are asked.
  const checked: CheckedCopy[] = [];
  const { length: count } = copies;
  for (let at = 0; at < count; at++) {
    const copy: unknown = copies[at];
    if (typeof copy !== "object" || copy === null) throw new TypeError("each copy must be { offset, source }");
    const { offset, source } = copy as Copy;
    const bytes = goOn ? checkAsyncSource(source) : bytesOf(source);
    checkRange(offset, bytes.length, length);
    checked.push({ offset, source: bytes });
  }
  return checked;
}

function bytesOf(source: ArrayBufferView): Uint8Array {
  if (isUint8Array(source)) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new TypeError(`each source must be a TypedArray, Buffer or DataView, got ${typeof source}; wrap it in one`);
}

/** Copies as the addon takes them: their offsets and their sources. */
export function toLists(copies: readonly CheckedCopy[]): [Float64Array, Uint8Array[]] {
  const offsets = new Float64Array(copies.length);
  const sources = copies.map(({ offset, source }, at) => {
    offsets[at] = offset;
    return source;
  });
  return [offsets, sources];
}

/** The copies whose sources lie in one buffer. */
interface BufferCopies {
  /** Which copies, ascending by the beginning of their sources. */
  readonly copies: number[];
  /** The furthest end of the sources up to each of them: sources may overlap. */
  readonly ends: number[];
}

export class CopyClaims {
  /** Bytes that belong to one claim: a fraction of a millisecond of waiting. */
  static readonly pieceBytes: number = 1024 * 1024;

  /** One for each piece of each copy, in order. */
  readonly words: Int32Array;
  /** Whether a piece was copied by who was about to change it: its durability is for that thread's drain. */
  tookOver = false;
  readonly #copies: readonly CheckedCopy[];
  /** The first word of each copy. */
  readonly #firsts: readonly number[];
  readonly #byteLength: number;
  /** Made when it is first asked for. */
  #byBuffer: Map<ArrayBufferLike, BufferCopies> | undefined;
  readonly #copy: (offset: number, source: Uint8Array) => void;
  #hasEnded = false;
  #failure: Error | undefined;

  constructor(copies: readonly CheckedCopy[], copy: (offset: number, source: Uint8Array) => void) {
    let words = 0;
    let bytes = 0;
    const firsts: number[] = [];
    for (const { source } of copies) {
      firsts.push(words);
      words += Math.ceil(source.length / CopyClaims.pieceBytes);
      bytes += source.length;
    }
    this.#firsts = firsts;
    // In a buffer of its own: a short typed array without one may move.
    this.words = new Int32Array(new ArrayBuffer(4 * Math.max(1, words)));
    this.#copies = copies;
    this.#byteLength = bytes;
    this.#copy = copy;
  }

  /** {@link CopyJob.settle}. */
  settle(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): void {
    if (this.#hasEnded) return;
    const here = (this.#byBuffer ??= copiesByBuffer(this.#copies)).get(buffer);
    if (here === undefined) return;
    const end = byteOffset + byteLength;
    for (let index = firstAbove(here.ends, byteOffset); index < here.copies.length; index++) {
      const at = here.copies[index];
      const { source } = this.#copies[at];
      if (source.byteOffset >= end) return;
      const from = Math.max(0, byteOffset - source.byteOffset);
      const to = Math.min(source.length, end - source.byteOffset);
      for (let piece = Math.floor(from / CopyClaims.pieceBytes); piece * CopyClaims.pieceBytes < to; piece++) {
        this.#settlePiece(at, piece);
      }
    }
  }

  #settlePiece(at: number, piece: number): void {
    const word = this.#firsts[at] + piece;
    if (Atomics.compareExchange(this.words, word, free, caller) === free) {
      this.tookOver = true;
      this.#copyPiece(at, piece);
    }
    const isBusy = (): boolean => Atomics.load(this.words, word) === worker;
    if (!isBusy()) return;
    const until = performance.now() + lookMs;
    while (isBusy()) if (performance.now() > until) Atomics.wait(sleeper, 0, 0, pauseMs);
  }

  #copyPiece(at: number, piece: number): void {
    const { offset, source } = this.#copies[at];
    const begin = piece * CopyClaims.pieceBytes;
    try {
      this.#copy(offset + begin, source.subarray(begin, begin + CopyClaims.pieceBytes));
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  /** Copies the next piece that is free, on this thread, as the worker of a backend that has none. False if there is none. */
  copyNext(): boolean {
    const word = this.words.indexOf(free);
    const at = this.#firsts.findLastIndex((first) => first <= word);
    if (at < 0 || word - this.#firsts[at] >= Math.ceil(this.#copies[at].source.length / CopyClaims.pieceBytes))
      return false;
    this.words[word] = done;
    this.#copyPiece(at, word - this.#firsts[at]);
    return true;
  }

  /** The job that is `done` when the copies are. */
  jobOf(whenDone: Promise<void>): CopyJob {
    const copiedBytes = (): number => this.#copiedBytes();
    return {
      done: whenDone,
      settle: (...range) => this.settle(...range),
      get copiedBytes() {
        return copiedBytes();
      },
    };
  }

  #copiedBytes(): number {
    const pieces = this.words.reduce((sum, word) => sum + Number(word === done || word === caller), 0);
    return Math.min(pieces * CopyClaims.pieceBytes, this.#byteLength);
  }

  /** No piece is copied any more, also of those that are free. */
  end(): void {
    this.#hasEnded = true;
  }

  /** @throws what a copy by the caller threw; {@link lostSource} */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (sumBytes(this.#copies) !== this.#byteLength) throw lostSource();
  }
}

/** For a source whose buffer was detached meanwhile, so that nobody knows what was copied. */
export function lostSource(): TypeError {
  return new TypeError(
    "a source was transferred, or its view released or its region closed, while it was copied, so the copy is of no use; " +
      "leave sources alone until the copy has ended",
  );
}

function copiesByBuffer(copies: readonly CheckedCopy[]): Map<ArrayBufferLike, BufferCopies> {
  const byBuffer = new Map<ArrayBufferLike, BufferCopies>();
  for (const [at, { source }] of copies.entries()) {
    const here = byBuffer.get(source.buffer);
    if (here === undefined) byBuffer.set(source.buffer, { copies: [at], ends: [] });
    else here.copies.push(at);
  }
  for (const here of byBuffer.values()) {
    here.copies.sort((a, b) => copies[a].source.byteOffset - copies[b].source.byteOffset);
    let end = 0;
    for (const at of here.copies) {
      const { byteOffset, length } = copies[at].source;
      end = Math.max(end, byteOffset + length);
      here.ends.push(end);
    }
  }
  return byBuffer;
}

/** The index of the first of some ascending numbers that is above a number. */
function firstAbove(ascending: readonly number[], number: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sumBytes(copies: readonly CheckedCopy[]): number {
  return copies.reduce((sum, { source }) => sum + source.length, 0);
}

/**
 * Many copies by a backend without threads: a piece at each turn of the event loop, then `finish`, which makes them durable.
 * `copy` stores one piece; what it throws, `done` rejects with. `assertGoing` throws where the copies shall end early.
 */
export function copyPiecewise(
  copies: readonly CheckedCopy[],
  copy: (offset: number, source: Uint8Array) => void,
  assertGoing: () => void,
  finish: () => Promise<void> | void,
): CopyJob {
  const claims = new CopyClaims(copies, copy);
  const work = async (): Promise<void> => {
    try {
      do {
        await setImmediate();
        assertGoing();
      } while (claims.copyNext());
    } finally {
      claims.end();
    }
    claims.check();
    await finish();
  };
  return claims.jobOf(work());
}
