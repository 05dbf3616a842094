import { checkRange } from "@nodemm/pmem-native";
import type { Sink, Storage } from "./codecs/codec.ts";
import { ShelfError } from "./errors.ts";
import type { Store } from "./store.ts";
import type { Variable } from "./variable.ts";

const noBytes = new ArrayBuffer(0);

/** The bytes of one variable, for its codec. */
export class VariableStorage implements Storage {
  readonly byteLength: number;
  readonly #store: Store;
  readonly #variable: Variable;
  #buffer: ArrayBuffer;
  #state: "live" | "erased" | "closed" = "live";

  constructor(store: Store, variable: Variable) {
    this.#store = store;
    this.#variable = variable;
    this.byteLength = variable.extentBytes;
    this.#buffer = variable.extentBytes === 0 ? noBytes : store.region.view(variable.extentOffset, variable.extentBytes);
  }

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  persist(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    if (byteLength > 0) this.#store.region.persist(this.#variable.extentOffset + byteOffset, byteLength);
  }

  flush(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    if (byteLength > 0) this.#store.region.flush(this.#variable.extentOffset + byteOffset, byteLength);
  }

  drain(): void {
    this.#check(0, 0);
    this.#store.region.drain();
  }

  snapshot(byteOffset: number, byteLength: number): void {
    this.#check(byteOffset, byteLength);
    this.#store.snapshot(this.#variable, [byteOffset, byteLength]);
  }

  snapshotMany(ranges: readonly number[] | Float64Array): void {
    if (ranges.length % 2 !== 0) throw new RangeError("ranges must hold pairs: offset, length, offset, length, ...");
    for (let index = 0; index < ranges.length; index += 2) this.#check(ranges[index], ranges[index + 1]);
    this.#store.snapshot(this.#variable, ranges);
  }

  transaction<Result>(work: () => Result): Result {
    this.#check(0, 0);
    return this.#store.transaction(work);
  }

  /** Detaches the buffer for good. */
  retire(state: "erased" | "closed"): void {
    if (this.#state !== "live") return;
    this.#state = state;
    if (state === "erased" && this.#buffer !== noBytes) this.#store.region.releaseView(this.#buffer);
  }

  #check(byteOffset: number, byteLength: number): void {
    if (this.#state !== "live") this.#fail();
    checkRange(byteOffset, byteLength, this.byteLength);
  }

  #fail(): never {
    const { name } = this.#variable;
    throw this.#state === "closed"
      ? new ShelfError("ERR_SHELF_CLOSED", `the shelf of "${name}" is closed; open it again and get("${name}")`)
      : new ShelfError("ERR_SHELF_ERASED", `"${name}" was erased or replaced; get("${name}") gives what is there now`, {
          variable: name,
        });
  }
}

/** Where a codec writes a value that is not published yet. */
export class NewExtent implements Sink {
  readonly byteLength: number;
  readonly #store: Store;
  readonly #variable: Variable;
  #viewed = false;

  constructor(store: Store, variable: Variable) {
    this.#store = store;
    this.#variable = variable;
    this.byteLength = variable.extentBytes;
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    if (!ArrayBuffer.isView(source)) throw new TypeError("source must be a typed array or DataView");
    checkRange(byteOffset, source.byteLength, this.byteLength);
    this.#store.region.copy(this.#variable.extentOffset + byteOffset, source);
  }

  fill(byteOffset: number, byteLength: number, byte: number): void {
    checkRange(byteOffset, byteLength, this.byteLength);
    this.#store.region.fill(this.#variable.extentOffset + byteOffset, byteLength, byte);
  }

  get buffer(): ArrayBuffer {
    this.#viewed = true;
    return this.#store.storageOf(this.#variable).buffer;
  }

  /** Starts the write-back of what was written through {@link buffer}. */
  finish(): void {
    if (this.#viewed) this.#store.region.flush(this.#variable.extentOffset, this.byteLength);
  }
}
