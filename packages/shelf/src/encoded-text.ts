const encoder = new TextEncoder();
/** ASCII of at most so many characters is encoded without a call, and without an array of its own. */
const shortMax = 64;
/** Another one each time, so that nobody can make names up that all have one hash. */
const seed: number = crypto.getRandomValues(new Int32Array(1))[0];

/**
 * The UTF-8 of the text that was asked for last, and its hash: a change asks several times for those of its name, and many
 * values of one type are set in turn.
 */
class EncodedText {
  readonly #short = new Uint8Array(shortMax);
  #text = "";
  /** The first {@link length} are the text's, until another one is asked for. */
  bytes: Uint8Array = this.#short;
  length = 0;
  /** What {@link hashOf} says of it. */
  hash: number = mixed(seed);

  of(text: string): this {
    if (text !== this.#text) this.#encode(text);
    return this;
  }

  #encode(text: string): void {
    const short = this.#short;
    let hash = seed;
    let index = 0;
    for (; index < text.length && index < shortMax; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) break;
      short[index] = code;
      hash = step(hash, code);
    }
    this.bytes = index === text.length ? short : encoder.encode(text);
    this.length = index === text.length ? index : this.bytes.length;
    this.hash = index === text.length ? mixed(hash) : hashOfBytes(this.bytes, 0, this.length);
    this.#text = text;
  }
}

const lastName = new EncodedText();
const lastType = new EncodedText();

/** A name in UTF-8; half of a surrogate pair has the bytes of U+FFFD there. */
export function encodedName(name: string): EncodedText {
  return lastName.of(name);
}

/** A type in UTF-8. */
export function encodedType(type: string): EncodedText {
  return lastType.of(type);
}

/** The hash of a name that is only looked for: that of one after the other is not kept. */
export function hashOf(name: string): number {
  let hash = seed;
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code > 0x7f) return encodedName(name).hash;
    hash = step(hash, code);
  }
  return mixed(hash);
}

/** The hash of a text, from its UTF-8. */
export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  for (let index = start; index < end; index++) hash = step(hash, bytes[index]);
  return mixed(hash);
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** A table takes the low bits. */
function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return half ^ (half >>> 13);
}
