/** What a shelf does with the bytes of one variable, or of those items of a list that have bytes of their own. */
import { listType } from "./list-meta.ts";
import type { NameIndex } from "./name-index.ts";
import { quarantineType } from "./quarantine.ts";
import type { Store } from "./store.ts";
import { refuseList } from "./stored-list.ts";
import type { Variable } from "./variable.ts";

/** Ranges of one variable, `[offset, length, offset, length, ...]` in bytes; all of it where they are left out. */
export interface NamedRanges {
  readonly name: string;
  readonly ranges?: readonly number[] | Float64Array | undefined;
}

/** The same of a variable that has been looked up; all its bytes, or those of its items, where no ranges are given. */
export interface VariableRanges {
  readonly variable: Variable;
  readonly ranges?: NamedRanges["ranges"] | undefined;
}

/** As ranges of the shelf. Nothing is done to any variable before all have been checked. */
export function rangesToSave(store: Store, saves: readonly VariableRanges[]): number[] {
  for (const { variable, ranges } of saves) if (ranges !== undefined) store.storageOf(variable).checkRanges(ranges);
  const wholeOf = (each: Variable): number[] => store.storageOf(each).rangesToSave([0, each.extentBytes]);
  return saves.flatMap(({ variable, ranges }) => {
    if (ranges !== undefined) return store.storageOf(variable).rangesToSave(ranges);
    return store.withBytes(variable).flatMap(wholeOf);
  });
}

function snapshotMany(store: Store, saves: readonly (string | NamedRanges)[]): void {
  store.snapshot(
    saves.map((each: unknown) => {
      const { name, ranges } = typeof each === "string" ? { name: each } : checkRanges(each);
      const variable = store.existing(name);
      if (ranges !== undefined && variable.type === listType) refuseRangeOfList(name, 0, 0);
      return { variable, ranges };
    }),
  );
}

function checkRanges(given: unknown): NamedRanges {
  const { name, ranges } = (given ?? {}) as { name?: unknown; ranges?: unknown };
  const areRanges = ranges === undefined || Array.isArray(ranges) || ranges instanceof Float64Array;
  if (typeof name === "string" && areRanges) return { name, ranges };
  throw new TypeError(
    "expected names, or { name, ranges } with ranges as an array of numbers or a Float64Array, offset and length in turn",
  );
}

export function snapshotBytes(
  store: Store,
  name: string | readonly (string | NamedRanges)[],
  byteOffset: number,
  byteLength: number | undefined,
): void {
  if (Array.isArray(name)) {
    snapshotMany(store, name);
    return;
  }
  if (typeof name !== "string") {
    throw new TypeError(`snapshot expects a name, or an array of names and { name, ranges }, got ${typeof name}`);
  }
  const variable = store.existing(name);
  if (variable.type === listType) {
    refuseRangeOfList(name, byteOffset, byteLength);
    store.snapshot([{ variable }]);
  } else store.storageOf(variable).snapshot(byteOffset, byteLength ?? variable.extentBytes - byteOffset);
}

export function persistBytes(store: Store, name: string, byteOffset: number, byteLength: number | undefined): void {
  const variable = store.existing(name);
  if (variable.type === listType) {
    refuseRangeOfList(name, byteOffset, byteLength);
    const items = [...store.withBytes(variable)];
    const last = items.pop();
    for (const each of items) store.storageOf(each).flush(0, each.extentBytes);
    // Its fence is that of the others too.
    if (last !== undefined) store.storageOf(last).persist(0, last.extentBytes);
  } else store.storageOf(variable).persist(byteOffset, byteLength ?? variable.extentBytes - byteOffset);
}

export function persistAll({ region }: Store, names: NameIndex): void {
  for (const each of names.withExtents()) {
    // Flushing a bad place would touch it.
    if (each.type !== quarantineType) region.flush(each.extentOffset, each.extentBytes);
  }
  region.drain();
}

export function shareBytes(store: Store, name: string): SharedArrayBuffer {
  const variable = store.existing(name);
  if (variable.type === listType) refuseList(name, "has no bytes of its own; share variables of their own");
  return store.storageOf(variable).sharedView();
}

function refuseRangeOfList(name: string, byteOffset: number, byteLength: number | undefined): void {
  if (byteOffset === 0 && byteLength === undefined) return;
  refuseList(name, "has no bytes of its own to give a range of; leave the range out for all of its items");
}
