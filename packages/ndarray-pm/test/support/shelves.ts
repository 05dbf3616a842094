import { dram } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { ndarrayCodec } from "../../src/index.ts";

const shelfBytes: number = 4 << 20;

/** A fresh shelf in memory that knows n-d arrays. */
export function freshShelf(size: number = shelfBytes): Shelf<Record<string, any>> {
  return openShelf(dram({ size }), { types: [ndarrayCodec] });
}
