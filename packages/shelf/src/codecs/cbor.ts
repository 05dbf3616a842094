import { defaultEncodeOptions, type TypeEncoderMap } from "cbor2";
import { writeLength, writeString, writeUnknown } from "cbor2/encoder";
import { Writer } from "cbor2/writer";

/** Most values are short; longer ones take several. */
const chunkSize = 512;
/** The major type of maps in RFC 8949. */
const mapType = 5;

/**
 * Makes an encoder that knows these types. It writes what the library's `encode` does, without the copies of all options
 * that this makes for each value and each key: they take Node 20 forty microseconds.
 */
export function cborEncoder(types: TypeEncoderMap): (value: unknown) => Uint8Array {
  const options = { ...defaultEncodeOptions, collapseBigInts: false, types };
  types.registerEncoder(Object, (object: object, writer) => {
    const entries = Object.entries(object);
    writeLength(object, entries.length, mapType, writer, options);
    for (const [key, value] of entries) {
      writeString(key, writer, options);
      writeUnknown(value, writer, options);
    }
    return undefined;
  });
  return (value) => {
    const writer = new Writer({ chunkSize });
    writeUnknown(value, writer, options);
    return writer.read();
  };
}
