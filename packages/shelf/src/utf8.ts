const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}

/** Writes `text` at `at` and returns how many bytes it took. Short ASCII, the common case, avoids the encoder. */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  if (text.length > 64) return encoder.encodeInto(text, bytes.subarray(at)).written;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return encoder.encodeInto(text, bytes.subarray(at)).written;
    bytes[at + index] = code;
  }
  return text.length;
}

/** @throws TypeError if the bytes are not UTF-8 */
export function readUtf8(bytes: Uint8Array, at: number, length: number): string {
  if (length <= 24) {
    let text = "";
    for (let index = at; index < at + length; index++) {
      if (bytes[index] > 0x7f) return decoder.decode(bytes.subarray(at, at + length));
      text += String.fromCharCode(bytes[index]);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(at, at + length));
}
