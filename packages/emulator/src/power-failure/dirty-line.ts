/** Superseded contents remembered of a word; the oldest is forgotten first. */
const VERSIONS_MAX = 8;
const NONE: readonly SentWords[] = [];

/** A content that a line had for a while and that may have reached the medium then. */
export interface Version {
  readonly words: Int32Array;
  /** Words (bit per 8-byte word) for which this content is still possible. */
  mask: number;
  /** Words for which the next drain rules this content out, because a later one was flushed. */
  retiring: number;
}

/** What another thread writes back, or stores past the caches, until its drain. */
export class SentBytes {
  /** Whether its stores have been made by now: before that, a flush by the program's own thread may come too early. */
  isStored: boolean;
  readonly words: SentWords[] = [];

  constructor(isStored = false) {
    this.isStored = isStored;
  }
}

/** The part of it that lies on one line. */
export interface SentWords {
  readonly dirty: DirtyLine;
  /** Words (bit per 8-byte word) that its drain makes durable. */
  mask: number;
  /** What the line held when they were sent; undefined while it has not changed since. */
  words: Int32Array | undefined;
  /** Of which they are stores; undefined if they are written back. */
  readonly stores: SentBytes | undefined;
  /** Contents that the line had before. */
  readonly older: readonly Version[];
  /** Words that this thread has flushed since. */
  flushedSince: number;
}

/**
 * A cache line of which the medium may hold something else than the durable image says.
 *
 * Masks have one bit per 8-byte word. `pendingMask`: words that the next drain makes durable. Their content is the
 * line's present one, except for the words in `savedMask`, which changed after the flush: theirs is in `saved`.
 */
export class DirtyLine {
  /** Index of the line: its offset / 64. */
  readonly line: number;
  readonly versions: Version[] = [];
  pendingMask = 0;
  savedMask = 0;
  saved: Int32Array | undefined;
  /** What other threads have not drained yet, the earliest first. */
  #sent: readonly SentWords[] = NONE;

  constructor(line: number) {
    this.line = line;
  }

  /** Words in `changed` have a new content; the old line is `old[at, at + 16)`, and not durable where `superseded`. */
  change(changed: number, superseded: number, old: Int32Array, at: number): void {
    // What a word held between its flush and the drain is open after it, even where it is what is durable before it.
    let open = superseded | (changed & this.savedMask);
    for (const sent of this.#sent) {
      sent.words ??= old.slice(at, at + 16);
      open |= changed & sent.mask;
    }
    const save = changed & this.pendingMask & ~this.savedMask;
    if (save !== 0) {
      this.saved ??= new Int32Array(16);
      for (let word = 0; word < 8; word++) {
        if ((save & (1 << word)) === 0) continue;
        this.saved[2 * word] = old[at + 2 * word];
        this.saved[2 * word + 1] = old[at + 2 * word + 1];
      }
      this.savedMask |= save;
    }
    if (open === 0) return;
    if (this.versions.length >= VERSIONS_MAX) this.#forgetOldest(open);
    this.versions.push({ words: old.slice(at, at + 16), mask: open, retiring: 0 });
  }

  /** Makes room for one more content of each of these words. */
  #forgetOldest(words: number): void {
    for (let word = 1; word <= words; word <<= 1) {
      if ((words & word) === 0) continue;
      const holding = this.versions.filter(({ mask }) => (mask & word) !== 0);
      if (holding.length >= VERSIONS_MAX) holding[0].mask &= ~word;
    }
    this.#dropEmpty();
  }

  flush(words: number): void {
    const mask = words & ~this.#unstored();
    this.pendingMask |= mask;
    this.savedMask &= ~mask;
    for (const version of this.versions) version.retiring |= mask;
    for (const sent of this.#sent) sent.flushedSince |= mask;
  }

  /** Another thread flushes the words of `mask`, or stores them past the caches. */
  send(mask: number, stores: SentBytes | undefined): SentWords {
    const sent: SentWords = {
      dirty: this,
      mask: stores === undefined ? mask & ~this.#unstored() : mask,
      words: undefined,
      stores,
      older: this.versions.slice(),
      flushedSince: 0,
    };
    this.#sent = [...this.#sent, sent];
    return sent;
  }

  /** Words that other threads may not have stored yet. */
  #unstored(): number {
    return this.#sent.reduce((all, { mask, stores }) => (stores?.isStored === false ? all | mask : all), 0);
  }

  /** What was sent is durable, and nothing that the words held before. */
  arrived(sent: SentWords): void {
    const { mask } = sent;
    for (const version of sent.older) version.mask &= ~mask;
    this.#dropEmpty();
    const superseded = mask & ~sent.flushedSince;
    this.pendingMask &= ~superseded;
    this.savedMask &= ~superseded;
    for (const earlier of this.#sent.slice(0, this.#sent.indexOf(sent))) earlier.mask &= ~mask;
    this.#sent = this.#sent.filter((each) => each !== sent);
  }

  /** The pending words are durable: what they held before their flush cannot be on the medium any more. */
  drained(): void {
    for (const version of this.versions) {
      version.mask &= ~version.retiring;
      version.retiring = 0;
    }
    this.#dropEmpty();
    for (const sent of this.#sent) sent.mask &= ~(sent.flushedSince & this.pendingMask);
    this.pendingMask = 0;
    this.savedMask = 0;
  }

  #dropEmpty(): void {
    let kept = 0;
    for (const version of this.versions) if (version.mask !== 0) this.versions[kept++] = version;
    this.versions.length = kept;
  }
}
