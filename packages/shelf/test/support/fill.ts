import { type Shelf, ShelfError } from "../../src/index.ts";

/** Writes over whatever is free, so that bytes that were given back wrongly are others afterwards. */
export function fillWithOther(shelf: Shelf): void {
  for (;;) {
    try {
      shelf.set(`other ${shelf.size}`, new Uint8Array(65_536).fill(0xee));
    } catch (error) {
      if (error instanceof ShelfError && error.code === "ERR_SHELF_NO_SPACE") return;
      throw error;
    }
  }
}
