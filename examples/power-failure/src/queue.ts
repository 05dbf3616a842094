import type { Region } from "@nodemm/pmem-native";

const slots = 4;
const slotBytes = 64;
const headAt = 0;
const tailAt = 64;
const slotsAt = 128;
export const queueBytes: number = slotsAt + slots * slotBytes;

/**
 * A queue of texts of up to 60 bytes in persistent memory: a ring of slots, the number of texts ever taken at `headAt`,
 * and the number ever put at `tailAt`. Each number is one 8-byte word, which a power failure leaves old or new.
 */
export class Queue {
  readonly #region: Region;
  readonly #isHasty: boolean;
  readonly #words: Uint32Array;

  /** @param isHasty with the bug: a text is announced before it is there for certain */
  constructor(region: Region, isHasty: boolean) {
    this.#region = region;
    this.#isHasty = isHasty;
    this.#words = new Uint32Array(region.view(0, queueBytes));
  }

  /** What is in the queue, the oldest first. */
  texts(): string[] {
    const head = this.#words[headAt / 4];
    const tail = this.#words[tailAt / 4];
    return Array.from({ length: tail - head }, (_, index) => this.#text(head + index));
  }

  put(text: string): void {
    const tail = this.#words[tailAt / 4];
    if (tail - this.#words[headAt / 4] === slots) throw new RangeError("the queue is full");
    const slot = new Uint8Array(slotBytes);
    const { written } = new TextEncoder().encodeInto(text, slot.subarray(4));
    new DataView(slot.buffer).setUint32(0, written, true);
    this.#region.copy(slotsAt + (tail % slots) * slotBytes, slot);
    // Without this the number may reach the medium before the text does.
    if (!this.#isHasty) this.#region.drain();
    this.#region.publish(tailAt, tail + 1, 0);
    this.#region.persist(tailAt, 8);
  }

  take(): string | undefined {
    const head = this.#words[headAt / 4];
    if (head === this.#words[tailAt / 4]) return undefined;
    const text = this.#text(head);
    this.#region.publish(headAt, head + 1, 0);
    this.#region.persist(headAt, 8);
    return text;
  }

  #text(number: number): string {
    const slot = slotsAt + (number % slots) * slotBytes;
    const length = this.#words[slot / 4];
    return new TextDecoder().decode(new Uint8Array(this.#words.buffer, slot + 4, length));
  }
}
