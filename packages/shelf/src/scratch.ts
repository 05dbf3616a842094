import { type AsyncOptions, checkRange, type Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { checkPlan } from "./codecs/check-plan.ts";
import type { Codec, Plan, Sink, Storage } from "./codecs/codec.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { roundUp, unitBytes } from "./layout.ts";

/**
 * A value that is not kept: its bytes lie on the shelf's device, or in a file without a name, and are gone when it is
 * freed, when the shelf is closed, and after any crash. It takes no part in transactions, and persisting it does nothing.
 */
export interface Scratch<Value> extends Disposable {
  /** The handle over the bytes. Detached by {@link free}. */
  readonly value: Value;
  readonly byteLength: number;
  /** Gives back the space. A second call does nothing. */
  free(): void;
}

/** Space for scratch values: extents of a region that nothing on media names. */
export class ScratchSpace {
  readonly #region: Region;
  readonly #allocator: Allocator;
  readonly #codecs: CodecRegistry;
  readonly #live = new Set<ScratchBytes>();

  constructor(region: Region, allocator: Allocator, codecs: CodecRegistry) {
    this.#region = region;
    this.#allocator = allocator;
    this.#codecs = codecs;
  }

  /** Bytes that scratch values take. */
  get bytes(): number {
    let sum = 0;
    for (const { extentBytes } of this.#live) sum += extentBytes;
    return sum;
  }

  make<Value>(value: Value): Scratch<Value> {
    const codec = this.#codecs.forValue(value);
    const plan = codec.plan(value);
    checkPlan(codec, plan);
    const offset = plan.byteLength === 0 ? 0 : this.#allocator.allocate(plan.byteLength, plan.alignment);
    const storage = new ScratchBytes(this.#region, offset, plan.byteLength);
    this.#live.add(storage);
    const free = (): void => {
      if (!this.#live.delete(storage)) return;
      storage.retire("freed", () => {
        if (plan.byteLength > 0) this.#allocator.release(offset, plan.byteLength);
      });
    };
    try {
      return {
        value: this.#fill(codec, plan, value, storage),
        byteLength: plan.byteLength,
        free,
        [Symbol.dispose]: free,
      };
    } catch (error) {
      free();
      throw error;
    }
  }

  close(): void {
    for (const storage of this.#live) storage.retire("closed", () => undefined);
    this.#live.clear();
  }

  #fill<Value>(codec: Codec, { meta, byteLength }: Plan, value: Value, storage: ScratchBytes): Value {
    if (byteLength > 0) codec.write(value, storage);
    return codec.open({
      name: "a scratch value",
      meta,
      byteLength,
      storage: () => storage,
    }) as Value;
  }
}

/** The bytes of one scratch value: written as a new value's are, used as a stored one's are. */
class ScratchBytes implements Storage, Sink {
  readonly byteLength: number;
  readonly extentBytes: number;
  readonly #region: Region;
  readonly #offset: number;
  #buffer: ArrayBuffer | undefined;
  #state: "live" | "freed" | "closed" = "live";
  /** Asynchronous copies that have not ended, and what waits for them. */
  #writes = 0;
  #whenIdle: (() => void) | undefined;

  constructor(region: Region, offset: number, byteLength: number) {
    this.#region = region;
    this.#offset = offset;
    this.byteLength = byteLength;
    this.extentBytes = roundUp(byteLength, unitBytes);
  }

  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) {
      this.#check(0, 0);
      this.#buffer = this.byteLength === 0 ? new ArrayBuffer(0) : this.#region.view(this.#offset, this.byteLength);
    }
    return this.#buffer;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    this.#check(byteOffset, source.byteLength);
    // Through the caches: nothing has to be durable, and who makes a scratch value is about to use it.
    new Uint8Array(this.buffer, byteOffset).set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }

  fill(byteOffset: number, byteLength: number, byte: number): void {
    this.#check(byteOffset, byteLength);
    this.#region.fill(this.#offset + byteOffset, byteLength, byte);
  }

  async copyAsync(byteOffset: number, source: ArrayBufferView, options?: AsyncOptions): Promise<void> {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    this.#check(byteOffset, source.byteLength);
    this.#writes++;
    try {
      await this.#region.copyAsync(this.#offset + byteOffset, source, options);
    } finally {
      this.#writes--;
      if (this.#writes === 0) this.#whenIdle?.();
    }
    this.#check(0, 0);
  }

  persist(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
  }

  async persistAsync(byteOffset: number, byteLength: number): Promise<void> {
    this.#check(byteOffset, byteLength);
  }

  flush(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
  }

  drain(): void {
    this.#check(0, 0);
  }

  snapshot(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
  }

  snapshotMany(ranges: ArrayLike<number>): void {
    for (let index = 0; index < ranges.length; index += 2) this.#check(ranges[index], ranges[index + 1]);
  }

  transaction<Result>(work: () => Result): Result {
    this.#check(0, 0);
    return work();
  }

  /** Detaches the buffer; calls `release` once nothing writes into the bytes any more. */
  retire(state: "freed" | "closed", release: () => void): void {
    this.#state = state;
    if (state === "freed" && this.#buffer !== undefined && this.byteLength > 0) this.#region.releaseView(this.#buffer);
    if (this.#writes === 0) release();
    else this.#whenIdle = release;
  }

  #check(byteOffset: number, byteLength: number): void {
    if (this.#state === "live") checkRange(byteOffset, byteLength, this.byteLength);
    else if (this.#state === "freed")
      throw new ShelfError("ERR_SHELF_ERASED", "this scratch value was freed; make another");
    else
      throw new ShelfError(
        "ERR_SHELF_CLOSED",
        "the space of this scratch value is closed; open it again and make another",
      );
  }
}
