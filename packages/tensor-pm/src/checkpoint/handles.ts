/**
 * Which data variables have handles that somebody may hold: those that {@link load} gave out. Only they need to be
 * detached when their bytes go, and only a tree in their memory can be one that is being saved over itself.
 */
import type { CheckpointRecord } from "./record.ts";
import type { CheckpointShelf } from "./shelf.ts";

/** The data variable whose bytes a buffer shows. */
const variableOf = new WeakMap<ArrayBufferLike, string>();
const handedOut = new WeakMap<CheckpointShelf, Set<string>>();

/** Says that a handle to a data variable is given out. */
export function noteHandle(shelf: CheckpointShelf, dataName: string): void {
  const names = handedOut.get(shelf) ?? new Set();
  handedOut.set(shelf, names.add(dataName));
}

/** Says that the bytes of a data variable that was given out are mapped, in this buffer. */
export function noteMemory(dataName: string, buffer: ArrayBuffer): void {
  variableOf.set(buffer, dataName);
}

/** The data variables, of any shelf, that some memory belongs to. */
export function variablesUnder(buffers: Iterable<ArrayBufferLike>): Set<string> {
  const names = new Set<string>();
  for (const buffer of buffers) {
    const name = variableOf.get(buffer);
    if (name !== undefined) names.add(name);
  }
  return names;
}

/** Detaches what was loaded from data variables of a record. */
export function releaseHandles(shelf: CheckpointShelf, record: CheckpointRecord, numbers: readonly number[]): void {
  const names = handedOut.get(shelf);
  if (names === undefined || names.size === 0) return;
  for (const number of numbers) {
    const dataName = record.dataName(number);
    if (names.delete(dataName) && shelf.info(dataName) !== undefined) shelf.release(dataName);
  }
}
