import type { Codec } from "./codec.ts";
import { utf8Length, writeUtf8 } from "../utf8.ts";
import { failMeta, inlineBytesMax, noMeta, valueBytes } from "./meta.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text as UTF-8. Half surrogate pairs have no UTF-8 form and are refused rather than replaced. */
export const stringCodec: Codec<string> = {
  type: "string",
  shareable: true,
  accepts: (value) => typeof value === "string",
  plan(value) {
    if (!value.isWellFormed()) {
      throw new TypeError(
        "the string has half of a surrogate pair and would not come back the same; use toWellFormed()",
      );
    }
    const bytes = value.length <= inlineBytesMax ? utf8Length(value) : Buffer.byteLength(value);
    if (bytes > inlineBytesMax) return { meta: noMeta, byteLength: bytes };
    // From Node's pool: several times faster than an array of its own.
    const meta = Buffer.allocUnsafe(bytes);
    writeUtf8(meta, 0, value);
    return { meta, byteLength: 0 };
  },
  write(value, sink) {
    sink.copy(0, encoder.encode(value));
  },
  open(stored) {
    try {
      return decoder.decode(valueBytes(stored));
    } catch (cause) {
      return failMeta(stored, "its text is not UTF-8", cause);
    }
  },
};
