import { ShelfError, type Shelf } from "@nodemm/shelf";

export interface BadRange {
  readonly offset: number;
  readonly length: number;
}

/** Stores variables until nothing fits any more. */
export function fillWithOthers(shelf: Shelf): void {
  for (const bytes of [65_536, 4096, 64]) {
    try {
      for (;;) shelf.set(`filler ${shelf.size}`, new Uint8Array(bytes).fill(9));
    } catch (error) {
      if (!(error instanceof ShelfError && error.code === "ERR_SHELF_NO_SPACE")) throw error;
    }
  }
}

/** The types of the variables whose data lie on any of these ranges. */
export function variablesOn(shelf: Shelf, ranges: readonly BadRange[]): string[] {
  const types: string[] = [];
  for (const name of shelf.keys()) {
    const { offset, byteLength, type } = shelf.info(name)!;
    // Without what the catalog has of it: the data of all these are whole units.
    const end = offset + Math.floor(byteLength / 64) * 64;
    if (offset > 0 && ranges.some((bad) => bad.offset < end && offset < bad.offset + bad.length)) types.push(type);
  }
  return types;
}
