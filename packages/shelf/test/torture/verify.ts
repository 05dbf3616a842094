import { isDeepStrictEqual } from "node:util";
import type { Shelf } from "@nodemm/shelf";
import { holdsArray, isList, shown } from "../support/values.ts";
import type { Content } from "./operations.ts";

/** Catalog areas come in pairs of whole pages. */
const areaPairBytes: number = 2 * 4096;
/** Strings and plain data beyond this many bytes lie in an extent, smaller ones in the catalog. */
const inlineBytesMax = 512;
/** What a catalog frame takes beside name and meta, at most. */
const frameBytesMax = 160;

/** What differs between a shelf and what it should hold, in words; undefined if nothing does. */
export function differenceOf(shelf: Shelf, content: Content): string | undefined {
  const { variables, sizeBytes } = content;
  const names = [...shelf.keys()];
  if (!isDeepStrictEqual(names, [...variables.keys()])) {
    return `the names are ${brief(names.join(", "))}, not ${brief([...variables.keys()].join(", "))}`;
  }
  for (const [name, value] of shelf) {
    const expected = variables.get(name);
    if (!isDeepStrictEqual(comparable(value), comparable(expected))) {
      return `"${name}" is ${describe(value, expected)}, not ${describe(expected, value)}`;
    }
  }
  const { size } = shelf.usage();
  return size === sizeBytes ? undefined : `its size is ${size} bytes, not ${sizeBytes}`;
}

/**
 * What is wrong with a shelf's account of its space: it must be the catalog's areas and the variables' extents, each once.
 * @param emptyBytes what the shelf used when it was new
 * @param catalogBytesMax what {@link catalogBytesOf} has been at most
 */
export function spaceProblemOf(shelf: Shelf, emptyBytes: number, catalogBytesMax: number): string | undefined {
  const { size, used, free, largestExtent, freeExtents, names } = shelf.usage();
  if (used + free !== size) return `${used} bytes used and ${free} free are not its ${size} bytes`;
  if (largestExtent > free || free > 0 !== freeExtents > 0) return `${freeExtents} free extents of ${free} bytes`;
  let extents = 0;
  let counted = 0;
  for (const [name, value] of shelf) {
    extents += extentBytesOf(value, shelf.info(name)!.byteLength);
    counted++;
  }
  if (counted !== names) return `it counts ${names} names and shows ${counted}`;
  const grown = used - extents - emptyBytes;
  const grownMax = 4 * catalogBytesMax + 2 * areaPairBytes;
  // Compacting may make the catalog smaller than a new shelf's.
  if (grown < -emptyBytes || grown % areaPairBytes !== 0 || grown > grownMax) {
    return (
      `${grown} of ${used} bytes in use belong to no variable; that should be what the catalog has grown by, ` +
      `pairs of pages, at most ${grownMax} bytes`
    );
  }
  return undefined;
}

/** An upper bound of what content takes in the catalog. */
export function catalogBytesOf({ variables }: Content): number {
  let bytes = 0;
  for (const [name, value] of variables) {
    bytes += frameBytesMax + inlineBytesMax + Buffer.byteLength(name);
    if (isList(value)) bytes += frameBytesMax + value.length * (frameBytesMax + inlineBytesMax);
  }
  return bytes;
}

/** Lists by their items: one in memory and one on a shelf are the same if these are. */
function comparable(value: unknown): unknown {
  return isList(value) ? { list: value.toArray() } : value;
}

function extentBytesOf(value: unknown, byteLength: number): number {
  if (isList(value))
    return value.toArray().reduce<number>((sum, item) => sum + extentBytesOf(item, bytesOfItem(item)), 0);
  // Plain data with arrays keeps all but a meta of 8 bytes in its extent, however small.
  if (holdsArray(value)) return Math.ceil((byteLength - 8) / 64) * 64;
  const bytes = ArrayBuffer.isView(value) ? value.byteLength : byteLength > inlineBytesMax ? byteLength : 0;
  return Math.ceil(bytes / 64) * 64;
}

function describe(value: unknown, other: unknown): string {
  if (!(value instanceof Uint8Array)) return brief(shown(value));
  if (!(other instanceof Uint8Array) || other.length !== value.length) return `${value.length} bytes`;
  const at = value.findIndex((byte, index) => byte !== other[index]);
  return `${value.length} bytes with ${value[at]} at ${at}`;
}

function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** Of the items that random workloads make, only text can be longer than what the catalog holds itself. */
function bytesOfItem(item: unknown): number {
  return typeof item === "string" ? Buffer.byteLength(item) : 0;
}
