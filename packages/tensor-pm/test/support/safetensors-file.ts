/** A file with such a header and data, and such a length of the header, right or wrong. */
export function fileOf(
  json: string,
  data: Uint8Array = new Uint8Array(0),
  length = BigInt(Buffer.byteLength(json)),
): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt.asUintN(64, length));
  return Buffer.concat([head, Buffer.from(json), data]);
}
