/**
 * A region over the native addon.
 *
 * Invariants: `#handle` names an open native region, or is -1 for ever once closed. Every check that memory safety rests
 * on is made natively; a status that comes back is turned into an error here, off the hot path. A failed sync or fault
 * is kept as one error object and thrown again and again.
 */
import { checkAdvice } from "./advice.ts";
import { abortedError, checkAsyncSource, checkSignal } from "./async-options.ts";
import type { Answer, Binding, NativeRegion } from "./binding.ts";
import { PmemError } from "./errors.ts";
import { failureError, refusedHint, troubleError } from "./failures.ts";
import type { Instructions, MappedFile } from "./map-file.ts";
import { checkRange, checkRanges, toFloat64s } from "./range.ts";
import type { ByteRange, MediaFact } from "./media.ts";
import { readSafely } from "./read-safely.ts";
import type { Advice, AsyncOptions, Durability, Granularity, Ranges } from "./region.ts";
import type { PersistenceDomain, SourceKind } from "./source.ts";
import { Status } from "./status.ts";

const closedHandle = -1;

/** What the thread pool does: the numbers of `Region::Piece::Verb`. */
const Verb = { persist: 0, copy: 1, fill: 2 } as const;

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
  readonly #native: Binding;
  readonly #frame: Float64Array;
  #handle: number;
  #length: number;
  #failure: PmemError | undefined;

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
    this.instructions = Object.freeze({ flush: opened.flush, copy: opened.copy, crc: opened.crc32c });
    this.#native = native;
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
    if (status === Status.unsupported) {
      throw new PmemError(
        "ERR_PMEM_UNSUPPORTED",
        this.path,
        `the range is persistent, but ${this.path} is a DAX device, which has no deeper flush; use persist there`,
      );
    }
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

  copyWithin(target: number, source: number, length: number): void {
    this.#pass(target, source, length);
    const status = this.#native.copyWithin();
    if (status === undefined) return;
    if (status === Status.outOfRange) checkRange(source, length, this.#length);
    this.#failRange(status, target, length);
  }

  fill(offset: number, length: number, byte: number): void {
    this.#pass(offset, length, byte);
    const status = this.#native.fill();
    if (status === undefined) return;
    if (status === Status.outOfRange) {
      checkRange(offset, length, this.#length);
      throw new RangeError(`byte must be a whole number from 0 to 255, got ${byte}`);
    }
    this.#fail(status);
  }

  publish(offset: number, low: number, high: number): void {
    this.#pass(offset, low, high);
    const status = this.#native.publish();
    if (status === undefined) return;
    if (status === Status.unaligned) {
      throw new RangeError(`offset must be a multiple of 8, got ${offset}; only aligned words are failure-atomic`);
    }
    if (status === Status.outOfRange) {
      checkRange(offset, 8, this.#length);
      throw new RangeError(`low and high must be unsigned 32-bit whole numbers, got ${low} and ${high}`);
    }
    this.#fail(status);
  }

  persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    return this.#inBackground(Verb.persist, offset, length, 0, undefined, options);
  }

  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    const bytes = checkAsyncSource(source);
    const { length } = bytes;
    await this.#inBackground(Verb.copy, offset, length, 0, bytes, options);
    if (bytes.length !== length) {
      throw new TypeError("the source was transferred while it was copied, so the copy is of no use; leave it alone");
    }
  }

  fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    return this.#inBackground(Verb.fill, offset, length, byte, undefined, options);
  }

  crc32c(offset: number, length: number, initial: number = 0): number {
    this.#pass(offset, length, initial);
    const status = this.#native.crc32c();
    if (status === undefined) return this.#frame[0];
    if (status === Status.outOfRange) {
      checkRange(offset, length, this.#length);
      throw new RangeError(`initial must be an unsigned 32-bit whole number, got ${initial}`);
    }
    return this.#fail(status);
  }

  readSafely(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const read = readSafely(this.#native, this.#handle, this, offset, length);
    return typeof read === "number" ? this.#fail(read) : read;
  }

  grow(length: number): void {
    const failure = this.#native.grow(this.#handle, length);
    if (failure === undefined) {
      if (length > this.#length) this.#length = length;
      return;
    }
    const { status } = failure;
    if (status === Status.wrongType || status === Status.outOfRange) {
      if (typeof length !== "number") throw new TypeError(`length must be a number, got ${typeof length}; pass bytes`);
      throw new RangeError(`length must be a non-negative whole number of bytes, got ${length}`);
    }
    if (this.#failure === undefined && status === Status.syncFailed) this.#failure = failureError(this.path, failure);
    if (status === Status.closed || status === Status.readOnly || status === Status.fault || this.#failure) {
      this.#fail(status);
    }
    throw failureError(this.path, failure);
  }

  close(): void {
    if (this.#handle === closedHandle) return;
    const handle = this.#handle;
    this.#handle = closedHandle;
    unclosed.unregister(this);
    this.#native.close(handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #inBackground(
    verb: number,
    offset: number,
    length: number,
    byte: number,
    source: Uint8Array | undefined,
    options: AsyncOptions | undefined,
  ): Promise<void> {
    if (this.closed) this.#fail(Status.closed);
    const signal = checkSignal(this.path, options);
    const started = this.#native.start(this.#handle, verb, offset, length, byte, source);
    if (typeof started === "number") {
      if (started === Status.wrongType || started === Status.outOfRange) {
        checkRange(offset, length, this.#length);
        if (typeof byte !== "number") throw new TypeError(`byte must be a number, got ${typeof byte}`);
        throw new RangeError(`byte must be a whole number from 0 to 255, got ${byte}`);
      }
      this.#failRange(started, offset, length);
    }
    const stop = (): void => this.#native.stop(started.job);
    signal?.addEventListener("abort", stop, { once: true });
    const { status, completedBytes } = await started.outcome;
    signal?.removeEventListener("abort", stop);
    if (status === Status.ok) return;
    if (status === Status.stopped) throw abortedError(this.path, signal, completedBytes);
    if (status !== Status.closed) this.#fail(status);
    throw new PmemError(
      "ERR_PMEM_CLOSED",
      this.path,
      `the region over ${this.path} was closed when the first ${completedBytes} bytes of the operation were durable; ` +
        `await operations before close()`,
      { completedBytes },
    );
  }

  /** Puts a verb's numbers where the addon reads them. A store would turn what is no number into one, so none may pass. */
  #pass(first: number, second: number, third: number): void {
    if (typeof first !== "number" || typeof second !== "number" || typeof third !== "number") {
      if (this.#handle === closedHandle) this.#fail(Status.closed);
      throw new TypeError(
        `expected numbers, got ${typeof first}, ${typeof second} and ${typeof third}; pass offsets and lengths in bytes ` +
          `as plain numbers`,
      );
    }
    const frame = this.#frame;
    frame[0] = this.#handle;
    frame[1] = first;
    frame[2] = second;
    frame[3] = third;
  }

  #failRanges(status: number, ranges: Float64Array): never {
    if (status === Status.outOfRange) checkRanges(ranges, this.#length);
    return this.#fail(status);
  }

  #failHint(hint: string, status: number, offset: number, length: number): never {
    if (status >= 0) this.#failRange(status, offset, length);
    throw refusedHint(this.path, hint, -status);
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
      if (!ArrayBuffer.isView(source)) {
        throw new TypeError(`source must be a TypedArray, Buffer or DataView, got ${typeof source}; wrap it in one`);
      }
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
      case Status.fault:
        this.#failure ??= troubleError(this.path, status, this.#native.trouble(this.#handle));
        throw this.#failure;
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
