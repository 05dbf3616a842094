import type { MediaModel } from "./media-model.ts";

interface ObservedView {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The views that a program may store through, which tell nobody of it. */
export class ObservedViews {
  readonly #views: Map<ArrayBufferLike, ObservedView> = new Map<ArrayBufferLike, ObservedView>();

  add(buffer: ArrayBuffer, offset: number): void {
    if (buffer.byteLength > 0 && !this.#views.has(buffer)) {
      this.#views.set(buffer, { offset, bytes: Buffer.from(buffer) });
    }
  }

  delete(buffer: ArrayBuffer): void {
    this.#views.delete(buffer);
  }

  clear(): void {
    this.#views.clear();
  }

  /** Where a view's first byte lies; undefined for a buffer that is none. */
  offsetOf(buffer: ArrayBufferLike): number | undefined {
    return this.#views.get(buffer)?.offset;
  }

  /** Tells a model of the stores that were made since the last look. */
  observe(model: MediaModel): void {
    for (const [buffer, { bytes, offset }] of this.#views) {
      // A buffer that its holder transferred away shows nothing any more.
      if (bytes.length === 0) this.#views.delete(buffer);
      else model.observe(bytes, offset);
    }
  }
}
