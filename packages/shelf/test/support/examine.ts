import type { Shelf } from "../../src/index.ts";
import { ShelfError } from "../../src/index.ts";
import type { Anatomy, Range } from "./anatomy.ts";
import { touches } from "./damage.ts";

/** What a shelf tells of one variable. The value as comparable text, or its bytes. */
interface Told {
  readonly name: string;
  readonly facts: string;
  readonly value: string | Uint8Array;
}

/** All that a shelf tells: names in their order, types, versions, times, sizes, values. */
export type Testimony = readonly Told[];

export function testimonyOf(shelf: Shelf): Testimony {
  return [...shelf.keys()].map((name) => {
    const value = comparable(shelf.get(name));
    return { name, facts: factsOf(shelf, name), value: typeof value === "string" ? value : value.slice() };
  });
}

/**
 * What of a shelf's testimony differs from the expected, or undefined. Bytes of extents in `touched` may differ, and what
 * is decoded from such an extent may be refused.
 */
export function differenceFrom(
  expected: Testimony,
  shelf: Shelf,
  anatomy: Pick<Anatomy, "extents">,
  touched: readonly Range[],
): string | undefined {
  const names = [...shelf.keys()];
  if (names.length !== expected.length) return `${names.length} names, expected ${expected.length}`;
  for (const [index, { name, facts, value }] of expected.entries()) {
    if (names[index] !== name) return `name ${index} is ${names[index]}, expected ${name}`;
    const found = factsOf(shelf, name);
    if (found !== facts) return `${name} is ${found}, expected ${facts}`;
    const extent = anatomy.extents.get(name);
    const problem =
      extent !== undefined && touches(touched, extent)
        ? differenceOfDamaged(value, shelf, name, extent, touched)
        : differenceOfValue(value, shelf, name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function factsOf(shelf: Shelf, name: string): string {
  const info = shelf.info(name);
  if (info === undefined) return "absent";
  const sealed = info.sealed ? ", sealed" : "";
  return `${info.type} version ${info.version}, ${info.byteLength} bytes, ${info.created.getTime()} to ${info.modified.getTime()}${sealed}`;
}

function differenceOfValue(expected: string | Uint8Array, shelf: Shelf, name: string): string | undefined {
  const found = comparable(shelf.get(name));
  const same =
    typeof found === "string" || typeof expected === "string"
      ? found === expected
      : Buffer.compare(found, expected) === 0;
  return same ? undefined : `${name} holds ${String(found).slice(0, 100)}, expected ${String(expected).slice(0, 100)}`;
}

function differenceOfDamaged(
  expected: string | Uint8Array,
  shelf: Shelf,
  name: string,
  extent: Range,
  touched: readonly Range[],
): string | undefined {
  let found: string | Uint8Array;
  try {
    found = comparable(shelf.get(name));
  } catch (error) {
    if (error instanceof ShelfError && error.code === "ERR_SHELF_CORRUPT" && error.variable === name) return undefined;
    throw error;
  }
  if (typeof found === "string" || typeof expected === "string") return undefined;
  const at = found.findIndex((byte, index) => {
    const start = extent.start + index;
    return byte !== expected[index] && !touches(touched, { start, end: start + 1 });
  });
  return at < 0 ? undefined : `byte ${at} of ${name} differs, and was not damaged`;
}

function comparable(value: unknown): string | Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return `${typeof value} ${JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each))}`;
}
