/**
 * A slot for each name, found by the name's hash, in the order in which they were added. Numbers in typed arrays alone: a
 * million names are no million objects. What the names are their owner knows, and compares.
 *
 * Invariants: `#table` holds slots plus one, or 0, at most half of it; a slot lies at its hash's place or behind it with no
 * gap between (linear probing; removing closes the gap). The links of a slot that was removed stay while somebody iterates,
 * and lead on to slots that are there.
 */
export class NameTable {
  #table = new Int32Array(32);
  #hashes = new Int32Array(16);
  #next = new Int32Array(16);
  #previous = new Int32Array(16);
  #size = 0;
  /** How many slots there have ever been at once. */
  #made = 0;
  #first = -1;
  #last = -1;
  readonly #free: number[] = [];
  #iterating = 0;
  /** Free once nobody iterates. */
  #left: number[] = [];
  /** Where {@link find} goes on. */
  #at = 0;

  get size(): number {
    return this.#size;
  }

  /** The first slot with a hash, or -1. {@link findNext} goes on from there, while nothing is changed. */
  find(hash: number): number {
    this.#at = hash & (this.#table.length - 1);
    return this.#candidate(hash);
  }

  findNext(hash: number): number {
    this.#at = (this.#at + 1) & (this.#table.length - 1);
    return this.#candidate(hash);
  }

  #candidate(hash: number): number {
    const table = this.#table;
    for (let at = this.#at; ; at = (at + 1) & (table.length - 1)) {
      const slot = table[at] - 1;
      if (slot >= 0 && this.#hashes[slot] !== hash) continue;
      this.#at = at;
      return slot;
    }
  }

  /** A new slot, last in order. */
  add(hash: number): number {
    const slot = this.#free.pop() ?? this.#made++;
    if (slot === this.#hashes.length) this.#widen();
    if (2 * ++this.#size > this.#table.length) this.#grow();
    this.#hashes[slot] = hash;
    this.#enter(this.#table, slot);
    this.#append(slot);
    return slot;
  }

  remove(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let gap = this.#hashes[slot] & mask;
    while (table[gap] !== slot + 1) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashes[table[at] - 1] & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      table[gap] = table[at];
      gap = at;
    }
    table[gap] = 0;
    this.#unlink(slot);
    this.#size--;
    (this.#iterating > 0 ? this.#left : this.#free).push(slot);
  }

  /** Makes a slot the last in order. */
  moveToEnd(slot: number): void {
    this.#unlink(slot);
    this.#append(slot);
  }

  /** The slots in order. What is removed meanwhile is passed over, what is added comes at the end. */
  *inOrder(): Generator<number, void, void> {
    this.#iterating++;
    try {
      for (let slot = this.#first; slot >= 0; slot = this.#following(slot)) yield slot;
    } finally {
      if (--this.#iterating === 0) this.#freeLeft();
    }
  }

  /** Calls `visit` for each slot in order; it changes nothing here. */
  forEach(visit: (slot: number) => void): void {
    for (let slot = this.#first; slot >= 0; slot = this.#next[slot]) visit(slot);
  }

  #freeLeft(): void {
    for (const slot of this.#left) this.#free.push(slot);
    this.#left = [];
  }

  /** A removed slot has itself as its previous one. */
  #following(slot: number): number {
    let next = this.#next[slot];
    while (next >= 0 && this.#previous[next] === next) next = this.#next[next];
    return next;
  }

  #append(slot: number): void {
    this.#previous[slot] = this.#last;
    this.#next[slot] = -1;
    if (this.#last >= 0) this.#next[this.#last] = slot;
    else this.#first = slot;
    this.#last = slot;
  }

  #unlink(slot: number): void {
    const [previous, next] = [this.#previous[slot], this.#next[slot]];
    if (previous >= 0) this.#next[previous] = next;
    else this.#first = next;
    if (next >= 0) this.#previous[next] = previous;
    else this.#last = previous;
    this.#previous[slot] = slot;
  }

  #enter(table: Int32Array, slot: number): void {
    let at = this.#hashes[slot] & (table.length - 1);
    while (table[at] !== 0) at = (at + 1) & (table.length - 1);
    table[at] = slot + 1;
  }

  #grow(): void {
    const table = new Int32Array(2 * this.#table.length);
    for (const entry of this.#table) if (entry !== 0) this.#enter(table, entry - 1);
    this.#table = table;
  }

  #widen(): void {
    const widened = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const wider = new Int32Array(2 * array.length);
      wider.set(array);
      return wider;
    };
    this.#hashes = widened(this.#hashes);
    this.#next = widened(this.#next);
    this.#previous = widened(this.#previous);
  }
}
