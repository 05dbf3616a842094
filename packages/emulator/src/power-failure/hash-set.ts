/**
 * A set of 64-bit hashes given as two 32-bit halves: open addressing in one typed array, because a `Set` ends at 2^24
 * members and a crash exploration does not.
 */
export class HashSet {
  #slots: Int32Array = new Int32Array(2 * 1024);
  #size = 0;
  #hasZero = false;

  get size(): number {
    return this.#size;
  }

  has(a: number, b: number): boolean {
    if ((a | b) === 0) return this.#hasZero;
    const at = HashSet.#find(this.#slots, a, b);
    return (this.#slots[at] | this.#slots[at + 1]) !== 0;
  }

  /** Adds a hash; false if it was there already. */
  add(a: number, b: number): boolean {
    if ((a | b) === 0) {
      if (this.#hasZero) return false;
      this.#hasZero = true;
      this.#size++;
      return true;
    }
    const at = HashSet.#find(this.#slots, a, b);
    if ((this.#slots[at] | this.#slots[at + 1]) !== 0) return false;
    this.#slots[at] = a;
    this.#slots[at + 1] = b;
    this.#size++;
    // At most seven tenths full, so that probing stays short.
    if (this.#size * 20 > this.#slots.length * 7) this.#enlarge();
    return true;
  }

  #enlarge(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if ((old[at] | old[at + 1]) === 0) continue;
      const to = HashSet.#find(slots, old[at], old[at + 1]);
      slots[to] = old[at];
      slots[to + 1] = old[at + 1];
    }
    this.#slots = slots;
  }

  /** Index of the slot that holds the hash, or of the free slot where it belongs. (0, 0) marks a free slot. */
  static #find(slots: Int32Array, a: number, b: number): number {
    const last = slots.length - 2;
    let at = (a << 1) & last;
    while ((slots[at] !== a || slots[at + 1] !== b) && (slots[at] | slots[at + 1]) !== 0) at = (at + 2) & last;
    return at;
  }
}
