import {
  checkAsyncSource,
  checkRange,
  checkRanges,
  checkSignal,
  copyPiecewise,
  persistRecordInParts,
  refuseSharedView,
  type AsyncOptions,
  type CheckedCopy,
  type Copy,
  type CopyJob,
  type Durability,
  type FaultListener,
  type Ranges,
  type Region,
} from "@nodemm/pmem-native";
import {
  checkByte,
  checkCopiesApart,
  checkCrc,
  checkDisjoint,
  checkGrowth,
  checkWord,
  closedError,
  sourceBytes,
  wordBytes,
} from "../checks.ts";
import { RegionParts } from "../region-parts.ts";
import { SentBytes } from "./dirty-line.ts";
import type { MediaModel } from "./media-model.ts";
import { ObservedViews } from "./observed-views.ts";
import type { PersistKind, PersistPoint, PowerFailureOptions } from "./options.ts";
import type { Fate, PersistPoints } from "./persist-points.ts";

/**
 * A region whose bytes live in another one, and whose medium is a model.
 *
 * Every operation: look for stores made through views, call the hook, let the inner region do it, tell the model.
 */
export class ModelledRegion extends RegionParts implements Region {
  readonly model: MediaModel;
  readonly durability: Durability;
  readonly #hook: PowerFailureOptions["onPersistPoint"];
  readonly #points: PersistPoints | undefined;
  readonly #word: Uint8Array = new Uint8Array(8);
  readonly #views: ObservedViews = new ObservedViews();
  #operations = 0;
  #reached: PersistPoint | undefined;
  /** What a mutation has put off until after the next operation. */
  #putOff: (() => void) | undefined;
  /** What collects the bytes that an operation sends to the medium, while it is one of another thread. */
  #sent: SentBytes | undefined;

  constructor(
    inner: Region,
    model: MediaModel,
    hook: PowerFailureOptions["onPersistPoint"],
    points: PersistPoints | undefined,
  ) {
    super(inner);
    this.model = model;
    this.#hook = hook;
    this.#points = points;
    this.durability = Object.freeze({
      survives: inner.durability.survives,
      reason: `power failure is simulated over ${inner.source}: ${inner.durability.reason}`,
    });
  }

  /** Stores through shared views could not be found: another thread may make them at any moment. */
  get sharedViews(): boolean {
    return false;
  }

  /** Operations that have taken effect: the ordinal of the next, or of the one that the hook is being told of. */
  get operations(): number {
    return this.#operations;
  }

  view(offset: number, length: number): ArrayBuffer {
    const buffer = this.inner.view(offset, length);
    this.#views.add(buffer, offset);
    return buffer;
  }

  releaseView(view: ArrayBuffer): void {
    this.observe();
    this.inner.releaseView(view);
    this.#views.delete(view);
  }

  sharedView(offset: number, length: number): SharedArrayBuffer {
    this.#check(offset, length);
    return refuseSharedView(this.source);
  }

  isShared(offset: number, length: number): boolean {
    this.#check(offset, length);
    return false;
  }

  flush(offset: number, length: number): void {
    this.#check(offset, length);
    const sent = this.#sent;
    const fate = this.#reach("flush", offset, length);
    this.#affect(fate, () => {
      this.inner.flush(offset, length);
      this.model.flush(offset, length, sent);
    });
  }

  drain(): void {
    this.#checkOpen();
    const fate = this.#reach("drain", 0, 0);
    this.#affect(fate, () => {
      if (fate === "put off") this.#tell("drain", 0, 0);
      this.inner.drain();
      this.model.drain();
    });
  }

  persist(offset: number, length: number): void {
    this.flush(offset, length);
    this.drain();
  }

  deepFlush(offset: number, length: number): void {
    this.persist(offset, length);
  }

  prefault(offset: number, length: number): void {
    this.#check(offset, length);
    this.inner.prefault(offset, length);
  }

  advise(...given: Parameters<Region["advise"]>): void {
    this.inner.advise(...given);
  }

  /** Power may fail between any two of the ranges. */
  flushMany(ranges: Ranges): void {
    this.#checkOpen();
    checkRanges(ranges, this.length);
    const checked = Float64Array.from(ranges);
    for (let at = 0; at < checked.length; at += 2) this.flush(checked[at], checked[at + 1]);
  }

  persistMany(ranges: Ranges): void {
    this.flushMany(ranges);
    this.drain();
  }

  copy(offset: number, source: ArrayBufferView): void {
    this.#checkOpen();
    const bytes = sourceBytes(source);
    checkRange(offset, bytes.length, this.length);
    const place = this.#views.offsetOf(bytes.buffer);
    if (place !== undefined) checkDisjoint(offset, place + bytes.byteOffset, bytes.length);
    this.#storePastCaches("copy", offset, bytes.length, () => {
      this.inner.copy(offset, bytes);
      this.model.store(offset, bytes);
    });
  }

  copyMany(copies: readonly Copy[]): void {
    this.#checkOpen();
    for (const { offset, source } of this.#checkCopies(copies, false)) this.copy(offset, source);
  }

  copyWithin(target: number, source: number, length: number): void {
    this.#check(source, length);
    checkRange(target, length, this.length);
    checkDisjoint(target, source, length);
    this.#storePastCaches("copy", target, length, () => {
      this.inner.copyWithin(target, source, length);
      this.model.move(target, source, length);
    });
  }

  /** Power may fail between its parts. */
  persistRecord(...given: Parameters<Region["persistRecord"]>): void {
    persistRecordInParts(this, given, (offset, sum) => {
      this.inner.copy(offset, sum);
      this.model.store(offset, sum);
    });
  }

  fill(offset: number, length: number, byte: number): void {
    this.#check(offset, length);
    checkByte(byte);
    this.#storePastCaches("fill", offset, length, () => {
      this.inner.fill(offset, length, byte);
      this.model.fill(offset, length, byte);
    });
  }

  publish(offset: number, low: number, high: number): void {
    this.#check(offset, 8);
    checkWord(offset, low, high);
    const fate = this.#reach("publish", offset, 8);
    this.inner.publish(offset, low, high);
    this.model.store(offset, wordBytes(low, high, this.#word));
    this.#affect(fate);
  }

  async persistAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    await this.#elsewhere(offset, length, () => this.flush(offset, length));
  }

  async persistManyAsync(ranges: Ranges, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    checkRanges(ranges, this.length);
    const checked = Float64Array.from(ranges);
    const sent = new SentBytes();
    this.#send(sent, () => this.flushMany(checked));
    for (let at = 0; at < checked.length; at += 2) await this.#drainLater(checked[at], checked[at + 1], sent);
  }

  async copyAsync(offset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    const bytes = checkAsyncSource(source);
    await this.#elsewhere(offset, bytes.length, () => this.copy(offset, bytes));
  }

  copyManyAsync(copies: readonly Copy[], options?: AsyncOptions): CopyJob {
    const assertGoing = (): void => this.#checkGoing(options);
    assertGoing();
    const checked = this.#checkCopies(copies, true);
    // Their sources may be gone by the time that they are durable.
    const ranges = checked.map(({ offset, source }) => [offset, source.length]);
    const sent = new SentBytes(true);
    const copy = (offset: number, source: Uint8Array): void => this.#send(sent, () => this.copy(offset, source));
    return copyPiecewise(checked, copy, assertGoing, async () => {
      for (const [offset, length] of ranges) await this.#drainLater(offset, length, sent);
    });
  }

  async fillAsync(offset: number, length: number, byte: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    await this.#elsewhere(offset, length, () => this.fill(offset, length, byte));
  }

  async copyWithinAsync(target: number, source: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    await this.#elsewhere(target, length, () => this.copyWithin(target, source, length));
  }

  async deepFlushAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    await this.persistAsync(offset, length, options);
  }

  async prefaultAsync(offset: number, length: number, options?: AsyncOptions): Promise<void> {
    this.#check(offset, length);
    await this.inner.prefaultAsync(offset, length, options);
  }

  async adviseAsync(...given: Parameters<Region["adviseAsync"]>): Promise<void> {
    await this.inner.adviseAsync(...given);
  }

  async crc32cAsync(offset: number, length: number, initial = 0, options?: AsyncOptions): Promise<number> {
    this.#checkGoing(options);
    return this.crc32c(offset, length, initial);
  }

  /** Does an operation on a range as another thread does it, with that thread's drain. */
  async #elsewhere(offset: number, length: number, operation: () => void): Promise<void> {
    const sent = new SentBytes();
    this.#send(sent, operation);
    await this.#drainLater(offset, length, sent);
  }

  /** Does an operation whose bytes no drain of this thread makes durable. */
  #send(sent: SentBytes, operation: () => void): void {
    this.#sent = sent;
    try {
      operation();
    } finally {
      this.#sent = undefined;
    }
  }

  /**
   * The drain of another thread: of what it has sent of this range, and after the caller has gone on, so that who does not
   * await it finds states in which it has not happened.
   */
  async #drainLater(offset: number, length: number, sent: SentBytes): Promise<void> {
    await Promise.resolve();
    this.#checkOpen();
    sent.isStored = true;
    const fate = this.#reach("drain", offset, length);
    this.#affect(fate, () => {
      if (fate === "put off") this.#tell("drain", offset, length);
      this.inner.persist(offset, length);
      this.model.drainSent(offset, length, sent);
    });
  }

  async crc32cOfAsync(...given: Parameters<Region["crc32cOfAsync"]>): Promise<number> {
    return this.inner.crc32cOfAsync(...given);
  }

  crc32c(offset: number, length: number, initial = 0): number {
    this.#check(offset, length);
    checkCrc(initial);
    return this.inner.crc32c(offset, length, initial);
  }

  crc32cOf(source: ArrayBufferView, initial?: number): number {
    return this.inner.crc32cOf(source, initial);
  }

  grow(length: number): void {
    this.#checkOpen();
    checkGrowth(length, this.capacity, this.source);
    if (length <= this.length) return this.inner.grow(length);
    const fate = this.#reach("grow", this.length, length - this.length);
    this.inner.grow(length);
    this.model.grow(this.length);
    this.#affect(fate);
  }

  async growAsync(length: number, options?: AsyncOptions): Promise<void> {
    this.#checkGoing(options);
    this.grow(length);
  }

  onFault(listener: FaultListener): () => void {
    return this.inner.onFault(listener);
  }

  close(): void {
    if (this.closed) return;
    this.observe();
    this.#views.clear();
    this.inner.close();
  }

  async closeAsync(): Promise<void> {
    this.close();
  }

  /** Finds the stores that were made through views since the last look. */
  observe(): void {
    this.#views.observe(this.model);
  }

  /** Called before an operation takes effect; tells what a mutation makes of it. */
  #reach(kind: PersistKind, offset: number, length: number): Fate {
    this.#tell(kind, offset, length);
    const index = this.#operations++;
    this.#reached = this.#points?.reach(kind, this.#reached);
    return this.#reached === undefined ? "as it is" : this.#points!.fateOf(this.#reached, index);
  }

  #storePastCaches(kind: "copy" | "fill", offset: number, length: number, store: () => void): void {
    const sent = this.#sent;
    const fate = this.#reach(kind, offset, length);
    store();
    this.#affect(fate, () => this.model.pastCaches(offset, length, sent));
  }

  #tell(kind: PersistKind, offset: number, length: number): void {
    this.observe();
    this.#hook?.(kind, this.#operations, offset, length);
  }

  /** Does what an operation does to the medium, beyond storing, and after it what an operation before it has put off. */
  #affect(fate: Fate, effect?: () => void): void {
    const late = this.#putOff;
    this.#putOff = fate === "put off" ? effect : undefined;
    if (fate === "as it is") effect?.();
    late?.();
  }

  #checkCopies(copies: readonly Copy[], goOn: boolean): CheckedCopy[] {
    return checkCopiesApart(copies, this.length, goOn, (buffer) => this.#views.offsetOf(buffer));
  }

  #check(offset: number, length: number): void {
    this.#checkOpen();
    checkRange(offset, length, this.length);
  }

  #checkGoing(options: AsyncOptions | undefined): void {
    this.#checkOpen();
    checkSignal(this.source, options);
  }

  #checkOpen(): void {
    if (this.closed) throw closedError(this.source);
  }
}
