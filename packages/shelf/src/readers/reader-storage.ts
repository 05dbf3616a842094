import { type AsyncOptions, checkRange, type Region } from "@nodemm/pmem-native";
import type { Storage } from "../codecs/codec.ts";
import { ShelfError } from "../errors.ts";
import type { Variable } from "../variable.ts";

/** The bytes of one variable, for a reader; or for a worker that also stores into them, outside of transactions. */
export class ReaderStorage implements Storage {
  readonly byteLength: number;
  readonly #region: Region;
  readonly #variable: Variable;
  #buffer: ArrayBuffer | undefined;
  #retired = false;

  constructor(region: Region, variable: Variable) {
    this.byteLength = variable.extentBytes;
    this.#region = region;
    this.#variable = variable;
  }

  get buffer(): ArrayBuffer {
    const { extentOffset, extentBytes } = this.#variable;
    if (!this.#retired)
      this.#buffer ??= extentBytes === 0 ? new ArrayBuffer(0) : this.#region.view(extentOffset, extentBytes);
    return this.#buffer ?? this.#failRetired();
  }

  copy(byteOffset: number, source: ArrayBufferView): void {
    this.#region.copy(this.#at(byteOffset, source.byteLength), source);
  }

  async copyAsync(byteOffset: number, source: ArrayBufferView): Promise<void> {
    await this.#region.copyAsync(this.#at(byteOffset, source.byteLength), source);
  }

  persist(byteOffset: number, byteLength: number): void {
    this.#region.persist(this.#at(byteOffset, byteLength), byteLength);
  }

  async persistAsync(byteOffset: number, byteLength: number, options?: AsyncOptions): Promise<void> {
    await this.#region.persistAsync(this.#at(byteOffset, byteLength), byteLength, options);
  }

  flush(byteOffset: number, byteLength: number): void {
    this.#region.flush(this.#at(byteOffset, byteLength), byteLength);
  }

  drain(): void {
    this.#at(0, 0);
    this.#region.drain();
  }

  snapshot(): void {
    this.transaction();
  }

  snapshotMany(): void {
    this.transaction();
  }

  transaction(): never {
    throw new ShelfError(
      "ERR_SHELF_READ_ONLY",
      `"${this.#variable.name}" belongs to another opener, and only that one has transactions; ask it for the change`,
      { variable: this.#variable.name },
    );
  }

  /** Detaches the buffer: the variable is gone, or lies elsewhere now. */
  retire(): void {
    if (!this.#retired && this.#buffer !== undefined && this.#buffer.byteLength > 0)
      this.#region.releaseView(this.#buffer);
    this.#retired = true;
  }

  #at(byteOffset: number, byteLength: number): number {
    if (this.#retired) this.#failRetired();
    if (this.#region.readOnly) this.transaction();
    checkRange(byteOffset, byteLength, this.byteLength);
    return this.#variable.extentOffset + byteOffset;
  }

  #failRetired(): never {
    const { name } = this.#variable;
    throw new ShelfError(
      "ERR_SHELF_ERASED",
      `"${name}" was erased or replaced; get("${name}") gives what is there now`,
      {
        variable: name,
      },
    );
  }
}
