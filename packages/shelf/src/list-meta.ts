/** The type of variables that are lists. */
export const listType = "list";

const listMetaBytes = 8;

/** What a variable of type `list` remembers: which list it has. */
export function listMeta(id: number): Uint8Array {
  const meta = Buffer.alloc(listMetaBytes);
  meta.writeUInt32LE(id);
  return meta;
}

/** The list's number, or undefined if the meta is no list's. */
export function readListMeta(meta: Uint8Array): number | undefined {
  if (meta.length !== listMetaBytes) return undefined;
  return new DataView(meta.buffer, meta.byteOffset, listMetaBytes).getUint32(0, true);
}
