import type { AsyncOptions } from "@nodemm/pmem-native";

/**
 * The seam between the shelf and the types that live on it. The shelf knows names, extents and transactions; a codec
 * knows one type. Data packages register theirs in `openShelf(path, { types: [codec] })`.
 */

/**
 * The bytes of one variable, as its codec sees them: an extent on the shelf, 64-byte aligned, private to the variable.
 * After the variable is erased or replaced, or the shelf is closed, `buffer` is detached (length 0) and every method
 * throws `ERR_SHELF_ERASED` or `ERR_SHELF_CLOSED`.
 */
export interface Storage {
  /** Zero-copy view of all the bytes; always the same `ArrayBuffer` while the variable lives. */
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  /**
   * Stores `source` at `byteOffset` past the caches, without an undo entry: bytes that nobody else relies on yet. Durable
   * after {@link drain}, and before the commit of the transaction that is open or comes next.
   */
  copy(byteOffset: number, source: ArrayBufferView): void;
  /**
   * {@link copy} away from the event loop; durable when fulfilled. Leave source and target alone until then. If the
   * variable is erased or released meanwhile its extent is kept until the copy has ended, and the promise rejects.
   */
  copyAsync(byteOffset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void>;
  /** Makes a byte range durable on return. */
  persist(byteOffset: number, byteLength: number): void;
  /** {@link persist} away from the event loop; durable when fulfilled. Flushes of other ranges are not included. */
  persistAsync(byteOffset: number, byteLength: number, options?: AsyncOptions): Promise<void>;
  /** Starts the write-back of a byte range; durable after {@link drain}. */
  flush(byteOffset: number, byteLength: number): void;
  /** Waits for all flushes started. */
  drain(): void;
  /**
   * Inside a transaction: records the present bytes of a range, durably, so that a throw or a crash brings them back.
   * The caller may change them from the moment this returns; the commit makes the new bytes durable. Free of charge
   * where the variable was created in the same transaction.
   * @throws ShelfError `ERR_SHELF_NO_SPACE` before anything changed; `ERR_SHELF_NO_TRANSACTION` outside one
   */
  snapshot(byteOffset: number, byteLength: number): void;
  /** Many snapshots with one fence: `ranges` is `[offset, length, offset, length, ...]` in bytes. */
  snapshotMany(ranges: readonly number[] | Float64Array): void;
  /** Runs `work` inside a transaction of this variable's shelf, joining the one that is open. */
  transaction<Result>(work: () => Result): Result;
}

/** What a codec decides before a value is stored: how many bytes it needs, and what it must remember about them. */
export interface Plan {
  /** Small facts (dtype, shape), kept in the catalog; at most 1 MiB. */
  readonly meta: Uint8Array;
  /** Bytes of extent to allocate; 0 for none. */
  readonly byteLength: number;
  /** Alignment of the extent: a power of two from 64 to 2 MiB. 64 by default. */
  readonly alignment?: number;
}

/** What a codec writes a new value through: the bytes are not published yet, so nothing needs undoing. */
export interface Sink {
  /** Bytes of the extent. */
  readonly byteLength: number;
  /** Stores `source` at `byteOffset`, past the caches. */
  copy(byteOffset: number, source: ArrayBufferView): void;
  /** Fills a range with one byte value, past the caches. */
  fill(byteOffset: number, byteLength: number, byte: number): void;
  /** Zero-copy view of the new bytes, for writing in place; the shelf flushes all of it afterwards. */
  readonly buffer: ArrayBuffer;
}

/** A variable as found on the shelf. */
export interface Stored {
  readonly name: string;
  readonly meta: Uint8Array;
  readonly byteLength: number;
  /** The variable's bytes; maps them on first use. */
  storage(): Storage;
  /** A copy of the variable's bytes, for values that are no views: they leave the shelf free to move the bytes. Not of every source. */
  read?(): Uint8Array;
  /** To be called by a codec that maps the bytes later than in `open`, when it has: who opens may keep account of buffers. */
  onMap?(buffer: ArrayBuffer): void;
}

/** How values of one type live on a shelf. */
export interface Codec<Value = unknown> {
  /** Stored with each variable: 1 to 64 bytes of UTF-8, the same for ever. */
  readonly type: string;
  /** Whether this codec stores `value`. Codecs of the caller are asked before the shelf's own, in the order given. */
  accepts(value: unknown): boolean;
  plan(value: Value): Plan;
  /** Writes all bytes of a value into its new extent. Not called when `plan` asked for 0 bytes. */
  write(value: Value, sink: Sink): void;
  /**
   * Opens a stored variable. Must check `meta` and `byteLength` before it believes them.
   * @throws ShelfError `ERR_SHELF_CORRUPT` where they make no sense
   */
  open(stored: Stored): Value;
  /**
   * Whether what {@link open} returned may be handed out again by the next `get` (handles over storage, immutable
   * values), or each `get` opens anew (mutable copies).
   */
  readonly shareable: boolean;
  /**
   * Whether values never change: then the very one that was set is handed out by the next `get`, which reads nothing.
   * False by default.
   */
  readonly immutable?: boolean;
  /**
   * Whether `shelf.copy` may copy the bytes of such a variable: false where they name others, as a checkpoint's record
   * names its data. True by default.
   */
  readonly copyable?: boolean;
}
