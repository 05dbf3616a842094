import { crc32c } from "./crc32c.ts";
import { detach } from "./detach.ts";

/** A live view: its bytes have moved out of the base memory into a buffer of their own. */
interface LiveView {
  readonly offset: number;
  readonly length: number;
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
}

/** How many buffers of released views {@link CarvedMemory} keeps to lend again. */
const SPARES_MAX = 16;

/** For memory that is used over and over: what keeps it cheap. */
export interface ReuseOptions {
  /** Told of every range of the base that may have changed; of stores through a view at its release. */
  readonly onChange: (offset: number, end: number) => void;
}

/**
 * Memory whose sub-ranges can be lent out as `ArrayBuffer`s and taken back.
 *
 * JavaScript cannot make two `ArrayBuffer`s share memory, so lending carves: the bytes move into a buffer of their own
 * and back when it is released. Invariants: live views are sorted by offset and disjoint; the current content of a byte
 * is in the view that holds it, else in the base. A buffer that its holder transfers away takes its stores with it: the
 * range falls back to what it held when it was lent.
 *
 * Ranges are trusted here; the region checks them.
 */
export class CarvedMemory {
  readonly base: Uint8Array;
  readonly #views: LiveView[] = [];
  readonly #byBuffer: Map<ArrayBufferLike, LiveView> = new Map<ArrayBufferLike, LiveView>();
  /** Zero-length views cover no byte, so they stand apart, by offset. */
  readonly #empty: Map<number, ArrayBuffer> = new Map<number, ArrayBuffer>();
  readonly #reuse: ReuseOptions | undefined;
  /** Memory of released views, by length: only where memory is reused, for otherwise it would be kept for nothing. */
  readonly #spares: Map<number, ArrayBuffer> = new Map<number, ArrayBuffer>();
  /** What {@link #seek} found: the run's memory, and the region offset of that memory's first byte. */
  #bytes: Uint8Array;
  #start = 0;

  constructor(base: Uint8Array, reuse?: ReuseOptions) {
    this.base = base;
    this.#bytes = base;
    this.#reuse = reuse;
  }

  /** The buffer over exactly this range, new or live already; undefined if a live view overlaps it in part. */
  lend(offset: number, length: number): ArrayBuffer | undefined {
    if (length === 0) return this.#lendEmpty(offset);
    const index = this.#firstEndingAfter(offset);
    while (index < this.#views.length && this.#views[index].offset < offset + length) {
      const live = this.#views[index];
      if (live.bytes.length === 0) {
        this.#forget(index);
        continue;
      }
      return live.offset === offset && live.length === length ? live.buffer : undefined;
    }
    const bytes = this.#copy(offset, length);
    const { buffer } = bytes;
    const lent = { offset, length, buffer, bytes };
    this.#views.splice(index, 0, lent);
    this.#byBuffer.set(buffer, lent);
    return buffer;
  }

  /** Takes a lent buffer back and detaches it. False if the buffer was not lent from here, or is detached already. */
  release(buffer: ArrayBuffer): boolean {
    const live = this.#byBuffer.get(buffer);
    if (live !== undefined && live.bytes.length > 0) {
      this.#forget(this.#firstEndingAfter(live.offset));
      this.#takeBack(live);
      return true;
    }
    for (const [offset, empty] of this.#empty) {
      if (empty === buffer) {
        this.#empty.delete(offset);
        detach(buffer);
        return true;
      }
    }
    return false;
  }

  releaseAll(): void {
    for (const live of this.#views) this.#takeBack(live);
    this.#views.length = 0;
    this.#byBuffer.clear();
    for (const buffer of this.#empty.values()) detach(buffer);
    this.#empty.clear();
  }

  /** Where the bytes of a lent buffer lie; undefined if it is not lent from here. */
  offsetOf(buffer: ArrayBufferLike): number | undefined {
    return this.#byBuffer.get(buffer)?.offset;
  }

  write(offset: number, source: Uint8Array): void {
    const end = offset + source.length;
    for (let at = offset; at < end;) {
      const stop = this.#seek(at, end);
      const part = at === offset && stop === end ? source : source.subarray(at - offset, stop - offset);
      this.#bytes.set(part, at - this.#start);
      if (this.#bytes === this.base) this.#reuse?.onChange(at, stop);
      at = stop;
    }
  }

  fill(offset: number, length: number, byte: number): void {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const stop = this.#seek(at, end);
      this.#bytes.fill(byte, at - this.#start, stop - this.#start);
      if (this.#bytes === this.base) this.#reuse?.onChange(at, stop);
      at = stop;
    }
  }

  /** Copies between two ranges that do not overlap. */
  move(target: number, source: number, length: number): void {
    const end = source + length;
    for (let at = source; at < end;) {
      const stop = this.#seek(at, end);
      this.write(target + (at - source), this.#bytes.subarray(at - this.#start, stop - this.#start));
      at = stop;
    }
  }

  crc32c(offset: number, length: number, initial: number): number {
    const end = offset + length;
    let crc = initial;
    for (let at = offset; at < end;) {
      const stop = this.#seek(at, end);
      crc = crc32c(this.#bytes, at - this.#start, stop - this.#start, crc);
      at = stop;
    }
    return crc >>> 0;
  }

  #lendEmpty(offset: number): ArrayBuffer {
    let buffer = this.#empty.get(offset);
    if (buffer === undefined) this.#empty.set(offset, (buffer = new ArrayBuffer(0)));
    return buffer;
  }

  #copy(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spares.get(length);
    if (spare === undefined) return this.base.slice(offset, offset + length);
    this.#spares.delete(length);
    const bytes = new Uint8Array(spare);
    bytes.set(this.base.subarray(offset, offset + length));
    return bytes;
  }

  /** Moves a view's bytes back into the base and detaches its buffer, unless its holder transferred it away. */
  #takeBack({ bytes, offset, length, buffer }: LiveView): void {
    if (bytes.length === 0) return;
    const held = this.base.subarray(offset, offset + length);
    if (this.#reuse === undefined) {
      held.set(bytes);
      detach(buffer);
      return;
    }
    if (Buffer.compare(bytes, held) !== 0) {
      held.set(bytes);
      this.#reuse.onChange(offset, offset + length);
    }
    if (this.#spares.size === SPARES_MAX) this.#spares.clear();
    this.#spares.set(length, detach(buffer));
  }

  #forget(index: number): void {
    this.#byBuffer.delete(this.#views[index].buffer);
    this.#views.splice(index, 1);
  }

  /** Points at the memory that holds byte `at` and returns where that run ends, at most `end`. */
  #seek(at: number, end: number): number {
    const views = this.#views;
    const index = this.#firstEndingAfter(at);
    while (index < views.length && views[index].bytes.length === 0) this.#forget(index);
    const live = index < views.length ? views[index] : undefined;
    if (live !== undefined && live.offset <= at) {
      this.#bytes = live.bytes;
      this.#start = live.offset;
      return Math.min(end, live.offset + live.length);
    }
    this.#bytes = this.base;
    this.#start = 0;
    return live === undefined ? end : Math.min(end, live.offset);
  }

  /** Index of the first live view that ends after byte `at`; the number of views if none does. */
  #firstEndingAfter(at: number): number {
    const views = this.#views;
    let low = 0;
    let high = views.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (views[middle].offset + views[middle].length <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
