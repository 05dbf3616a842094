import type { CrashStates } from "./crash-states.ts";
import { CarvedMemory } from "../carved-memory.ts";
import type { MediaModel } from "./media-model.ts";

/**
 * One image that is turned into each crash state of a model in turn, by writing only what differs.
 *
 * Invariant between checks: outside `#touched`, the image holds the model's durable bytes, with the uncertain words as
 * `#applied` says (the candidate of each).
 */
export class ScratchImage {
  readonly memory: CarvedMemory;
  readonly #words: Int32Array;
  #model: MediaModel | undefined;
  /** Hash and length of the durable bytes that the image was last brought to. */
  #hashA = 0;
  #hashB = 0;
  #extent = -1;
  #states: CrashStates | undefined;
  #applied: Uint8Array = new Uint8Array(0);
  /** Ranges that a check has changed: start, end, start, end... */
  readonly #touched: number[] = [];

  /** @param capacity whole lines: bytes up to which a region over the image can grow */
  constructor(capacity: number) {
    this.memory = new CarvedMemory(new Uint8Array(capacity), {
      onChange: (offset, end) => this.#touch(offset, end),
    });
    this.#words = new Int32Array(this.memory.base.buffer);
  }

  /** Makes the image hold the state that is selected in `states`. */
  become(states: CrashStates): void {
    const { model } = states;
    if (model.hashA === this.#hashA && model.hashB === this.#hashB && model.durable.length === this.#extent) {
      // The same durable bytes, perhaps of another model: models of nested crashes come and go.
      this.#model = model;
      this.#restoreTouched();
      if (states !== this.#states) this.#forgetStates();
    } else {
      this.#copyAll(model);
    }
    if (states !== this.#states) {
      this.#states = states;
      this.#applied = new Uint8Array(states.words.length);
    }
    const applied = this.#applied;
    const { choice } = states;
    for (let index = 0; index < applied.length; index++) {
      if (applied[index] === choice[index]) continue;
      states.write(index, this.#words);
      applied[index] = choice[index];
    }
  }

  #copyAll(model: MediaModel): void {
    const { base } = this.memory;
    let used = Math.max(0, this.#extent);
    for (let at = 1; at < this.#touched.length; at += 2) used = Math.max(used, this.#touched[at]);
    base.set(model.durable);
    if (used > model.durable.length) base.fill(0, model.durable.length, used);
    this.#touched.length = 0;
    this.#model = model;
    this.#hashA = model.hashA;
    this.#hashB = model.hashB;
    this.#extent = model.durable.length;
    this.#states = undefined;
  }

  /** Brings back the durable value of every uncertain word of the states applied last. */
  #forgetStates(): void {
    for (const [index, word] of (this.#states?.words ?? []).entries()) {
      if (this.#applied[index] !== 0) this.#restoreWord(word);
    }
    this.#states = undefined;
  }

  #touch(offset: number, end: number): void {
    const touched = this.#touched;
    if (touched.length > 0 && touched[touched.length - 1] === offset) touched[touched.length - 1] = end;
    else touched.push(offset, end);
  }

  #restoreTouched(): void {
    const touched = this.#touched;
    for (let at = 0; at < touched.length; at += 2) this.#restore(touched[at], touched[at + 1]);
    touched.length = 0;
  }

  /** Brings back the durable bytes of a range. */
  #restore(start: number, end: number): void {
    const { base } = this.memory;
    const durable = this.#model!.durable;
    base.set(durable.subarray(start, end), start);
    if (end > durable.length) base.fill(0, Math.max(start, durable.length), end);
    const words = this.#states?.words ?? [];
    // A word that the range covers in part is brought back whole.
    for (let index = firstAtLeast(words, Math.floor(start / 8)); words[index] * 8 < end; index++) {
      if (this.#applied[index] !== 0) this.#restoreWord(words[index]);
      this.#applied[index] = 0;
    }
  }

  #restoreWord(word: number): void {
    this.#words[2 * word] = this.#model!.durableWords[2 * word];
    this.#words[2 * word + 1] = this.#model!.durableWords[2 * word + 1];
  }
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
