/**
 * The operations that lie in a catalog's area, each at a place: an offset from the area's start. Places are those of
 * operations that were written there or checked when their frame was read; nothing here knows of frames.
 */
import type { CatalogVisitor } from "./catalog-visitor.ts";
import { hashOfBytes } from "./encoded-text.ts";
import { ShelfError } from "./errors.ts";
import {
  frameHeaderBytes,
  hasCreatedBit,
  hasExtentBit,
  operation,
  operationCreatedBytes,
  operationHeaderBytes,
  operationKind,
  roundUp,
  wordBytes,
} from "./layout.ts";
import { headerBytes, nameBytes, typeBytes } from "./operation.ts";
import { readUtf8 } from "./utf8.ts";
import { readU53 } from "./words.ts";

/** A put as it stands in the catalog, but for the name. */
export interface StoredPut {
  readonly type: string;
  readonly version: number;
  readonly modified: number;
  readonly created: number;
  readonly extentOffset: number;
  readonly extentBytes: number;
  readonly metaBytes: number;
  readonly operationBytes: number;
}

// At hand, because a look-up in the layout for each would take longer than all the loads.
const versionWord = operation.version.offset / 4;
const metaBytesWord = operation.metaBytes.offset / 4;
const noExtent = { extentOffset: 0, extentBytes: 0 };
const knownTypesMax = 8;

export class OperationArea {
  readonly #offset: number;
  readonly #words: Uint32Array;
  readonly #content: Uint8Array;
  readonly #knownTypes: string[] = [];

  /** `offset` is where the area lies in the shelf, for messages. */
  constructor(buffer: ArrayBuffer, offset: number) {
    this.#offset = offset;
    this.#words = new Uint32Array(buffer);
    this.#content = new Uint8Array(buffer);
  }

  /** What the put at a place that `Catalog.scan` gave says, but for the name. */
  readPut(place: number): StoredPut {
    const words = this.#words;
    const { extentOffset, extentBytes } = this.extentAt(place);
    return {
      type: this.#typeAt(place),
      version: words[place / 4 + versionWord],
      modified: this.modifiedAt(place),
      created: this.createdAt(place),
      extentOffset,
      extentBytes,
      metaBytes: words[place / 4 + metaBytesWord],
      operationBytes: this.bytesAt(place),
    };
  }

  /** What of the put at a place concerns the one that replaces it; read at once, for that is done more often than all else. */
  replacedAt(place: number): Pick<StoredPut, "version" | "created" | "operationBytes"> {
    const words = this.#words;
    const at = place / 4;
    const head = words[at];
    const header = headerBytes(head);
    return {
      version: words[at + versionWord],
      created: (head >>> 8) & hasCreatedBit ? words[at + (header - operationCreatedBytes) / 4] : 0,
      operationBytes: roundUp(header + nameBytes(head) + typeBytes(head) + words[at + metaBytesWord], wordBytes),
    };
  }

  /** @throws ShelfError `ERR_SHELF_CORRUPT` */
  modifiedAt(place: number): number {
    const modified = readU53(this.#words, place / 4 + operation.modified.offset / 4);
    return modified >= 0 ? modified : this.corrupt("operation", place, "is malformed");
  }

  /** When the put at a place was first set, in seconds since 1970, if it has been replaced since; else 0. */
  createdAt(place: number): number {
    const head = this.#words[place / 4];
    if (((head >>> 8) & hasCreatedBit) === 0) return 0;
    return this.#words[(place + headerBytes(head) - operationCreatedBytes) / 4];
  }

  hasExtent(place: number): boolean {
    return ((this.#words[place / 4] >>> 8) & hasExtentBit) !== 0;
  }

  /** The extent of the put at a place; zeros where it has none. */
  extentAt(place: number): { readonly extentOffset: number; readonly extentBytes: number } {
    if (!this.hasExtent(place)) return noExtent;
    const at = place / 4;
    return {
      extentOffset: readU53(this.#words, at + operation.extentOffset.offset / 4),
      extentBytes: readU53(this.#words, at + operation.extentBytes.offset / 4),
    };
  }

  /** Bytes that the operation at a place takes. */
  bytesAt(place: number): number {
    return this.#operationEnd(place) - place;
  }

  /** Whether the put at a place says that its type is this one, of characters of one byte each. Decodes and allocates nothing. */
  isOfType(place: number, type: string): boolean {
    const head = this.#words[place / 4];
    if (typeBytes(head) !== type.length) return false;
    const at = place + headerBytes(head) + nameBytes(head);
    for (let index = 0; index < type.length; index++) {
      if (this.#content[at + index] !== type.charCodeAt(index)) return false;
    }
    return true;
  }

  /** The name that the operation at a place says. @throws ShelfError `ERR_SHELF_CORRUPT` */
  nameAt(place: number): string {
    const head = this.#words[place / 4];
    return this.#text(place + headerBytes(head), nameBytes(head), place);
  }

  /** The hash of that name, by {@link hashOf}, without the name. @throws ShelfError `ERR_SHELF_CORRUPT` */
  nameHashAt(place: number): number {
    const head = this.#words[place / 4];
    const start = place + headerBytes(head);
    const end = start + nameBytes(head);
    let all = 0;
    for (let at = start; at < end; at++) all |= this.#content[at];
    // For what is not ASCII it takes more to know that it is text.
    if (all > 0x7f) this.#text(start, nameBytes(head), place);
    return hashOfBytes(this.#content, start, end);
  }

  /** Whether the operation at a place says this name. */
  isNamed(place: number, name: string): boolean {
    const head = this.#words[place / 4];
    const bytes = nameBytes(head);
    const start = place + headerBytes(head);
    // As many bytes as characters: they are ASCII, or no name of these.
    if (bytes !== name.length) return bytes > name.length && this.nameAt(place) === name;
    for (let index = 0; index < bytes; index++) {
      if (this.#content[start + index] !== name.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Whether the operations at two places say the same name. */
  haveSameName(place: number, other: number): boolean {
    const [head, otherHead] = [this.#words[place / 4], this.#words[other / 4]];
    const bytes = nameBytes(head);
    if (nameBytes(otherHead) !== bytes) return false;
    const [start, otherStart] = [place + headerBytes(head), other + headerBytes(otherHead)];
    for (let index = 0; index < bytes; index++) {
      if (this.#content[start + index] !== this.#content[otherStart + index]) return false;
    }
    return true;
  }

  /** The bytes of the meta of the operation at a place, copied. */
  metaAt(place: number): Uint8Array {
    const head = this.#words[place / 4];
    const at = place + headerBytes(head) + nameBytes(head) + typeBytes(head);
    return this.#content.slice(at, at + this.#words[place / 4 + metaBytesWord]);
  }

  /** Copies the operation at a place, of so many bytes, to words of other memory, from `at` on. */
  copyTo(place: number, bytes: number, target: Uint32Array, at: number): void {
    const words = this.#words;
    const first = place / 4;
    const count = bytes / 4;
    // A loop is faster than a call for the few words that most puts have.
    if (count <= 64) for (let word = 0; word < count; word++) target[at + word] = words[first + word];
    else target.set(words.subarray(first, first + count), at);
  }

  /** Reads the operations of the frame from `start` to `end`. @throws ShelfError `ERR_SHELF_CORRUPT` */
  visit(start: number, end: number, visitor: CatalogVisitor): void {
    const words = this.#words;
    let place = start + frameHeaderBytes;
    while (place + operationHeaderBytes <= end && words[place / 4] !== 0) {
      const head = words[place / 4];
      const kind = head & 0xff;
      const next = this.#operationEnd(place);
      if (next > end) this.corrupt("operation", place, "is malformed");
      const number = words[place / 4 + versionWord];
      if (kind === operationKind.laneCommit) visitor.laneCommit(number, this.modifiedAt(place));
      else if (kind === operationKind.listClear) visitor.clearItems(number, this.modifiedAt(place) > 0);
      else if (kind >= operationKind.itemInsert && kind <= operationKind.itemErase) {
        const isThere = visitor.item(kind, number, this.modifiedAt(place), place);
        if (!isThere) this.corrupt("operation", place, "names an item that is not there");
      } else if (kind === operationKind.put) visitor.put(place);
      else {
        const name = this.nameAt(place);
        if (kind === operationKind.erase) visitor.erase(name);
        else if (kind === operationKind.rename) visitor.rename(name, this.#newName(place));
        else if (kind === operationKind.swap) {
          const areThere = visitor.swap(name, this.#newName(place));
          if (!areThere) this.corrupt("operation", place, "swaps names that are not there");
        } else if (kind === operationKind.seal) {
          const isSealed = this.modifiedAt(place) === 1;
          const isThere = visitor.seal(name, isSealed ? number : -1);
          // Some releases unsealed what the same transaction had erased before.
          if (!isThere && isSealed) this.corrupt("operation", place, "seals a name that is not there");
        } else this.corrupt("operation", place, `has the unknown kind ${kind}`);
      }
      place = next;
    }
  }

  #operationEnd(place: number): number {
    const head = this.#words[place / 4];
    const metaBytes = this.#words[place / 4 + metaBytesWord];
    return place + roundUp(headerBytes(head) + nameBytes(head) + typeBytes(head) + metaBytes, wordBytes);
  }

  #newName(place: number): string {
    const head = this.#words[place / 4];
    const at = place + headerBytes(head) + nameBytes(head) + typeBytes(head);
    return this.#text(at, this.#words[place / 4 + metaBytesWord], place);
  }

  /** There are few types, so that each is decoded once. */
  #typeAt(place: number): string {
    for (const known of this.#knownTypes) if (this.isOfType(place, known)) return known;
    const head = this.#words[place / 4];
    const type = this.#text(place + headerBytes(head) + nameBytes(head), typeBytes(head), place);
    if (type.length === typeBytes(head) && this.#knownTypes.length < knownTypesMax) this.#knownTypes.push(type);
    return type;
  }

  #text(at: number, bytes: number, position: number): string {
    try {
      return readUtf8(this.#content, at, bytes);
    } catch (cause) {
      return this.corrupt("operation", position, "holds text that is not UTF-8", cause);
    }
  }

  /** @throws ShelfError `ERR_SHELF_CORRUPT`, with an offset from the start of the shelf */
  corrupt(what: string, position: number, problem: string, cause?: unknown): never {
    const offset = this.#offset + position;
    throw new ShelfError(
      "ERR_SHELF_CORRUPT",
      `the catalog's ${what} at byte ${offset} ${problem}; nothing was changed: restore the shelf from a copy`,
      { structure: `catalog ${what}`, offset, cause },
    );
  }
}
