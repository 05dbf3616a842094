/**
 * Which data variables have handles that somebody may hold: those that {@link load} gave out. Only they need to be
 * detached when their bytes go, and only a tree in their memory can be one that is being saved over itself.
 */
import type { CheckpointShelf } from "./shelf.ts";

/** The data variable whose bytes a buffer shows. */
const variableOf = new WeakMap<ArrayBufferLike, string>();
const handedOut = new WeakMap<CheckpointShelf, Set<string>>();

export function noteHandle(shelf: CheckpointShelf, dataName: string, buffer: ArrayBuffer): void {
  variableOf.set(buffer, dataName);
  const names = handedOut.get(shelf) ?? new Set();
  handedOut.set(shelf, names.add(dataName));
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

/** Detaches what was loaded from a data variable. */
export function releaseHandles(shelf: CheckpointShelf, dataName: string): void {
  if (handedOut.get(shelf)?.delete(dataName) === true && shelf.info(dataName) !== undefined) shelf.release(dataName);
}
