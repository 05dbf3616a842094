/**
 * The region contract: what every backend (mapped files, DAX devices, DRAM, simulators) gives to the layers above.
 *
 * A region is a byte range that a backend has mapped. Offsets and lengths are bytes from its start; both must be
 * non-negative safe integers with `offset + length <= region.length`. Anything else is a `RangeError` (a `TypeError` if
 * it is not a number) thrown before a pointer is formed. Every method of a closed region throws `ERR_PMEM_CLOSED`;
 * every writing method of a poisoned region throws the error that poisoned it, again and again.
 *
 * The words are libpmem2's: a *flush* starts the write-back of a range, a *drain* waits for all that this thread has
 * started, *persist* is flush + drain.
 */

import type { PmemError } from "./errors.ts";

/** What a store needs to become durable: nothing but a drain, a cache-line flush and a drain, or a page sync. */
export type Granularity = "byte" | "cache-line" | "page";

/** What the bytes under a completed persist survive, and why the backend says so. */
export interface Durability {
  readonly survives: "power-failure" | "process-exit" | "none";
  readonly reason: string;
}

/** Byte ranges one after the other: `[offset, length, offset, length, ...]`. */
export type Ranges = Float64Array | readonly number[];

/** How an asynchronous operation can be ended early. */
export interface AsyncOptions {
  /** Stops the operation after the piece in progress: the promise rejects with `ERR_PMEM_ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** How a range will be read and written: for the system's read-ahead and its choice of page size. */
export type Advice = "normal" | "random" | "sequential" | "will-need" | "huge-pages" | "huge-pages-now" | "random-now";

/** Told of memory that is gone. */
export type FaultListener = (fault: PmemError) => void;

/** One of many copies. */
export interface Copy {
  /** Where it goes. */
  readonly offset: number;
  readonly source: ArrayBufferView;
}

/** Copies that are under way. */
export interface CopyJob {
  /** Fulfilled when all bytes are durable. Rejects as {@link Region.copyAsync}. */
  readonly done: Promise<void>;
  /** How much has been copied, in whole pieces; durable only when {@link done} is fulfilled. */
  readonly copiedBytes: number;
  /**
   * Lets the caller change some source memory while the copies go on: on return nothing reads these bytes any more. What
   * was not copied of them yet has been copied on this thread, in the state they are in; a piece that was being copied has
   * been waited for. Never throws for a copy that failed: that is what {@link done} tells.
   */
  settle(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): void;
}

export interface Region {
  /** Where the bytes live, for people: a path, or a name such as `dram`. */
  readonly source: string;
  /** Usable bytes now. Changes only through {@link Region.grow}. */
  readonly length: number;
  /** Bytes of address space reserved: the furthest that {@link Region.grow} can go. */
  readonly capacity: number;
  readonly granularity: Granularity;
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly closed: boolean;

  /**
   * A zero-copy `ArrayBuffer` over a range. Asking again for the very same range while its buffer is live gives the same
   * buffer; whether live views may otherwise overlap is the backend's capability {@link Region.overlappingViews}
   * (`ERR_PMEM_VIEW_OVERLAP` where not). The buffer is detached (length 0) by {@link releaseView} and {@link close}.
   */
  view(offset: number, length: number): ArrayBuffer;
  /** Detaches a buffer that {@link view} gave. What was stored through it stays in the region. No-op if detached. */
  releaseView(view: ArrayBuffer): void;
  /** Whether two live views may share bytes. */
  readonly overlappingViews: boolean;

  /** Whether {@link sharedView} works: the backend must have it, and the runtime. */
  readonly sharedViews: boolean;
  /**
   * A zero-copy `SharedArrayBuffer` over a range, to be posted to worker threads. No buffer is given twice: each call
   * makes one.
   *
   * Nothing can take it back. Whoever frees its range waits until {@link isShared} answers false, and after
   * {@link close} (also when the thread that opened the region ends) every thread that still holds it sees zeros, and
   * stores into memory that belongs to nobody. Stores of other threads become durable like those of views: by a flush
   * and a drain of the region's own thread, after they have been made visible to it (`Atomics`, a message).
   * @throws PmemError `ERR_PMEM_UNSUPPORTED` where {@link sharedViews} is false
   */
  sharedView(offset: number, length: number): SharedArrayBuffer;
  /** Whether a shared view of some byte of the range may still be held, by any thread. */
  isShared(offset: number, length: number): boolean;

  /** Starts the write-back of a range. Durable after the next {@link drain}. */
  flush(offset: number, length: number): void;
  /** Waits until every flush and non-temporal store made before on this thread is durable. */
  drain(): void;
  /** `flush` and `drain`: the range is durable on return. */
  persist(offset: number, length: number): void;
  /**
   * {@link flush} of many ranges in one call. Those before a bad one may have been flushed, which does no harm: any line
   * may be written back at any time. A `Float64Array` is read as it is, an array of numbers is copied into one first.
   * @throws RangeError naming the range that is outside, or the odd number of entries; TypeError for anything else
   */
  flushMany(ranges: Ranges): void;
  /** {@link flushMany} and one {@link drain}: every range is durable on return. They become so in no order. */
  persistMany(ranges: Ranges): void;

  /**
   * {@link persist}, and on to the medium itself, below what the platform saves when power fails: the range then
   * survives a failure of that saving too. On a file that is a sync of the pages; at `page` granularity it is `persist`.
   * It costs a system call at least, so use it at rare points, such as the end of a checkpoint.
   * @throws PmemError `ERR_PMEM_UNSUPPORTED` on a DAX device, `ERR_PMEM_SYNC_FAILED`
   */
  deepFlush(offset: number, length: number): void;

  /**
   * Puts a range's pages in place now, so that the first access to each does not stop for it. Changes no bytes.
   * @throws PmemError `ERR_PMEM_SYSTEM` where the system cannot
   */
  prefault(offset: number, length: number): void;
  /**
   * Tells the system how a range, by default the rest of the region, will be used. Whole pages, or units of a device,
   * are advised. Changes no bytes; `normal` takes back the others except for `huge-pages`. `huge-pages-now` is no hint
   * but work: what is in place already moves onto huge pages before the call returns, which takes seconds a GiB.
   *
   * A store marks as dirty all that the system brought into memory in one piece, up to 2 MiB, and with page granularity a
   * persist writes all of it. `random`, given before the first access, brings single pages in, but for long copies, which
   * bring in 64 KiB at once. `random-now` does so for what is in place already: with page granularity the range is made
   * durable and taken out of memory, and the next access to each page reads it anew; elsewhere, and in a read-only region,
   * it is `random`.
   * @throws TypeError for an advice that is none; PmemError `ERR_PMEM_UNSUPPORTED` where the system does not know it for
   * this source (huge pages of most file systems); what {@link persist} throws, for `random-now`
   */
  advise(advice: Advice, offset?: number, length?: number): void;

  /** Copies `source` to `offset` past the caches. Durable after the next {@link drain}. */
  copy(offset: number, source: ArrayBufferView): void;
  /**
   * {@link copy} of each, shared among threads if they are long together. All are checked before anything is stored; if two
   * have bytes of their target in common, some mixture is stored there. Durable after the next {@link drain}.
   * @throws as {@link copyManyAsync}
   */
  copyMany(copies: readonly Copy[]): void;
  /** Copies within the region past the caches; the two ranges must not overlap. Durable after the next {@link drain}. */
  copyWithin(target: number, source: number, length: number): void;
  /**
   * {@link copyWithin} that returns the CRC-32C of what was copied, continued from `initial` (0 to begin), as {@link crc32c}
   * would: it reads memory once for both, and another thread that stores into the source meanwhile makes no sum that does
   * not fit the copy.
   */
  copyWithinCrc32c(target: number, source: number, length: number, initial?: number): number;
  /**
   * Completes and persists a record: the `length` bytes at `offset`, whose first four are for a sum, and behind them a copy
   * of `sourceLength` bytes at `source`, if any. The sum is the CRC-32C of all of it but itself, continued from `initial`,
   * little-endian. The record is durable on return; until then any part of it may be, which is what the sum is for.
   * @throws RangeError for a record that has no room for its sum, or that shares bytes with its source; nothing is stored
   */
  persistRecord(offset: number, length: number, initial?: number, source?: number, sourceLength?: number): void;
  /** Fills a range with one byte value past the caches. Durable after the next {@link drain}. */
  fill(offset: number, length: number, byte: number): void;
  /**
   * Stores the 64-bit word `high * 2^32 + low` at an 8-byte aligned offset, failure-atomically: after a crash the old
   * or the new word is there. Both halves are unsigned 32-bit. Not durable until flushed and drained.
   */
  publish(offset: number, low: number, high: number): void;

  /**
   * {@link persist} away from the event loop: the range is durable when the promise is fulfilled. Flushes made before
   * of other ranges are not, because a drain completes those of its own thread only.
   *
   * Like the other asynchronous forms it rejects, and never throws. The work is done in pieces, in order; an abort or
   * {@link close} takes effect after the piece in progress, and the error's `completedBytes` tells how many bytes from
   * the beginning are durable. `close` waits for that piece.
   * @throws PmemError (rejects) `ERR_PMEM_ABORTED` with the signal's reason as its cause, `ERR_PMEM_CLOSED`, and what
   * `persist` throws
   */
  persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void>;
  /**
   * {@link persistMany} away from the event loop: every range is durable when the promise is fulfilled. The list is copied
   * at the call, and checked whole before anything is flushed. Of one that is ended early, `completedBytes` counts bytes of
   * the ranges in the order of the list.
   * @throws what {@link persistMany} throws, and {@link persistAsync} (rejects)
   */
  persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void>;
  /**
   * {@link copy} away from the event loop; the bytes are durable when the promise is fulfilled, without a
   * {@link drain}. Leave the source and the target alone until then: a source that changes is stored in some mixture.
   * The source is kept alive, but must not be resizable nor be transferred meanwhile.
   * @throws TypeError (rejects) for a source that was transferred meanwhile, or that is a view of another region which was
   * released, or whose region was closed: what the target holds is then unknown; what {@link persistAsync} throws
   */
  copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void>;
  /**
   * {@link copyAsync} of many sources, one after another on one thread, without a turn of the event loop between them:
   * durable when {@link CopyJob.done} is fulfilled. {@link CopyJob.settle} lets the caller change a source before that.
   * An abort or {@link close} takes effect after the piece in progress; what has been copied until then is unknown.
   * @throws TypeError, RangeError for what is no such copy; PmemError `ERR_PMEM_CLOSED` and what `copy` throws: at once,
   * before anything is copied
   */
  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob;
  /** {@link copyWithin} away from the event loop; durable when the promise is fulfilled, without a {@link drain}. */
  copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void>;
  /** {@link copyWithinCrc32c} away from the event loop; durable when the promise is fulfilled, without a {@link drain}. */
  copyWithinCrc32cAsync(
    target: number,
    source: number,
    length: number,
    initial?: number,
    options?: AsyncOptions,
  ): Promise<number>;
  /**
   * {@link persistRecord} away from the event loop: the record is durable when the promise is fulfilled. Leave it and its
   * source alone until then. Of one that is ended early nothing counts: `completedBytes` is 0, and any part may be stored.
   * @throws what {@link persistRecord} throws, and {@link persistAsync} (rejects)
   */
  persistRecordAsync(
    offset: number,
    length: number,
    initial?: number,
    source?: number,
    sourceLength?: number,
    options?: AsyncOptions,
  ): Promise<void>;
  /** {@link fill} away from the event loop; durable when the promise is fulfilled, without a {@link drain}. */
  fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void>;
  /** {@link deepFlush} away from the event loop. */
  deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void>;
  /** {@link prefault} away from the event loop. The error of one that is ended early counts the bytes in place. */
  prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void>;
  /**
   * {@link advise} away from the event loop, for what is work: `huge-pages-now` and `random-now`. The error of one that is
   * ended early counts the bytes advised.
   */
  adviseAsync(advice: Advice, offset?: number, length?: number, options?: AsyncOptions): Promise<void>;
  /** {@link crc32c} away from the event loop. The error of one that is ended early counts the bytes summed. */
  crc32cAsync(offset: number, length: number, initial?: number, options?: AsyncOptions): Promise<number>;
  /**
   * {@link crc32cOf} away from the event loop. Of the source, what {@link copyAsync} asks; the error of one that is ended
   * early counts the bytes summed.
   */
  crc32cOfAsync(source: ArrayBufferView, initial?: number, options?: AsyncOptions): Promise<number>;

  /** CRC-32C (Castagnoli) of a range, continuing from `initial` (0 to begin). An unsigned 32-bit number. */
  crc32c(offset: number, length: number, initial?: number): number;
  /** {@link crc32c} of memory that is not in the region yet. */
  crc32cOf(source: ArrayBufferView, initial?: number): number;

  /**
   * Lengthens the region in place to at least `length`; nothing moves and every view stays valid. The new bytes are
   * zero and the new length is durable on return.
   * @throws PmemError `ERR_PMEM_NO_SPACE` (nothing changed), `ERR_PMEM_CAPACITY` beyond {@link capacity}
   */
  grow(length: number): void;
  /**
   * {@link grow} away from the event loop: {@link length} changes when the promise is fulfilled. One that is ended early
   * has changed nothing. Growths run one after the other.
   */
  growAsync(length: number, options?: AsyncOptions): Promise<void>;

  /**
   * Has `listener` called once when memory of the region is found gone, by whatever access, also one through a view:
   * with the `ERR_PMEM_FAULT` that the methods throw from then on, in a later turn of the event loop, which it does not
   * keep alive. Where that has happened before, it is called all the same. A backend whose memory cannot go never calls.
   * Returns a function that takes the listener back; {@link close} does too.
   * @throws TypeError for what is no function
   */
  onFault(listener: FaultListener): () => void;

  /**
   * Stops asynchronous operations after their piece in progress, detaches every view, unmaps and unlocks. Not a
   * durability point. A second call does nothing.
   */
  close(): void;
  /**
   * {@link close} that leaves to another thread what may take long: unmapping gigabytes, and waiting for a piece in
   * progress. The region is closed, and its views are detached, when the call returns; it is unmapped and unlocked when the
   * promise is fulfilled. Of a region that was closed before, nothing is left to be done. Never rejects.
   */
  closeAsync(): Promise<void>;
}
