import type { Granularity, Region } from "@nodemm/pmem-native";
import { DirtyLine, type SentBytes } from "./dirty-line.ts";
import { mixAll, wordHashA, wordHashB } from "./word-hash.ts";

/** Bytes of a cache line, and of what is tracked as one in the page model too. */
const LINE_BYTES = 64;
const PAGE_BYTES = 4096;
/** Bytes that {@link MediaModel} compares and overwrites at a time. */
const CHUNK_BYTES = 4096;
const INT32S_PER_LINE = 16;

/** Is told what a program does to the medium. */
export interface MediaWatcher {
  /** Words of a line (a bit for each) have come out different: its bytes before and after. */
  stored(line: number, words: number, before: Uint8Array, after: Uint8Array): void;
  pastCaches(offset: number, length: number): void;
  flushed(offset: number, length: number): void;
  /** What was flushed of a range is durable. */
  drained(offset: number, length: number): void;
}

/**
 * What is on the medium and what may be, while a program stores, flushes and drains.
 *
 * Invariants:
 * - `volatile` is what the program reads back, as of the last store told or observed; `durable` is what the medium
 *   holds for certain. Both are whole lines; the region's length may end inside the last.
 * - a line where they differ, or whose words held other values since the last drain that covered them, is in `lines`.
 * - each 8-byte word of a line may be on the medium with its durable value or with any value that it held since (the
 *   last eight that were seen), independent of every other word: lines are evicted at any time, flushes and
 *   non-temporal stores are unordered until the drain, and only 8 bytes are failure-atomic.
 * - a drain makes durable what was flushed before it, as it was when it was flushed; on `byte` granularity (eADR) all.
 * - a drain is one of a thread, for what that thread flushed and stored past the caches: see {@link SentBytes}.
 * - a flush covers whole lines, or whole pages on `page` granularity; a non-temporal store only the words it touches.
 */
export class MediaModel {
  readonly granularity: Granularity;
  /** Bytes of the region, as far as the model knows: it outlives the region. */
  length: number;
  volatile: Uint8Array;
  durable: Uint8Array;
  volatileWords: Int32Array;
  durableWords: Int32Array;
  readonly lines: Map<number, DirtyLine> = new Map<number, DirtyLine>();
  watcher: MediaWatcher | undefined;
  /** Changes whenever the set of possible media states may have changed. */
  epoch = 0;
  /** Hash of the durable image and its length. */
  hashA = 0;
  hashB = 0;
  #flushed: DirtyLine[] = [];
  readonly #old: Uint8Array = new Uint8Array(CHUNK_BYTES + 2 * LINE_BYTES);
  readonly #oldWords: Int32Array = new Int32Array(this.#old.buffer);

  /** Takes over two arrays of whole lines with the same content; `hash` is that content's, if known. */
  constructor(
    granularity: Granularity,
    length: number,
    volatile: Uint8Array,
    durable: Uint8Array,
    hash?: readonly [number, number],
  ) {
    this.granularity = granularity;
    this.length = length;
    this.volatile = volatile;
    this.durable = durable;
    this.volatileWords = int32sOf(volatile);
    this.durableWords = int32sOf(durable);
    if (hash === undefined) this.#hashAll();
    else [this.hashA, this.hashB] = hash;
  }

  /** A model of a medium that holds what a region holds now. No view of it may be live. */
  static of(region: Region): MediaModel {
    const view = region.view(0, region.length);
    const volatile = new Uint8Array(wholeLines(region.length));
    volatile.set(new Uint8Array(view));
    region.releaseView(view);
    return new MediaModel(region.granularity, region.length, volatile, volatile.slice());
  }

  /** Lengthens both images to `byteLength` bytes with zeros that are durable at once. */
  grow(byteLength: number): void {
    this.hashA ^= mixAll(this.length) ^ mixAll(byteLength);
    this.length = byteLength;
    const capacity = wholeLines(byteLength);
    if (capacity > this.volatile.length) {
      this.volatile = enlarged(this.volatile, capacity);
      this.durable = enlarged(this.durable, capacity);
      this.volatileWords = int32sOf(this.volatile);
      this.durableWords = int32sOf(this.durable);
    }
    this.epoch++;
  }

  /** Notes the stores that a program made through a view: every difference between it and the volatile bytes. */
  observe(view: Buffer, offset: number): void {
    const length = view.length;
    if (length === 0 || view.compare(this.volatile, offset, offset + length) === 0) return;
    for (let at = 0; at < length;) {
      const stop = Math.min(length, at + CHUNK_BYTES);
      if (view.compare(this.volatile, offset + at, offset + stop, at, stop) !== 0) {
        this.store(offset + at, view.subarray(at, stop));
      }
      at = stop;
    }
  }

  /** Notes a cached store: dirty until flushed and drained. */
  store(offset: number, source: Uint8Array): void {
    this.#overwrite(offset, source.length, (at, stop) => {
      const whole = at === offset && stop === offset + source.length;
      this.volatile.set(whole ? source : source.subarray(at - offset, stop - offset), at);
    });
  }

  fill(offset: number, length: number, byte: number): void {
    this.#overwrite(offset, length, (at, stop) => this.volatile.fill(byte, at, stop));
  }

  /** Notes a copy between two ranges that do not overlap. */
  move(target: number, source: number, length: number): void {
    this.#overwrite(target, length, (at, stop) =>
      this.volatile.copyWithin(at, source + (at - target), source + (stop - target)),
    );
  }

  /**
   * The stores of a range were non-temporal: durable at the next drain, word by word.
   * @param sent what collects them, if another thread makes them and drains
   */
  pastCaches(offset: number, length: number, sent?: SentBytes): void {
    this.watcher?.pastCaches(offset, length);
    if (length > 0) this.#flushWords(offset, offset + length, sent, true);
  }

  /**
   * The lines (or pages) of a range have been told to write back: durable at the next drain.
   * @param sent what collects them, if it is another thread that has told them, and drains
   */
  flush(offset: number, length: number, sent?: SentBytes): void {
    this.watcher?.flushed(offset, length);
    if (length === 0) return;
    const [start, end] = this.#unitsOf(offset, length);
    this.#flushWords(start, end, sent, false);
  }

  /** The whole lines or pages of a range. */
  #unitsOf(offset: number, length: number): [start: number, end: number] {
    const unit = this.granularity === "page" ? PAGE_BYTES : LINE_BYTES;
    return [Math.floor(offset / unit) * unit, Math.ceil((offset + length) / unit) * unit];
  }

  drain(): void {
    this.watcher?.drained(0, this.length);
    // With the caches inside the power-fail-protected domain every store before the fence is durable, flushed or not.
    if (this.granularity === "byte") {
      for (const dirty of this.lines.values()) {
        dirty.flush(0xff);
        this.#drainLine(dirty);
      }
    } else {
      for (const dirty of this.#flushed) this.#drainLine(dirty);
    }
    this.#flushed = [];
  }

  /** A drain by the thread that has sent these bytes, of this range. */
  drainSent(offset: number, length: number, sent: SentBytes): void {
    if (length === 0) return;
    const [start, end] = this.#unitsOf(offset, length);
    this.watcher?.drained(start, end - start);
    if (this.granularity === "byte") this.flush(offset, length, sent);
    const all = sent.words;
    let kept = 0;
    for (const words of all) {
      const { dirty } = words;
      if (dirty.line * LINE_BYTES < start || dirty.line * LINE_BYTES >= end) {
        all[kept++] = words;
        continue;
      }
      // Otherwise this thread has made durable what the line held since, and it was found clean.
      if (this.lines.get(dirty.line) !== dirty) continue;
      const at = dirty.line * INT32S_PER_LINE;
      const content = words.words ?? this.volatileWords;
      const from = words.words === undefined ? at : 0;
      for (let word = 0; word < 8; word++) {
        if ((words.mask & (1 << word)) === 0) continue;
        this.#settle(at + 2 * word, content[from + 2 * word], content[from + 2 * word + 1]);
      }
      dirty.arrived(words);
      this.#forgetIfClean(dirty);
      this.epoch++;
    }
    all.length = kept;
  }

  #flushWords(start: number, end: number, sent: SentBytes | undefined, areStores: boolean): void {
    if (this.lines.size === 0) return;
    const first = Math.floor(start / LINE_BYTES);
    const last = Math.ceil(end / LINE_BYTES) - 1;
    if (last - first < this.lines.size) {
      for (let line = first; line <= last; line++) this.#flushLine(this.lines.get(line), start, end, sent, areStores);
    } else {
      for (const dirty of this.lines.values()) {
        if (dirty.line >= first && dirty.line <= last) this.#flushLine(dirty, start, end, sent, areStores);
      }
    }
  }

  #flushLine(
    dirty: DirtyLine | undefined,
    start: number,
    end: number,
    sent: SentBytes | undefined,
    areStores: boolean,
  ): void {
    if (dirty === undefined) return;
    const from = dirty.line * LINE_BYTES;
    const firstWord = start <= from ? 0 : (start - from) >>> 3;
    const lastWord = end >= from + LINE_BYTES ? 7 : (end - from - 1) >>> 3;
    const mask = (0xff << firstWord) & (0xff >> (7 - lastWord));
    if (sent !== undefined) {
      sent.words.push(dirty.send(mask, areStores ? sent : undefined));
      return;
    }
    if (dirty.pendingMask === 0) this.#flushed.push(dirty);
    dirty.flush(mask);
  }

  #drainLine(dirty: DirtyLine): void {
    const at = dirty.line * INT32S_PER_LINE;
    for (let word = 0; word < 8; word++) {
      if ((dirty.pendingMask & (1 << word)) === 0) continue;
      const index = at + 2 * word;
      const saved = dirty.savedMask & (1 << word);
      this.#settle(
        index,
        saved ? dirty.saved![2 * word] : this.volatileWords[index],
        saved ? dirty.saved![2 * word + 1] : this.volatileWords[index + 1],
      );
    }
    dirty.drained();
    this.#forgetIfClean(dirty);
    this.epoch++;
  }

  #forgetIfClean(dirty: DirtyLine): void {
    if (dirty.versions.length > 0 || dirty.pendingMask !== 0) return;
    // A line may have been found clean, and become dirty anew, since it was flushed.
    if (this.lines.get(dirty.line) !== dirty) return;
    const at = dirty.line * INT32S_PER_LINE;
    for (let index = at; index < at + INT32S_PER_LINE; index++) {
      if (this.volatileWords[index] !== this.durableWords[index]) return;
    }
    this.lines.delete(dirty.line);
  }

  #settle(index: number, low: number, high: number): void {
    const oldLow = this.durableWords[index];
    const oldHigh = this.durableWords[index + 1];
    if (oldLow === low && oldHigh === high) return;
    const word = index >>> 1;
    this.hashA ^= wordHashA(word, oldLow, oldHigh) ^ wordHashA(word, low, high);
    this.hashB ^= wordHashB(word, oldLow, oldHigh) ^ wordHashB(word, low, high);
    this.durableWords[index] = low;
    this.durableWords[index + 1] = high;
  }

  /** Lets `write` change `volatile[at, stop)` chunk by chunk, and notes the words that came out different. */
  #overwrite(offset: number, length: number, write: (at: number, stop: number) => void): void {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const stop = Math.min(end, at + CHUNK_BYTES);
      const firstLine = Math.floor(at / LINE_BYTES);
      const lastLine = Math.ceil(stop / LINE_BYTES);
      this.#old.set(this.volatile.subarray(firstLine * LINE_BYTES, lastLine * LINE_BYTES));
      write(at, stop);
      for (let line = firstLine; line < lastLine; line++) this.#compareLine(line, (line - firstLine) * INT32S_PER_LINE);
      at = stop;
    }
  }

  #compareLine(line: number, oldAt: number): void {
    const old = this.#oldWords;
    const now = this.volatileWords;
    const at = line * INT32S_PER_LINE;
    let changed = 0;
    let superseded = 0;
    for (let word = 0; word < 8; word++) {
      const from = oldAt + 2 * word;
      const to = at + 2 * word;
      if (old[from] === now[to] && old[from + 1] === now[to + 1]) continue;
      changed |= 1 << word;
      if (old[from] !== this.durableWords[to] || old[from + 1] !== this.durableWords[to + 1]) superseded |= 1 << word;
    }
    if (changed === 0) return;
    let dirty = this.lines.get(line);
    if (dirty === undefined) this.lines.set(line, (dirty = new DirtyLine(line)));
    dirty.change(changed, superseded, old, oldAt);
    if (this.watcher !== undefined) this.#tellStored(this.watcher, line, changed, oldAt);
    this.epoch++;
  }

  #tellStored(watcher: MediaWatcher, line: number, changed: number, oldAt: number): void {
    const at = line * LINE_BYTES;
    const before = this.#old.subarray(oldAt * 4, oldAt * 4 + LINE_BYTES);
    watcher.stored(line, changed, before, this.volatile.subarray(at, at + LINE_BYTES));
  }

  #hashAll(): void {
    this.hashA = mixAll(this.length);
    const words = this.durableWords;
    for (let index = 0; index < words.length; index += 2) {
      if ((words[index] | words[index + 1]) === 0) continue;
      this.hashA ^= wordHashA(index >>> 1, words[index], words[index + 1]);
      this.hashB ^= wordHashB(index >>> 1, words[index], words[index + 1]);
    }
  }
}

/** `byteLength` rounded up to whole lines. */
export function wholeLines(byteLength: number): number {
  return Math.ceil(byteLength / LINE_BYTES) * LINE_BYTES;
}

function int32sOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
}

function enlarged(bytes: Uint8Array, byteLength: number): Uint8Array {
  const larger = new Uint8Array(byteLength);
  larger.set(bytes);
  return larger;
}
