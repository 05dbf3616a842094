/**
 * Whether the shelf was closed, and how often by then the platform had failed to save what it promises to save when power
 * goes. A count that has risen while the shelf was open says that flushed bytes may be lost.
 *
 * Invariants: one sealed word, replaced by one failure-atomic store; it says "open" durably before the shelf takes a
 * change, and "closed" only when all changes are durable. Where the medium does not tell its count the word is zero, and
 * neither opening nor closing writes.
 */
import type { MappedFile, Region } from "@nodemm/pmem-native";
import { ShelfError } from "./errors.ts";
import { shutdownRecord, shutdownRecordOffset } from "./layout.ts";
import { sealHigh, unseal } from "./words.ts";

/** What the word says. Zero is a shelf whose medium told no count. */
type Said = "nothing" | "damaged" | { readonly open: boolean; readonly count: number };

const wordOffset: number = shutdownRecordOffset + shutdownRecord.state.offset;
/** Counts of this size and more do not fit, and are taken for untold. */
const countsEnd = 2 ** 46;

export class ShutdownRecord {
  readonly #region: Region;
  readonly #said: Said;
  readonly #count: number | undefined;

  /** Reads the record, before anything else looks at the region. */
  constructor(region: Region | MappedFile) {
    this.#region = region;
    this.#said = read(region);
    const told = "unsafeShutdowns" in region ? region.unsafeShutdowns : undefined;
    if (told?.known === "value" && told.value < countsEnd) this.#count = told.value;
  }

  /**
   * Refuses a shelf that may have lost what it was told is durable. Where the medium tells no count there is nothing to
   * compare with, and nothing is refused.
   * @throws ShelfError `ERR_SHELF_UNSAFE_SHUTDOWN`, `ERR_SHELF_CORRUPT`; nothing has been written
   */
  check(): void {
    if (this.#count === undefined || this.#said === "nothing") return;
    const { source } = this.#region;
    const remedy =
      `It was left untouched; restore it from a copy, or open it with acceptUnsafeShutdown: true ` +
      `and look at its values`;
    if (this.#said === "damaged") {
      throw new ShelfError(
        "ERR_SHELF_CORRUPT",
        `the shutdown record of ${source} fails its check, so whether power failed unsafely while it was open is not ` +
          `known. ${remedy}`,
        { structure: "shutdown record", offset: wordOffset },
      );
    }
    if (!this.#said.open || this.#said.count === this.#count) return;
    throw new ShelfError(
      "ERR_SHELF_UNSAFE_SHUTDOWN",
      `${source} was open when power failed and its memory modules could not save everything: they count ` +
        `${this.#count} unsafe shutdowns, ${this.#said.count} when it was opened. Bytes that had been flushed may be ` +
        `lost. ${remedy}`,
    );
  }

  /** Says that nothing is known; durable with the next drain. For a shelf that is about to be made anew. */
  clear(): void {
    if (this.#said === "nothing") return;
    this.#region.publish(wordOffset, 0, 0);
    this.#region.flush(wordOffset, shutdownRecord.state.size);
  }

  /** Says durably that the shelf is open. */
  markOpen(): void {
    if (this.#count !== undefined) this.#store(this.#count, 1);
    else if (this.#said !== "nothing") {
      this.clear();
      this.#region.drain();
    }
  }

  /** Says durably that the shelf is closed: everything before must be durable. */
  markClosed(): void {
    if (this.#count !== undefined) this.#store(this.#count, 0);
  }

  #store(count: number, open: 0 | 1): void {
    const value = 2 * count + open + 2;
    this.#region.publish(wordOffset, value % 2 ** 32, sealHigh(value % 2 ** 32, Math.floor(value / 2 ** 32)));
    this.#region.persist(wordOffset, shutdownRecord.state.size);
  }
}

function read(region: Region): Said {
  const view = region.view(wordOffset, shutdownRecord.state.size);
  const [low, high] = new Uint32Array(view);
  region.releaseView(view);
  if (low === 0 && high === 0) return "nothing";
  const value = unseal(low, high);
  return value < 2 ? "damaged" : { open: value % 2 === 1, count: Math.floor(value / 2) - 1 };
}
