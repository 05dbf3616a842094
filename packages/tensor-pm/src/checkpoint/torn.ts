/**
 * Which data variables a failed save has left neither as they were nor as they were to be: patched in place, on a shelf that
 * could not undo it, because it takes no more writes. The next opening brings back what the undo log has saved.
 */
import type { LeafPatch } from "./plan.ts";
import type { CheckpointRecord } from "./record.ts";
import type { CheckpointShelf } from "./shelf.ts";

const torn = new WeakMap<CheckpointShelf, Set<string>>();

/** Says that a save with patches of these data variables has failed. */
export function noteFailedPatches(
  shelf: CheckpointShelf,
  record: CheckpointRecord,
  patches: readonly LeafPatch[],
): void {
  // One that can be written to has undone what was patched.
  if (patches.length === 0 || takesWrites(shelf)) return;
  const names = torn.get(shelf) ?? new Set();
  for (const { number } of patches) names.add(record.dataName(number));
  torn.set(shelf, names);
}

/** Whether a shelf can be written to, as far as it knows. */
export function takesWrites(shelf: CheckpointShelf): boolean {
  try {
    shelf.transaction(() => undefined);
    return true;
  } catch {
    return false;
  }
}

/** Whether a data variable is neither what it was nor what it was to be, until the shelf is opened again. */
export function isTorn(shelf: CheckpointShelf, dataName: string): boolean {
  return torn.get(shelf)?.has(dataName) === true;
}
