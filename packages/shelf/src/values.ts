import type { Region } from "@nodemm/pmem-native";
import type { Allocator } from "./allocator.ts";
import { checkPlan } from "./codecs/check-plan.ts";
import type { Codec } from "./codecs/codec.ts";
import { numberCodec } from "./codecs/number.ts";
import type { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { alignmentMax, roundUp, unitBytes } from "./layout.ts";
import type { Metadata } from "./metadata.ts";
import { type Meta, metaLength } from "./operation.ts";
import { NewExtent } from "./storage.ts";
import type { Transactions } from "./transactions.ts";
import { type History, Variable } from "./variable.ts";

/**
 * The part of an extent's bytes that may be lost behind it for the next one to begin at a huge page. Values of two and a
 * half such pages, one behind the other, would else leave a sixth of the shelf in gaps that none of them fits.
 */
const hugePageWasteMax: number = 1 / 16;

export interface ValuesParts {
  readonly region: Region;
  readonly metadata: Metadata;
  readonly allocator: Allocator;
  readonly transactions: Transactions;
  readonly codecs: CodecRegistry;
}

/** Values in and out through their codecs, inside the open transaction, before anything names them. */
export class Values {
  readonly #region: Region;
  readonly #metadata: Metadata;
  readonly #allocator: Allocator;
  readonly #transactions: Transactions;
  readonly #codecs: CodecRegistry;

  constructor(parts: ValuesParts) {
    this.#region = parts.region;
    this.#metadata = parts.metadata;
    this.#allocator = parts.allocator;
    this.#transactions = parts.transactions;
    this.#codecs = parts.codecs;
  }

  /** The value of a variable: the same one again where its codec allows that. */
  open(variable: Variable): unknown {
    if (variable.opened !== undefined) return variable.opened;
    const codec = this.#codecs.byType(variable.type);
    if (codec === undefined) {
      throw new ShelfError(
        "ERR_SHELF_TYPE",
        `"${variable.name}" is of type "${variable.type}", which no codec given to openShelf knows; ` +
          `open the shelf with { types: [...] } of the package that stored it`,
        { variable: variable.name },
      );
    }
    const value: unknown = codec.open({
      name: variable.name,
      meta: this.#metadata.metaOf(variable),
      byteLength: variable.extentBytes,
      storage: () => this.#transactions.storageOf(variable),
      read: () => this.#read(variable),
    });
    if (codec.shareable) variable.opened = value;
    return value;
  }

  /**
   * A variable that holds `value`, written but named by nothing yet. Its getters cannot change the shelf meanwhile.
   * @throws TypeError if no codec stores such a value; ShelfError `ERR_SHELF_NO_SPACE`
   */
  make(name: string, value: unknown, history: History, alignment?: number): Variable {
    const transactions = this.#transactions;
    const outer = transactions.isStoring;
    transactions.isStoring = true;
    try {
      return this.#make(name, value, history, alignment);
    } finally {
      transactions.isStoring = outer;
    }
  }

  #make(name: string, value: unknown, history: History, alignment: number | undefined): Variable {
    const codec = this.#codecs.forValue(value);
    // It is its own meta, and planning one would take longer than all else.
    if (codec === numberCodec) return this.#allocate(name, numberCodec.type, history, value as number, 0, unitBytes);
    const plan = codec.plan(value);
    checkPlan(codec, plan);
    const { meta, byteLength } = plan;
    const aligned = Math.max(alignment ?? unitBytes, plan.alignment ?? unitBytes);
    const variable = this.#allocate(name, codec.type, history, meta, byteLength, aligned);
    if (byteLength > 0) this.#write(codec, value, variable);
    if (codec.immutable === true) variable.opened = value;
    return variable;
  }

  /**
   * A variable with the bytes of another, whatever its type, which this process need not know.
   * @throws ShelfError `ERR_SHELF_TYPE` where its codec forbids that
   */
  copy(from: Variable, name: string, history: History): Variable {
    const { type, extentBytes: byteLength } = from;
    if (this.#codecs.byType(type)?.copyable === false) {
      throw new ShelfError(
        "ERR_SHELF_TYPE",
        `"${from.name}" is of type "${type}", whose bytes mean something under their own name only; ` +
          `have the package of that type store the value under "${name}"`,
        { variable: from.name },
      );
    }
    const meta = this.#metadata.metaOf(from);
    const variable = this.#allocate(name, type, history, meta, byteLength, unitBytes);
    if (byteLength > 0) {
      this.#region.copyWithin(variable.extentOffset, from.extentOffset, byteLength);
      this.#transactions.open.needsDrain = true;
    }
    return variable;
  }

  /** The same variable with its bytes at another, allocated place. */
  move(from: Variable, offset: number): Variable {
    const { name, type, version, modified, created, extentBytes } = from;
    const variable = new Variable({ name, type, version, modified, created, extentOffset: offset, extentBytes });
    variable.pendingMeta = this.#metadata.metaOf(from);
    variable.metaBytes = from.metaBytes;
    this.#region.copyWithin(offset, from.extentOffset, extentBytes);
    this.#transactions.open.needsDrain = true;
    return variable;
  }

  /** A copy of a variable's bytes. No view of them stays, so that the variable is not pinned. */
  #read(variable: Variable): Uint8Array {
    const { storage, extentOffset, extentBytes } = variable;
    if (extentBytes === 0) return new Uint8Array(0);
    if (storage !== undefined) return new Uint8Array(storage.buffer).slice();
    const view = this.#region.view(extentOffset, extentBytes);
    const bytes = new Uint8Array(view).slice();
    this.#region.releaseView(view);
    return bytes;
  }

  /** Without objects that are taken apart again: this is half of what setting a small value costs. */
  #allocate(
    name: string,
    type: string,
    { version, created }: History,
    meta: Meta,
    byteLength: number,
    alignment: number,
  ): Variable {
    const variable = new Variable({
      name,
      type,
      version,
      modified: this.#transactions.open.time,
      created,
      extentOffset: byteLength === 0 ? 0 : this.#extent(byteLength, alignment),
      extentBytes: byteLength,
    });
    variable.pendingMeta = meta;
    variable.metaBytes = metaLength(meta);
    return variable;
  }

  #write(codec: Codec, value: unknown, variable: Variable): void {
    try {
      const sink = new NewExtent(this.#transactions, variable);
      codec.write(value, sink);
      sink.finish();
      this.#transactions.open.needsDrain = true;
    } catch (error) {
      this.#transactions.discard(variable);
      throw error;
    }
  }

  #extent(bytes: number, alignment: number): number {
    const wasted = roundUp(bytes, alignmentMax) - bytes;
    if (wasted <= bytes * hugePageWasteMax && alignment < alignmentMax) {
      // Huge-page boundaries where there is room for it: a preference, not a condition.
      const offset = this.#allocator.tryAllocate(bytes, alignmentMax);
      if (offset >= 0) return offset;
    }
    return this.#allocator.allocate(bytes, alignment);
  }
}
