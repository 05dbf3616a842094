import type { Region } from "@nodemm/pmem-native";
import { checkRange } from "@nodemm/pmem-native";
import { checkRegion } from "../checks.ts";
import { MediaModel, type MediaWatcher } from "../power-failure/media-model.ts";
import { ModelledRegion } from "../power-failure/modelled-region.ts";
import { type Finding, Findings } from "./finding.ts";
import { PersistWatch } from "./persist-watch.ts";
import { TransactionWatch } from "./transaction-watch.ts";

const LINE_BYTES = 64;
const PAGE_BYTES = 4096;

/** A region that watches how it is used, as pmemcheck does for C programs. */
export interface DiagnosedRegion extends Region {
  /**
   * What was found so far, each kind once for each stack. Closing the region looks for what is not durable by then.
   */
  findings(): Finding[];
  /**
   * Reports what of a range is not durable now: call it where the code under test claims that it is.
   * @throws RangeError if the range is not within the region
   */
  expectDurable(offset?: number, length?: number): void;
  /** Stores to a range need not become durable: hints, caches, statistics. */
  exempt(offset: number, length: number): void;
  /** From now on only a transaction that was told of it may change a range. */
  protect(offset: number, length: number): void;
  /** Ends what {@link protect} began, for all of a range or a part. */
  unprotect(offset: number, length: number): void;
  /** @throws TypeError inside a transaction */
  beginTransaction(): void;
  /** Tells the open transaction of a range, before it is changed. @throws TypeError outside a transaction */
  addToTransaction(offset: number, length: number): void;
  /** @throws TypeError outside a transaction */
  endTransaction(): void;
}

/**
 * Wraps a region behind the same contract and finds flushes and fences that are missing, and such that do nothing, and,
 * where it is told of transactions, stores that these do not cover. What the region holds now counts as durable.
 *
 * A store through a view is seen at the next operation, if it changed a byte: storing what was there already is not seen,
 * and its flush seems redundant. With caches that are power-fail protected (`byte` granularity) no flush is missing or redundant.
 * @throws PmemError `ERR_PMEM_CLOSED`; `ERR_PMEM_VIEW_OVERLAP` if views of the region are live
 * @example
 * const region = diagnose(dram({ size: 4096 }));
 * region.publish(0, 1, 0);
 * region.drain(); // redundant fence: the store was not flushed
 * region.close(); // missing flush: of the publish
 * for (const { kind, stack } of region.findings()) console.log(`${kind}\n${stack}`);
 */
export function diagnose(region: Region): DiagnosedRegion {
  checkRegion("diagnose takes", region);
  return new Diagnosed(region);
}

class Diagnosed extends ModelledRegion implements DiagnosedRegion {
  readonly #findings: Findings;
  readonly #persists: PersistWatch;
  readonly #transactions: TransactionWatch;

  constructor(inner: Region) {
    const model = MediaModel.of(inner);
    super(inner, model, undefined, undefined);
    this.#findings = new Findings();
    const units = { byte: undefined, "cache-line": LINE_BYTES, page: PAGE_BYTES };
    this.#persists = new PersistWatch(this.#findings, units[model.granularity]);
    this.#transactions = new TransactionWatch(this.#findings);
    model.watcher = this.#watcher();
  }

  findings(): Finding[] {
    return this.#findings.list();
  }

  expectDurable(offset: number = 0, length: number = this.length - offset): void {
    checkRange(offset, length, this.length);
    this.observe();
    this.#persists.expectDurable(offset, length);
  }

  exempt(offset: number, length: number): void {
    checkRange(offset, length, this.length);
    this.#persists.exempt(offset, length);
  }

  protect(offset: number, length: number): void {
    checkRange(offset, length, this.length);
    this.observe();
    this.#transactions.protect(offset, length);
  }

  unprotect(offset: number, length: number): void {
    checkRange(offset, length, this.length);
    this.observe();
    this.#transactions.unprotect(offset, length);
  }

  beginTransaction(): void {
    this.observe();
    this.#transactions.begin();
  }

  addToTransaction(offset: number, length: number): void {
    checkRange(offset, length, this.length);
    this.observe();
    this.#transactions.add(offset, length);
  }

  endTransaction(): void {
    this.observe();
    this.#transactions.end();
  }

  override observe(): void {
    this.#persists.throughView = true;
    super.observe();
    this.#persists.throughView = false;
  }

  override publish(offset: number, low: number, high: number): void {
    super.publish(offset, low, high);
    // A store also where the word was the same before.
    this.#persists.stored(Math.floor(offset / LINE_BYTES), 1 << ((offset % LINE_BYTES) / 8));
  }

  override close(): void {
    if (this.closed) return;
    this.expectDurable();
    super.close();
  }

  #watcher(): MediaWatcher {
    const persists = this.#persists;
    const transactions = this.#transactions;
    return {
      stored(line, words, before, after) {
        persists.stored(line, words);
        for (let byte = 0; byte < LINE_BYTES; byte++) {
          if (before[byte] !== after[byte]) transactions.changed(line * LINE_BYTES + byte, persists.throughView);
        }
      },
      pastCaches: (offset, length) => persists.pastCaches(offset, length),
      flushed: (offset, length) => persists.flushed(offset, length),
      drained: (offset, length) => persists.drained(offset, length),
    };
  }
}
