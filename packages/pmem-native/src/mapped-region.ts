/**
 * A region over the native addon.
 *
 * Invariants: `#handle` names an open native region, or is -1 for ever once closed. Every check that memory safety rests
 * on is made natively; a status that comes back is turned into an error here, off the hot path. A failed sync, and a
 * fault, is kept as one error object and thrown again and again.
 */
import { checkAdvice } from "./advice.ts";
import {
  failAlignment,
  failByte,
  failDeepFlush,
  failInitial,
  failNumbers,
  failSource,
  failWord,
} from "./argument-failures.ts";
import { abortedError, checkAsyncSource, checkSignal, closedUponError } from "./async-options.ts";
import { checkCopies, CopyClaims, lostSource, toLists } from "./copy-claims.ts";
import type { Answer, Binding, NativeFailure, NativeJob, NativeOutcome, NativeRegion } from "./binding.ts";
import { PmemError } from "./errors.ts";
import { failureError, refusedHint, troubleError } from "./failures.ts";
import { FaultListeners } from "./fault-listeners.ts";
import type { Instructions, MappedFile } from "./map-file.ts";
import { checkRange, checkRanges, toFloat64s } from "./range.ts";
import type { ByteRange, MediaFact } from "./media.ts";
import { Marks } from "./marks.ts";
import { checkRecord, persistRecordAsyncInParts } from "./record.ts";
import { readSafely, unreadableError } from "./read-safely.ts";
import type { Advice, AsyncOptions, Copy, CopyJob, Durability, FaultListener, Granularity, Ranges } from "./region.ts";
import { refuseSharedView } from "./shared-views.ts";
import type { PersistenceDomain, SourceKind } from "./source.ts";
import { Status } from "./status.ts";
import { outcomeOf, Verb } from "./work.ts";

const closedHandle = -1;
/** What a region as a whole answers. */
const blocking = new Set<number>([Status.closed, Status.readOnly, Status.syncFailed, Status.fault]);

/** What some operations of the thread pool take besides a range and what work.ts says. */
interface Extra {
  /** The sum that one is continued from. */
  readonly initial?: number;
  readonly buffer?: Uint8Array;
  /** What the system is told. */
  readonly hint?: string;
}

interface Unclosed {
  readonly binding: Binding;
  readonly handle: number;
  readonly path: string;
}

/** Frees what was forgotten. Views that live on keep the memory and the lock. */
const unclosed = new FinalizationRegistry<Unclosed>(({ binding, handle, path }) => {
  binding.abandon(handle);
  process.emitWarning(
    `The region over ${path} was collected without being closed. What it had not persisted may be lost with the power.`,
    {
      type: "PmemWarning",
      code: "PMEM_UNCLOSED_REGION",
      detail: "Close it with region.close() or a using declaration.",
    },
  );
});

export class MappedRegion implements MappedFile {
  readonly source: string;
  readonly path: string;
  readonly created: boolean;
  readonly capacity: number;
  readonly granularity: Granularity;
  readonly durability: Durability;
  readonly readOnly: boolean;
  readonly instructions: Instructions;
  readonly kind: SourceKind;
  readonly persistenceDomain: PersistenceDomain;
  readonly badBlocks: MediaFact<readonly ByteRange[]>;
  readonly unsafeShutdowns: MediaFact<number>;
  readonly overlappingViews: boolean = true;
  readonly sharedViews: boolean;
  readonly marks: Marks;
  readonly #native: Binding;
  readonly #frame: Float64Array;
  #handle: number;
  #length: number;
  #syncFailure: PmemError | undefined;
  #fault: PmemError | undefined;
  readonly #faultListeners: FaultListeners;

  constructor(
    native: Binding,
    path: string,
    readOnly: boolean,
    opened: NativeRegion,
    facts: Pick<
      MappedFile,
      "granularity" | "durability" | "kind" | "persistenceDomain" | "badBlocks" | "unsafeShutdowns"
    >,
  ) {
    this.source = path;
    this.path = path;
    this.created = opened.created;
    this.capacity = opened.capacity;
    this.granularity = facts.granularity;
    this.durability = Object.freeze(facts.durability);
    this.readOnly = readOnly;
    this.kind = facts.kind;
    this.persistenceDomain = facts.persistenceDomain;
    this.badBlocks = facts.badBlocks;
    this.unsafeShutdowns = facts.unsafeShutdowns;
    this.instructions = Object.freeze({
      flush: opened.flush,
      copy: opened.copy,
      crc: opened.crc32c,
      parallelBytes: opened.parallelBytes,
      wholeCacheBytes: opened.wholeCacheBytes,
    });
    this.sharedViews = native.sharedViews;
    this.marks = new Marks(native, path, () => this.#handle);
    this.#native = native;
    const self = new WeakRef(this);
    this.#faultListeners = new FaultListeners(() => MappedRegion.#faultOf(self.deref()));
    this.#frame = native.frame;
    this.#handle = opened.handle;
    this.#length = opened.length;
    unclosed.register(this, { binding: native, handle: opened.handle, path }, this);
  }

  get length(): number {
    return this.#length;
  }

  get closed(): boolean {
    return this.#handle === closedHandle;
  }

  view(offset: number, length: number): ArrayBuffer {
    const view = this.#native.view(this.#handle, offset, length);
    if (typeof view === "number") this.#failRange(view, offset, length);
    return view;
  }

  releaseView(view: ArrayBuffer): void {
    const status = this.#native.releaseView(this.#handle, view);
    if (status === undefined) return;
    if (status !== Status.foreignView) this.#fail(status);
    throw new TypeError("releaseView takes an ArrayBuffer that this region's view() gave; got something else");
  }

  sharedView(offset: number, length: number): SharedArrayBuffer {
    const view = this.#native.sharedView(this.#handle, offset, length);
    if (view === Status.unsupported) return refuseSharedView(this.path);
    if (typeof view === "number") this.#failRange(view, offset, length);
    return view;
  }

  isShared(offset: number, length: number): boolean {
    const shared = this.#native.isShared(this.#handle, offset, length);
    if (typeof shared === "number") this.#failRange(shared, offset, length);
    return shared;
  }

  flush(offset: number, length: number): void {
    this.#pass(offset, length, 0);
    const status = this.#native.flush();
    if (status !== undefined) this.#failRange(status, offset, length);
  }

  drain(): void {
    this.#frame[0] = this.#handle;
    const status = this.#native.drain();
    if (status !== undefined) this.#fail(status);
  }

  persist(offset: number, length: number): void {
    this.#pass(offset, length, 0);
    const status = this.#native.persist();
    if (status !== undefined) this.#failRange(status, offset, length);
  }

  deepFlush(offset: number, length: number): void {
    this.#pass(offset, length, 0);
    const status = this.#native.deepFlush();
    if (status === Status.unsupported) failDeepFlush(this.path);
    if (status !== undefined) this.#failRange(status, offset, length);
  }

  prefault(offset: number, length: number): void {
    this.#pass(offset, length, 0);
    const status = this.#native.prefault();
    if (status !== undefined) this.#failHint("prefault", status, offset, length);
  }

  advise(advice: Advice, offset: number = 0, length: number = this.#length - offset): void {
    if (this.closed) this.#fail(Status.closed);
    this.#pass(offset, length, checkAdvice(advice));
    const status = this.#native.advise();
    if (status !== undefined) this.#failHint(advice, status, offset, length);
  }

  flushMany(ranges: Ranges): void {
    if (this.closed) this.#fail(Status.closed);
    const numbers = toFloat64s(ranges);
    this.#frame[0] = this.#handle;
    const status = this.#native.flushMany(numbers);
    if (status !== undefined) this.#failRanges(status, numbers);
  }

  persistMany(ranges: Ranges): void {
    if (this.closed) this.#fail(Status.closed);
    const numbers = toFloat64s(ranges);
    this.#frame[0] = this.#handle;
    const status = this.#native.persistMany(numbers);
    if (status !== undefined) this.#failRanges(status, numbers);
  }

  copy(offset: number, source: ArrayBufferView): void {
    this.#pass(offset, 0, 0);
    const status = this.#native.copy(source);
    if (status !== undefined) this.#failCopy(status, offset, source);
  }

  copyMany(copies: readonly Copy[]): void {
    if (this.closed) this.#fail(Status.closed);
    const checked = checkCopies(copies, this.#length, false);
    const [offsets, sources] = toLists(checked);
    const status = this.#native.copyManyNow(this.#handle, offsets, sources);
    if (status !== undefined) this.#failCopies(status);
  }

  copyWithin(target: number, source: number, length: number): void {
    this.#pass(target, source, length);
    const status = this.#native.copyWithin();
    if (status === undefined) return;
    if (status === Status.outOfRange) checkRange(source, length, this.#length);
    this.#failRange(status, target, length);
  }

  copyWithinCrc32c(target: number, source: number, length: number, initial: number = 0): number {
    this.#pass(target, source, length);
    this.#frame[4] = typeof initial === "number" ? initial : Number.NaN;
    const status = this.#native.copyWithinCrc32c();
    if (status === undefined) return this.#frame[0];
    if (status === Status.outOfRange) {
      checkRange(source, length, this.#length);
      checkRange(target, length, this.#length);
      failInitial(initial);
    }
    return this.#failRange(status, target, length);
  }

  persistRecord(
    offset: number,
    length: number,
    initial: number = 0,
    source: number = 0,
    sourceLength: number = 0,
  ): void {
    this.#pass(offset, length, source);
    this.#frame[4] = typeof sourceLength === "number" ? sourceLength : Number.NaN;
    this.#frame[5] = typeof initial === "number" ? initial : Number.NaN;
    const status = this.#native.persistRecord();
    if (status === undefined) return;
    if (status === Status.outOfRange || status === Status.overlap) {
      checkRecord(offset, length, source, sourceLength, this.#length);
      failInitial(initial);
    }
    this.#fail(status);
  }

  fill(offset: number, length: number, byte: number): void {
    this.#pass(offset, length, byte);
    const status = this.#native.fill();
    if (status === undefined) return;
    if (status === Status.outOfRange) {
      checkRange(offset, length, this.#length);
      failByte(byte);
    }
    this.#fail(status);
  }

  publish(offset: number, low: number, high: number): void {
    this.#pass(offset, low, high);
    const status = this.#native.publish();
    if (status === undefined) return;
    if (status === Status.unaligned) failAlignment(offset);
    if (status === Status.outOfRange) failWord(offset, low, high, this.#length);
    this.#fail(status);
  }

  async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.#inBackground(Verb.persist, offset, length, 0, options);
  }

  async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    const signal = checkSignal(this.path, options);
    const numbers = toFloat64s(ranges);
    const started = this.#native.persistManyAsync(this.#handle, numbers);
    if (typeof started === "number") this.#failRanges(started, numbers);
    await this.#finish(started, signal);
  }

  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    const bytes = checkAsyncSource(source);
    const { length } = bytes;
    await this.#inBackground(Verb.copy, offset, length, 0, options, { buffer: bytes });
    if (bytes.length !== length) throw lostSource();
  }

  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    if (this.closed) this.#fail(Status.closed);
    const signal = checkSignal(this.path, options);
    const checked = checkCopies(copies, this.#length);
    const claims = new CopyClaims(checked, (offset, source) => this.copyMany([{ offset, source }]));
    const [offsets, sources] = toLists(checked);
    const kept = [sources, claims.words];
    const started = this.#native.copyMany(this.#handle, offsets, sources, claims.words, CopyClaims.pieceBytes, kept);
    if (typeof started === "number") this.#failCopies(started);
    return claims.jobOf(this.#finishMany(started, claims, signal));
  }

  async #finishMany(started: NativeJob<number>, claims: CopyClaims, signal: AbortSignal | undefined): Promise<void> {
    const status = await outcomeOf(this.#native, started, signal).finally(() => claims.end());
    if (status === Status.stopped) throw abortedError(this.path, signal, 0);
    if (status === Status.lostSource) throw lostSource();
    if (status !== Status.ok) this.#fail(status);
    claims.check();
    // What this thread has taken over is for its own drain.
    if (claims.tookOver) this.drain();
  }

  async copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    checkRange(source, length, this.#length);
    await this.#inBackground(Verb.copyWithin, target, length, source, options);
  }

  async copyWithinCrc32cAsync(
    target: number,
    source: number,
    length: number,
    initial: number = 0,
    options?: AsyncOptions,
  ): Promise<number> {
    if (this.closed) this.#fail(Status.closed);
    checkRange(source, length, this.#length);
    return (await this.#inBackground(Verb.copyWithinCrc32c, target, length, source, options, { initial })).figure;
  }

  async persistRecordAsync(...given: Parameters<MappedFile["persistRecordAsync"]>): Promise<void> {
    await persistRecordAsyncInParts(this, given);
  }

  async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    await this.#inBackground(Verb.fill, offset, length, byte, options);
  }

  async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.#inBackground(Verb.deepFlush, offset, length, 0, options);
  }

  async prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.#inBackground(Verb.prefault, offset, length, 0, options, { hint: "prefault" });
  }

  async adviseAsync(
    advice: Advice,
    offset: number = 0,
    length: number = this.#length - offset,
    options?: AsyncOptions,
  ): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    await this.#inBackground(Verb.advise, offset, length, checkAdvice(advice), options, { hint: advice });
  }

  async crc32cAsync(offset: number, length: number, initial: number = 0, options?: AsyncOptions): Promise<number> {
    return (await this.#inBackground(Verb.crc32c, offset, length, 0, options, { initial })).figure;
  }

  async crc32cOfAsync(source: ArrayBufferView, initial: number = 0, options?: AsyncOptions): Promise<number> {
    if (this.closed) this.#fail(Status.closed);
    const bytes = checkAsyncSource(source);
    const { length } = bytes;
    const { figure } = await this.#inBackground(Verb.crc32cOf, 0, 0, 0, options, { initial, buffer: bytes });
    if (bytes.length !== length) throw lostSource();
    return figure;
  }

  crc32c(offset: number, length: number, initial: number = 0): number {
    this.#pass(offset, length, initial);
    const status = this.#native.crc32c();
    if (status === undefined) return this.#frame[0];
    if (status === Status.outOfRange) {
      checkRange(offset, length, this.#length);
      failInitial(initial);
    }
    return this.#fail(status);
  }

  crc32cOf(source: ArrayBufferView, initial: number = 0): number {
    this.#pass(typeof initial === "number" ? initial : Number.NaN, 0, 0);
    const status = this.#native.crc32cOf(source);
    if (status === undefined) return this.#frame[0];
    if (status === Status.closed) this.#fail(status);
    if (!ArrayBuffer.isView(source)) failSource(source);
    if (status === Status.outOfRange) failInitial(initial);
    // An element type newer than the addon's interface: the same bytes under a name that it knows.
    return this.crc32cOf(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), initial);
  }

  readSafely(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const read = readSafely(this.#native, this.#handle, this, offset, length);
    return typeof read === "number" ? this.#fail(read) : read;
  }

  async readSafelyAsync(offset: number, length: number, options?: AsyncOptions): Promise<Uint8Array<ArrayBuffer>> {
    if (this.closed) this.#fail(Status.closed);
    checkRange(offset, length, this.#length);
    const bytes = new Uint8Array(length);
    await this.#inBackground(Verb.read, offset, length, 0, options, { buffer: bytes });
    return bytes;
  }

  grow(length: number): void {
    const failure = this.#native.grow(this.#handle, length);
    if (failure !== undefined) this.#failGrowth(failure, length);
    if (length > this.#length) this.#length = length;
  }

  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    const signal = checkSignal(this.path, options);
    const started = this.#native.growAsync(this.#handle, length);
    const failure = started.job === undefined ? started : await outcomeOf(this.#native, started, signal);
    if (failure?.status === Status.stopped) throw abortedError(this.path, signal, 0);
    if (failure !== undefined) this.#failGrowth(failure, length);
    if (length > this.#length) this.#length = length;
  }

  onFault(listener: FaultListener): () => void {
    if (this.closed) this.#fail(Status.closed);
    return this.#faultListeners.add(listener);
  }

  close(): void {
    const handle = this.#forget();
    if (handle !== undefined) this.#native.close(handle);
  }

  async closeAsync(): Promise<void> {
    const handle = this.#forget();
    if (handle !== undefined) await this.#native.closeAsync(handle)?.outcome;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The handle, by which alone the region is reached from now on; undefined if it is closed. */
  #forget(): number | undefined {
    if (this.#handle === closedHandle) return undefined;
    const handle = this.#handle;
    this.#handle = closedHandle;
    this.#faultListeners.clear();
    unclosed.unregister(this);
    return handle;
  }

  async #inBackground(
    verb: number,
    offset: number,
    length: number,
    third: number,
    options: AsyncOptions | undefined,
    { initial = 0, buffer, hint }: Extra = {},
  ): Promise<NativeOutcome> {
    if (this.closed) this.#fail(Status.closed);
    const signal = checkSignal(this.path, options);
    const started = this.#native.start(this.#handle, verb, offset, length, third, initial, buffer);
    if (typeof started === "number") {
      if (started === Status.wrongType || started === Status.outOfRange) {
        checkRange(offset, length, this.#length);
        if (verb === Verb.fill) failByte(third);
        failInitial(initial);
      }
      this.#failRange(started, offset, length);
    }
    return this.#finish(started, signal, hint);
  }

  async #finish(
    started: NativeJob<NativeOutcome>,
    signal: AbortSignal | undefined,
    hint: string = "",
  ): Promise<NativeOutcome> {
    const outcome = await outcomeOf(this.#native, started, signal);
    const { status, completedBytes } = outcome;
    if (status === Status.ok) return outcome;
    if (status === Status.stopped) throw abortedError(this.path, signal, completedBytes);
    if (status === Status.lostSource) throw lostSource();
    if (status === Status.unreadable) throw unreadableError(this.path, outcome.figure);
    if (status === Status.unsupported) failDeepFlush(this.path);
    if (status === Status.system) throw refusedHint(this.path, hint, outcome.errorNumber);
    if (status === Status.closed) throw closedUponError(this.path, completedBytes);
    return this.#fail(status);
  }

  /** Puts a verb's numbers where the addon reads them. A store would turn what is no number into one, so none may pass. */
  #pass(first: number, second: number, third: number): void {
    if (typeof first !== "number" || typeof second !== "number" || typeof third !== "number") {
      if (this.#handle === closedHandle) this.#fail(Status.closed);
      failNumbers(first, second, third);
    }
    const frame = this.#frame;
    frame[0] = this.#handle;
    frame[1] = first;
    frame[2] = second;
    frame[3] = third;
  }

  /** The fault that a region has met, if it has. */
  static #faultOf(region: MappedRegion | undefined): PmemError | undefined {
    if (region === undefined) return undefined;
    const trouble = region.#native.trouble(region.#handle);
    if (trouble?.status !== Status.fault) return undefined;
    region.#fault ??= troubleError(region.path, Status.fault, trouble);
    return region.#fault;
  }

  #failGrowth(failure: NativeFailure, length: number): never {
    const { status } = failure;
    if (status === Status.wrongType || status === Status.outOfRange) {
      if (typeof length !== "number") throw new TypeError(`length must be a number, got ${typeof length}; pass bytes`);
      throw new RangeError(`length must be a non-negative whole number of bytes, got ${length}`);
    }
    if (status === Status.syncFailed) this.#syncFailure ??= failureError(this.path, failure);
    if (blocking.has(status)) this.#fail(status);
    throw failureError(this.path, failure);
  }

  #failRanges(status: number, ranges: Float64Array): never {
    if (status === Status.outOfRange) checkRanges(ranges, this.#length);
    return this.#fail(status);
  }

  #failHint(hint: string, status: number, offset: number, length: number): never {
    if (status >= 0) this.#failRange(status, offset, length);
    throw refusedHint(this.path, hint, -status);
  }

  #failCopies(status: number): never {
    if (status !== Status.overlap) this.#failRange(status, 0, 0);
    throw new RangeError("a source overlaps the place it is copied to; copy by way of memory outside the region");
  }

  #failRange(status: number, offset: number, length: number): never {
    if (status === Status.wrongType || status === Status.outOfRange) checkRange(offset, length, this.#length);
    if (status === Status.overlap) {
      throw new RangeError(`the two ranges of ${length} bytes overlap; copy by way of memory outside the region`);
    }
    if (status === Status.viewTooLarge) {
      throw new PmemError(
        "ERR_PMEM_VIEW_TOO_LARGE",
        this.path,
        `a view of ${length} bytes is longer than the ${this.#native.mostViewBytes} that this runtime allows; ` +
          `use several views, or Node 22 or newer`,
      );
    }
    return this.#fail(status);
  }

  #failCopy(status: number, offset: number, source: ArrayBufferView): void {
    if (status === Status.wrongType || status === Status.outOfRange || status === Status.unsupported) {
      if (!ArrayBuffer.isView(source)) failSource(source);
      if (status === Status.unsupported) {
        // An element type newer than the addon's interface: the same bytes under a name that it knows.
        this.copy(offset, new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
        return;
      }
    }
    this.#failRange(status, offset, ArrayBuffer.isView(source) ? source.byteLength : 0);
  }

  #fail(status: Answer): never {
    switch (status) {
      case Status.closed:
        throw new PmemError("ERR_PMEM_CLOSED", this.path, `the region over ${this.path} is closed; map the file again`);
      case Status.readOnly:
        throw new PmemError(
          "ERR_PMEM_READ_ONLY",
          this.path,
          `the region over ${this.path} is read-only; map the file without readOnly to write`,
        );
      case Status.syncFailed:
        this.#syncFailure ??= troubleError(this.path, status, this.#native.trouble(this.#handle));
        throw this.#syncFailure;
      case Status.fault:
        this.#fault ??= troubleError(this.path, status, this.#native.trouble(this.#handle));
        throw this.#fault;
      case Status.viewsForbidden:
        throw new PmemError(
          "ERR_PMEM_UNSUPPORTED",
          this.path,
          "this runtime forbids ArrayBuffers over outside memory (Electron and others do); use plain Node.js",
        );
      default:
        throw new PmemError("ERR_PMEM_SYSTEM", this.path, `an operation on ${this.path} failed with status ${status}`);
    }
  }
}
