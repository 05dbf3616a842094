import type { Region } from "@nodemm/pmem-native";
import { roundDown, unitBytes } from "./layout.ts";

/** How much of an extent that a log has spilled into is in view at once. */
const windowBytes: number = 256 * 1024;

/**
 * A piece of undo log: the lane itself, all of which is in view, or an extent that it spilled into. Of that a window is:
 * entries are megabytes of old bytes that JavaScript never looks at, and the engine collects its garbage after so much of
 * outside memory.
 */
export class UndoSegment {
  readonly offset: number;
  readonly bytes: number;
  /** The words in view; {@link at} tells which are which. */
  words: Uint32Array;
  readonly #region: Region;
  #buffer: ArrayBuffer;
  /** Where the words in view begin, and end. A buffer's own length is a call. */
  #start = 0;
  #end: number;

  constructor(region: Region, offset: number, bytes: number, inView: number = bytes) {
    this.#region = region;
    this.offset = offset;
    this.bytes = roundDown(bytes, unitBytes);
    this.#end = Math.min(this.bytes, roundDown(inView, unitBytes));
    this.#buffer = region.view(offset, this.#end);
    this.words = new Uint32Array(this.#buffer);
  }

  static spilled(region: Region, offset: number, bytes: number): UndoSegment {
    return new UndoSegment(region, offset, bytes, windowBytes);
  }

  /** Sees to it that the bytes from `start` on are in view, and returns the index of their first word. */
  at(start: number, bytes: number): number {
    if (start < this.#start || start + bytes > this.#end) this.#show(start, bytes);
    return (start - this.#start) >>> 2;
  }

  #show(start: number, bytes: number): void {
    this.release();
    const length = Math.min(this.bytes - start, Math.max(bytes, windowBytes));
    this.#buffer = this.#region.view(this.offset + start, length);
    this.words = new Uint32Array(this.#buffer);
    this.#start = start;
    this.#end = start + length;
  }

  /** Detaches the view. */
  release(): void {
    this.#region.releaseView(this.#buffer);
  }
}
