import { ShelfError } from "../errors.ts";
import type { Stored } from "./codec.ts";

export const noMeta: Uint8Array = new Uint8Array(0);

/** Values up to this many bytes live inside their catalog record, larger ones in an extent. */
export const inlineBytesMax = 512;

/** Throws the error for a variable whose stored facts do not fit its type. */
export function failMeta(stored: Stored, problem: string, cause?: unknown): never {
  throw new ShelfError("ERR_SHELF_CORRUPT", `"${stored.name}" is damaged: ${problem}; erase it or restore the shelf`, {
    structure: "meta",
    variable: stored.name,
    cause,
  });
}

/** The bytes of a value that is inline where small, in an extent where large. */
export function valueBytes(stored: Stored): Uint8Array {
  return stored.byteLength === 0 ? stored.meta : (stored.read?.() ?? new Uint8Array(stored.storage().buffer).slice());
}
