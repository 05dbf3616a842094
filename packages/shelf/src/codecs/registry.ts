import { typeBytesMax } from "../layout.ts";
import { listType } from "../list-meta.ts";
import { utf8Length } from "../utf8.ts";
import { classNameOf } from "./class-name.ts";
import type { Codec } from "./codec.ts";
import { numberCodec } from "./number.ts";
import { plainCodec } from "./plain.ts";
import { plainWithArraysCodec } from "./plain-with-arrays.ts";
import { stringCodec } from "./string.ts";
import { typedArrayCodec } from "./typed-array.ts";

const ownCodecs: readonly Codec[] = [
  numberCodec,
  stringCodec,
  typedArrayCodec,
  plainWithArraysCodec,
  plainCodec,
] as readonly Codec[];

/** The codecs of one shelf: the caller's first, then the shelf's own. */
export class CodecRegistry {
  readonly #codecs: readonly Codec[];
  readonly #byType = new Map<string, Codec>();

  /** @throws TypeError for what is not a codec, or a type name that is taken */
  constructor(types: readonly Codec[] = []) {
    this.#codecs = [...types, ...ownCodecs];
    for (const codec of this.#codecs) {
      checkCodec(codec);
      if (codec.type === listType)
        throw new TypeError(`"${listType}" is the shelf's own type for lists; call the codec something else`);
      if (this.#byType.has(codec.type))
        throw new TypeError(`two codecs are called "${codec.type}"; each type needs its own`);
      this.#byType.set(codec.type, codec);
    }
  }

  byType(type: string): Codec | undefined {
    return this.#byType.get(type);
  }

  /** @throws TypeError if no codec stores such a value */
  forValue(value: unknown): Codec {
    for (const codec of this.#codecs) if (codec.accepts(value)) return codec;
    throw new TypeError(
      value === undefined
        ? "undefined cannot be stored; use delete to remove a variable, or null"
        : `no codec stores ${describe(value)}; store plain data, or open the shelf with { types: [...] } of its package`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return `an instance of ${classNameOf(value)}`;
  return `a ${typeof value}`;
}

function checkCodec(codec: Codec): void {
  const isCodec =
    typeof codec === "object" &&
    codec !== null &&
    typeof codec.type === "string" &&
    (["accepts", "plan", "write", "open"] as const).every((method) => typeof codec[method] === "function");
  if (!isCodec) throw new TypeError("types must hold codecs: objects with type, accepts, plan, write and open");
  const bytes = utf8Length(codec.type);
  if (bytes < 1 || bytes > typeBytesMax) {
    throw new TypeError(`a codec's type must take 1 to ${typeBytesMax} bytes of UTF-8; "${codec.type}" takes ${bytes}`);
  }
}
