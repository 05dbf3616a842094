/** What a simulated region is asked to do: each is a moment at which power may fail. `copyWithin` counts as `copy`. */
export type PersistKind = "flush" | "drain" | "copy" | "fill" | "publish" | "grow";

/** Operations to leave out or to put off on purpose, to prove that a test would notice. */
export interface Mutation {
  /** Only operations of this kind are asked about; all by default. Finding where one was asked for takes time. */
  readonly kind?: PersistKind;
  /**
   * Whether to leave this operation out. A dropped `flush` or `drain` does nothing. A dropped `copy` or `fill` still
   * stores its bytes, but through the caches: the next drain alone does not make them durable. `publish` and `grow` are
   * never dropped.
   * @param callSite where the code under test asked for it, as {@link PersistPoint.callSite}
   * @param index ordinal of the operation on this region
   */
  drop?(kind: PersistKind, callSite: string, index: number): boolean;
  /**
   * Whether this operation and the one after it change places: what it does to the medium is done after the next
   * operation, and before the one after that. Of a `copy` or `fill` that is the way past the caches: the bytes are stored
   * at once, as the program may read them. `publish` and `grow` are never put off.
   */
  swap?(kind: PersistKind, callSite: string, index: number): boolean;
}

/** A place in the code under test that asks for one kind of operation. */
export interface PersistPoint {
  readonly kind: PersistKind;
  /** `function (folder/file:line:column)` of the caller, the nearest first. */
  readonly callSite: string;
  /** How often it was reached. */
  count: number;
  /** The kinds of the operations that came right after it on the same region, each once. */
  readonly next: readonly PersistKind[];
}

export interface PowerFailureOptions {
  /**
   * Called before each operation takes effect, with all earlier stores observed: what the medium may hold at this
   * moment is what it may hold if power fails now. For `drain` offset and length are 0, unless it ends an
   * asynchronous operation: then they are its range; for `grow` the old length and
   * the number of bytes added.
   */
  readonly onPersistPoint?: (kind: PersistKind, index: number, offset: number, length: number) => void;
  /** Leaves operations out, or puts them off. */
  readonly mutate?: Mutation;
  /** Records call sites for `enumeratePersistPoints` (some microseconds an operation); on wherever `mutate` is given for all kinds. */
  readonly recordCallSites?: boolean;
  /** How many callers a call site names; 1 by default. More tell apart the callers of a shared helper. */
  readonly callSiteFrames?: number;
}

export interface CrashImageOptions {
  /** Seed of the sampling above the limit; 1 by default. */
  readonly seed?: number;
  /** States up to which all are enumerated, and number of states sampled above it; 1024 by default. */
  readonly limit?: number;
}

/** A state that the medium may be in if power fails now. */
export interface CrashImage {
  /**
   * `seed=1 limit=1024 crash=7 image=33`: the 33rd state of those before operation 7 (an `index` of the hook). The same
   * program at the same moment gives the same bytes for it.
   */
  readonly id: string;
  /** The whole region's bytes: a copy. */
  readonly bytes: Uint8Array;
}
