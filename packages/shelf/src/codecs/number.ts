import type { Codec } from "./codec.ts";
import { failMeta } from "./meta.ts";

/** A JavaScript number: its eight bytes, inside the record. NaN, -0 and infinities are kept. */
export const numberCodec: Codec<number> = {
  type: "number",
  shareable: true,
  accepts: (value) => typeof value === "number",
  plan(value) {
    // From Node's pool: several times faster than a typed array of its own.
    const meta = Buffer.allocUnsafe(8);
    meta.writeDoubleLE(value);
    return { meta, byteLength: 0 };
  },
  write: () => undefined,
  open(stored) {
    if (stored.meta.length !== 8) failMeta(stored, `a number takes 8 bytes, found ${stored.meta.length}`);
    return new DataView(stored.meta.buffer, stored.meta.byteOffset).getFloat64(0, true);
  },
};
