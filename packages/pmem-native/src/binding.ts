/** The native addon as JavaScript sees it: handles and numbers in, statuses out. Private to this package. */

/** A status of {@link Status}, or nothing for success. */
export type Answer = number | undefined;

export interface NativeFailure {
  readonly status: number;
  readonly errorNumber: number;
  /** The system call or step that failed. */
  readonly step: string;
  readonly detail: string;
  readonly neededBytes: number;
  readonly freeBytes: number;
}

/** `known` is a number of `Known` in native/core/media.h. */
export interface NativeFact<Value> {
  readonly known: number;
  readonly reason: string;
  readonly value: Value;
}

/** What a region in trouble remembers of it. */
export interface NativeTrouble {
  /** What its writing verbs answer. */
  readonly status: number;
  readonly errorNumber: number;
  readonly faultOffset: number;
}

export interface NativeRegion {
  readonly status: 0;
  readonly handle: number;
  readonly length: number;
  readonly capacity: number;
  readonly created: boolean;
  readonly kind: number;
  /** Offset, length, offset, length, ... */
  readonly badBlocks: NativeFact<readonly number[]>;
  readonly unsafeShutdowns: NativeFact<number>;
  readonly persistenceDomain: number;
  readonly granularity: number;
  readonly survives: number;
  readonly reason: string;
  readonly flush: string;
  readonly copy: string;
  readonly crc32c: string;
  readonly parallelBytes: number;
  readonly wholeCacheBytes: number;
}

/** What variables of the environment say, for tests. */
export interface Overrides {
  readonly sysfsRoot: string;
  readonly procRoot: string;
  /** Names of instructions; empty for the best. */
  readonly flush: string;
  readonly copy: string;
  /** A number of `LargePersist` in native/core/large_ranges.h, or -1. */
  readonly largePersist: number;
}

/** A job on the thread pool. */
export interface NativeJob<Outcome> {
  readonly job: number;
  readonly outcome: Promise<Outcome>;
}

/** How a verb on the thread pool ended. */
export interface NativeOutcome {
  readonly status: number;
  readonly completedBytes: number;
  /** Of crc32c the sum, of an unreadable range its offset. */
  readonly figure: number;
  readonly errorNumber: number;
}

/** What opening answers where it fails. */
export type NativeRefusal = NativeFailure & { readonly handle?: undefined; readonly job?: undefined };

/** The arguments of `open`. */
export type OpenArguments = readonly [
  path: string,
  creation: number,
  readOnly: boolean,
  size: number,
  capacity: number,
  demanded: number,
  forced: number,
  overrides: Overrides,
  beside: boolean,
];

export interface Binding {
  /** The longest buffer that this runtime makes over outside memory. */
  readonly mostViewBytes: number;
  open(...given: OpenArguments): NativeRegion | NativeRefusal;
  openAsync(...given: OpenArguments): NativeJob<NativeRegion | NativeRefusal> | NativeRefusal;
  close(handle: number): void;
  /** The outcome is nothing. Nothing at once where the region is closed by then. */
  closeAsync(handle: number): NativeJob<undefined> | undefined;
  abandon(handle: number): void;
  grow(handle: number, length: number): NativeFailure | undefined;
  growAsync(handle: number, length: number): NativeJob<NativeFailure | undefined> | NativeRefusal;
  /** Sets (0) or clears (1) a mark, or asks for others' (2): 0 or 1, or a negated errno value. Nothing when closed. */
  mark(handle: number, verb: number, from: number, to: number): number | undefined;
  trouble(handle: number): NativeTrouble | undefined;
  view(handle: number, offset: number, length: number): ArrayBuffer | number;
  /** Whether this runtime has shared views. */
  readonly sharedViews: boolean;
  sharedView(handle: number, offset: number, length: number): SharedArrayBuffer | number;
  isShared(handle: number, offset: number, length: number): boolean | number;
  /** With (offset) in the frame. Of `unreadable` the offset comes back there. */
  readSafely(target: Uint8Array): Answer;
  releaseView(handle: number, view: ArrayBuffer): Answer;
  /**
   * `verb` and `third` as in work.ts; `initial` is a sum to go on from; the buffer of a copy, a read or a sum
   * of memory outside tells the length.
   */
  start(
    handle: number,
    verb: number,
    offset: number,
    length: number,
    third: number,
    initial: number,
    buffer: Uint8Array | undefined,
  ): NativeJob<NativeOutcome> | number;
  /** Pairs of offset and length. */
  persistManyAsync(handle: number, ranges: Float64Array): NativeJob<NativeOutcome> | number;
  /** The outcome is a status. `kept` holds the sources and the claims, one of which belongs to each `pieceBytes`. */
  copyMany(
    handle: number,
    offsets: Float64Array,
    sources: readonly Uint8Array[],
    claims: Int32Array,
    pieceBytes: number,
    kept: readonly unknown[],
  ): NativeJob<number> | number;
  copyManyNow(handle: number, offsets: Float64Array, sources: readonly Uint8Array[]): Answer;
  stop(job: number): void;
  /** Numbers of a verb's call: the handle first, then the arguments in order. A result comes back in the first. */
  readonly frame: Float64Array;
  /** With (offset, length) in the frame. */
  flush(): Answer;
  drain(): Answer;
  /** With (offset, length) in the frame. */
  persist(): Answer;
  /** With (offset, length) in the frame. */
  deepFlush(): Answer;
  /** With (offset, length) in the frame. Answers a negated errno value where the system refuses. */
  prefault(): Answer;
  /** With (offset, length, advice) in the frame. Answers as {@link Binding.prefault}. */
  advise(): Answer;
  /** Pairs of offset and length. */
  flushMany(ranges: Float64Array): Answer;
  persistMany(ranges: Float64Array): Answer;
  /** With (offset) in the frame. */
  copy(source: ArrayBufferView): Answer;
  /** With (target, source, length) in the frame. */
  copyWithin(): Answer;
  /** With (target, source, length, initial) in the frame. Leaves the sum there. */
  copyWithinCrc32c(): Answer;
  /** With (offset, length, source, sourceLength, initial) in the frame. */
  persistRecord(): Answer;
  /** With (initial) in the frame, where the sum comes back. `unsupported` as of {@link Binding.copy}. */
  crc32cOf(source: ArrayBufferView): Answer;
  /** With (offset, length, byte) in the frame. */
  fill(): Answer;
  /** With (offset, low, high) in the frame. */
  publish(): Answer;
  /** With (offset, length, initial) in the frame. Leaves the sum there. */
  crc32c(): Answer;
}
