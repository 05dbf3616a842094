import type { Catalog } from "./catalog.ts";
import type { OperationArea } from "./operation-area.ts";
import { type Meta, operationBytes } from "./operation.ts";
import type { VariableStorage } from "./storage.ts";

const noData = { type: "", created: 0, extentBytes: 0 };

/** What a variable takes over from the one that it replaces. */
export interface History {
  readonly version: number;
  /** In seconds since 1970; 0 where nothing is replaced. */
  readonly created: number;
}

/** Of a name that had no value before. */
export const noHistory: History = { version: 1, created: 0 };

/** Of a name whose value, if it has one, is replaced. */
export function historyBehind(previous: Variable | UnopenedValue | undefined): History {
  if (previous === undefined) return noHistory;
  if (previous instanceof UnopenedValue) return previous;
  const { version, created, modified } = previous;
  return { version: nextVersion(version), created: created === 0 ? wholeSeconds(modified) : created };
}

function nextVersion(version: number): number {
  return (version + 1) >>> 0;
}

/** As the format keeps them: at least 1, and from 2106 on no more. */
function wholeSeconds(milliseconds: number): number {
  return Math.min(Math.max(Math.floor(milliseconds / 1000), 1), 2 ** 32 - 1);
}

/**
 * One name's entry in the index: where its bytes are, and what has been opened over them. A variable object stands for
 * one stored value; replacing a value makes a new object and retires the old one.
 */
export class Variable {
  name: string;
  readonly type: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** When it was first set, in seconds since 1970, if it has been replaced since; else 0. */
  readonly created: number;
  /** 0 where the value is its meta alone. */
  readonly extentOffset: number;
  readonly extentBytes: number;
  /** Where the catalog holds the operation that put it, or -1 while only {@link pendingMeta} has its meta. */
  place = -1;
  /** Its slot in the index of names; -1 of an item of a list. */
  slot = -1;
  /** Whether that operation says another name. */
  isRenamed = false;
  metaBytes = 0;
  pendingMeta: Meta | undefined;
  /** Bytes of the operations that put it, and seal it, in a catalog that is written anew. */
  recordBytes = 0;

  /** CRC of the data, for {@link Shelf.check} to compare; -1 where it is not sealed. */
  seal = -1;

  /** What the codec opened, where it may be handed out again. */
  opened: unknown = undefined;
  storage: VariableStorage | undefined = undefined;

  /** Whether a thread may hold a shared view of the bytes, which nothing can take back; undefined where none was made. */
  sharing: (() => boolean) | undefined;
  /** Asynchronous writes into the extent that have not ended. */
  #writes = 0;
  #freeWhenIdle: (() => void) | undefined;

  /** Whether the open transaction made it, so that nothing on media names it yet. */
  get isNew(): boolean {
    return this.pendingMeta !== undefined;
  }

  /** Whether somebody may be looking at the bytes where they are. */
  get isPinned(): boolean {
    return this.storage !== undefined || this.#writes > 0 || this.sharing?.() === true;
  }

  constructor(fields: {
    name: string;
    type: string;
    version: number;
    modified: number;
    created: number;
    extentOffset: number;
    extentBytes: number;
  }) {
    this.name = fields.name;
    this.type = fields.type;
    this.version = fields.version;
    this.modified = fields.modified;
    this.created = fields.created;
    this.extentOffset = fields.extentOffset;
    this.extentBytes = fields.extentBytes;
  }

  /** Records where a new catalog, which knows its present name, has it. */
  moveRecord(place: number): void {
    this.place = place;
    this.isRenamed = false;
  }

  /** Gives it another name; not in the index. */
  rename(name: string): void {
    this.recordBytes -= this.#namedBytes();
    this.name = name;
    this.isRenamed = true;
    this.recordBytes += this.#namedBytes();
  }

  /** Records that the data have a CRC, or none (-1). */
  setSeal(crc: number): void {
    this.recordBytes -= this.#sealBytes();
    this.seal = crc;
    this.recordBytes += this.#sealBytes();
  }

  #namedBytes(): number {
    return operationBytes(this.name, this.metaBytes, this) + this.#sealBytes();
  }

  #sealBytes(): number {
    return this.seal < 0 ? 0 : operationBytes(this.name, 0, noData);
  }

  /** Waits for an asynchronous write into the extent, which is not given to anything else until then. */
  async keepExtentFor(write: Promise<void>): Promise<void> {
    this.beginWrite();
    try {
      await write;
    } finally {
      this.endWrite();
    }
  }

  /** Keeps the extent until {@link endWrite} has been called as often. */
  beginWrite(): void {
    this.#writes++;
  }

  endWrite(): void {
    this.#writes--;
    if (this.#writes === 0) this.#freeWhenIdle?.();
  }

  /** Calls `free` when nothing writes into the extent any more: at once, or when the last write has ended. */
  whenIdle(free: () => void): void {
    if (this.#writes === 0) free();
    else this.#freeWhenIdle = free;
  }
}

/** A value without an extent that nobody has asked for: as much of it as whatever replaces it needs, and takes over. */
export class UnopenedValue implements History {
  readonly slot: number;
  readonly place: number;
  readonly recordBytes: number;
  readonly version: number;
  readonly created: number;

  /** Keeps what it is given: so small a constructor is no call. */
  constructor(slot: number, place: number, recordBytes: number, version: number, created: number) {
    this.slot = slot;
    this.place = place;
    this.recordBytes = recordBytes;
    this.version = version;
    this.created = created;
  }
}

/** Of the put at a place, which has no extent. */
export function readUnopened(operations: OperationArea, place: number, slot: number): UnopenedValue {
  const { version, created, operationBytes: bytes } = operations.replacedAt(place);
  const since = created === 0 ? wholeSeconds(operations.modifiedAt(place)) : created;
  return new UnopenedValue(slot, place, bytes, nextVersion(version), since);
}

/** A variable of what the catalog holds at a place. */
export function readVariable(catalog: Catalog, place: number, name: string): Variable {
  const put = catalog.operations.readPut(place);
  const { type, version, modified, created, extentOffset, extentBytes } = put;
  const variable = new Variable({ name, type, version, modified, created, extentOffset, extentBytes });
  variable.place = place;
  variable.metaBytes = put.metaBytes;
  variable.recordBytes = put.operationBytes;
  return variable;
}
