/** What a shelf does with the bytes of one variable, or of those items of a list that have bytes of their own. */
import { listType } from "./list-meta.ts";
import type { NameIndex } from "./name-index.ts";
import { quarantineType } from "./quarantine.ts";
import type { Store } from "./store.ts";
import { refuseList } from "./stored-list.ts";

export function snapshotBytes(store: Store, name: string, byteOffset: number, byteLength: number | undefined): void {
  const variable = store.existing(name);
  if (variable.type === listType) {
    refuseRangeOfList(name, byteOffset, byteLength);
    store.snapshot([variable]);
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
