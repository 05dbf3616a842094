/** Slots in order, and -1 for those that are no longer there. */
interface Order {
  /** Once there is a {@link next}: for each place, how many slots that one has of those before it. One place longer. */
  readonly slots: Int32Array;
  /** What was made of it without its gaps; who was going through it goes on there. */
  next: Order | undefined;
}

const capacityMin = 32;

function makeOrder(capacity: number): Order {
  return { slots: new Int32Array(capacity + 1), next: undefined };
}

/**
 * A slot for each name, found by the name's hash, in the order in which they were added. Numbers in typed arrays alone: a
 * million names are no million objects. What the names are their owner knows, and compares.
 *
 * Invariants: `#table` holds slots plus one, or 0, at most half of it; a slot lies at its hash's place or behind it with no
 * gap between (linear probing; removing closes the gap). Slot `s` is in `#order` at `#places[s]`, and nowhere else.
 */
export class NameTable {
  #table = new Int32Array(32);
  #hashes = new Int32Array(16);
  #places = new Int32Array(16);
  #order = makeOrder(capacityMin);
  /** Places of `#order` that have been given. */
  #end = 0;
  #size = 0;
  /** How many slots there have ever been at once. */
  #made = 0;
  readonly #free: number[] = [];
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
    this.#free.push(slot);
    if (this.#end > capacityMin && 4 * this.#size < this.#end) this.#closeGaps();
  }

  /** Makes a slot the last in order. */
  moveToEnd(slot: number): void {
    this.#unlink(slot);
    this.#append(slot);
  }

  /** The slots in order. What is removed meanwhile is passed over, what is added comes at the end. */
  *inOrder(): Generator<number, void, void> {
    let order = this.#order;
    for (let at = 0; ;) {
      for (; order.next !== undefined; order = order.next) at = order.slots[at];
      if (at === this.#end) return;
      const slot = order.slots[at++];
      if (slot >= 0) yield slot;
    }
  }

  /** Calls `visit` for each slot in order; it changes nothing here. */
  forEach(visit: (slot: number) => void): void {
    const { slots } = this.#order;
    for (let at = 0; at < this.#end; at++) if (slots[at] >= 0) visit(slots[at]);
  }

  #append(slot: number): void {
    if (this.#end === this.#order.slots.length - 1) this.#closeGaps();
    this.#places[slot] = this.#end;
    this.#order.slots[this.#end++] = slot;
  }

  #unlink(slot: number): void {
    this.#order.slots[this.#places[slot]] = -1;
  }

  /** Makes another order, with room for as many slots again. */
  #closeGaps(): void {
    const { slots } = this.#order;
    const next = makeOrder(Math.max(capacityMin, 2 * this.#size));
    let end = 0;
    for (let at = 0; at < slots.length; at++) {
      const slot = at < this.#end ? slots[at] : -1;
      slots[at] = end;
      if (slot < 0) continue;
      this.#places[slot] = end;
      next.slots[end++] = slot;
    }
    this.#order = this.#order.next = next;
    this.#end = end;
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
    this.#places = widened(this.#places);
  }
}
