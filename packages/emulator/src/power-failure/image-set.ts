/**
 * A set of crash images, each as its 64-bit hash: how many different ones there were, over several explorations too.
 *
 * Open addressing in one typed array, because a `Set` ends at 2^24 members and a crash exploration does not.
 */
export class ImageSet {
  #slots: Int32Array = new Int32Array(2 * 1024);
  #size = 0;
  #hasZero = false;

  get size(): number {
    return this.#size;
  }

  /** Whether the image with this hash, given as two 32-bit halves, is in the set. */
  has(a: number, b: number): boolean {
    if ((a | b) === 0) return this.#hasZero;
    const at = ImageSet.#find(this.#slots, a, b);
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
    const at = ImageSet.#find(this.#slots, a, b);
    if ((this.#slots[at] | this.#slots[at + 1]) !== 0) return false;
    this.#slots[at] = a;
    this.#slots[at + 1] = b;
    this.#size++;
    this.#makeRoomFor(this.#size);
    return true;
  }

  /** The hashes, for another process to add: two 32-bit halves each, in no order. */
  hashes(): Int32Array {
    const hashes = new Int32Array(2 * this.#size);
    let length = 0;
    for (let at = 0; at < this.#slots.length; at += 2) {
      if ((this.#slots[at] | this.#slots[at + 1]) === 0) continue;
      hashes[length++] = this.#slots[at];
      hashes[length++] = this.#slots[at + 1];
    }
    return hashes;
  }

  /** Adds what {@link hashes} of another set gave. */
  addAll(hashes: Int32Array): void {
    // First of all: hashes in the order of a larger table's slots would fill a smaller one from one end, and each would be
    // looked for through all of them.
    this.#makeRoomFor(this.#size + hashes.length / 2);
    for (let at = 0; at < hashes.length; at += 2) this.add(hashes[at], hashes[at + 1]);
  }

  /** At most seven tenths full, so that probing stays short. */
  #makeRoomFor(size: number): void {
    const old = this.#slots;
    let { length } = old;
    while (size * 20 > length * 7) length *= 2;
    if (length === old.length) return;
    const slots = new Int32Array(length);
    for (let at = 0; at < old.length; at += 2) {
      if ((old[at] | old[at + 1]) === 0) continue;
      const to = ImageSet.#find(slots, old[at], old[at + 1]);
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
