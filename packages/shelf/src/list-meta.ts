import { type History, Variable } from "./variable.ts";

/** The type of variables that are lists. */
export const listType = "list";

const listMetaBytes = 8;

/** A variable of type `list`: all that it remembers is which list it has. */
export function listVariable(name: string, id: number, modified: number, { version, created }: History): Variable {
  const extent = { extentOffset: 0, extentBytes: 0 };
  const variable = new Variable({ name, type: listType, version, modified, created, ...extent });
  const meta = Buffer.alloc(listMetaBytes);
  meta.writeUInt32LE(id);
  variable.pendingMeta = meta;
  variable.metaBytes = meta.length;
  return variable;
}

/** The list's number, or undefined if the meta is no list's. */
export function readListMeta(meta: Uint8Array): number | undefined {
  if (meta.length !== listMetaBytes) return undefined;
  return new DataView(meta.buffer, meta.byteOffset, listMetaBytes).getUint32(0, true);
}
