/** How checkpoints lie on a shelf; `docs/format.md` has the tables. */
import { crc32 } from "node:zlib";
import { type Codec, type Plan, ShelfError, type Sink, type Stored } from "@nodemm/shelf";
import { CheckpointRecord, type DataVariable, type LeafEntry, type Version } from "./record.ts";
import type { Node } from "./tree.ts";

const formatVersion = 1;
const headerBytes = 8;
/**
 * Records up to this many bytes live in the catalog, larger ones in an extent: some fifty leaves, beside which a write and a
 * fence more would cost something.
 */
const inlineBytesMax = 4096;

/** The type of a checkpoint's record. */
export const checkpointType = "checkpoint";
/** The type of the variables with a checkpoint's data. */
export const checkpointDataType = "checkpoint-data";

/** How the records of checkpoints live on a shelf. They are written by {@link save} alone. */
export const checkpointCodec: Codec<CheckpointRecord> = {
  type: checkpointType,
  shareable: true,
  accepts: (value) => value instanceof CheckpointRecord,
  plan(record): Plan {
    const { meta, body } = encoded(record);
    return { meta, byteLength: meta.length > headerBytes ? 0 : body.length };
  },
  write(record, sink: Sink) {
    sink.copy(0, encoded(record).body);
  },
  open(stored) {
    const { meta, byteLength } = stored;
    const known = byteLength === 0 ? latest.find((each) => each.meta.equals(meta)) : undefined;
    if (known !== undefined) return known.record;
    if (meta.length < headerBytes) throw damaged(stored, `its header has ${meta.length} bytes`);
    if (meta[0] !== formatVersion) throw damaged(stored, `its version is ${meta[0]}, expected ${formatVersion}`);
    const body = byteLength === 0 ? meta.subarray(headerBytes) : new Uint8Array(stored.storage().buffer).slice();
    if (Buffer.from(meta).readUInt32LE(4) !== crc32(body)) throw damaged(stored, "its checksum is wrong");
    try {
      return decodeRecord(body);
    } catch (cause) {
      throw damaged(stored, "it cannot be decoded", cause);
    }
  },
};

/** A place for the data of a leaf, not filled yet. */
export class DataReservation {
  readonly byteLength: number;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
  }
}

/** How the data of checkpoints live on a shelf: bytes, about which the record knows the rest. */
export const checkpointDataCodec: Codec<DataReservation> = {
  type: checkpointDataType,
  shareable: true,
  accepts: (value) => value instanceof DataReservation,
  plan: ({ byteLength }) => ({ meta: new Uint8Array(0), byteLength }),
  // Nothing names what is in there before it has been written.
  write: () => undefined,
  open: ({ byteLength }) => new DataReservation(byteLength),
};

function damaged(stored: Stored, found: string, cause?: unknown): ShelfError {
  const advice = "erase it with eraseCheckpoint, or restore the shelf";
  return new ShelfError("ERR_SHELF_CORRUPT", `Checkpoint "${stored.name}" is damaged: ${found}; ${advice}`, {
    structure: "checkpoint record",
    variable: stored.name,
    cause,
  });
}

interface Encoded {
  readonly record: CheckpointRecord;
  /** The header and, where it is short, the body. */
  readonly meta: Buffer;
  readonly body: Buffer;
}

/**
 * Records that were encoded last, one a checkpoint: each is planned, then written, and read again by the next save, which
 * works on what that one knew beside the bytes. Of long ones, which their storage leads to, the last alone.
 */
let latest: readonly Encoded[] = [];
const latestMax = 8;

function encoded(record: CheckpointRecord): Encoded {
  const known = latest.find((each) => each.record === record);
  if (known !== undefined) return known;
  const body = encodeRecord(record);
  const header = headerOf(body);
  const meta = body.length <= inlineBytesMax ? Buffer.concat([header, body]) : header;
  const others = latest.filter((each) => {
    return each.meta.length > headerBytes && each.record.dataPrefix !== record.dataPrefix;
  });
  const made = { record, meta, body };
  latest = [made, ...others].slice(0, latestMax);
  return made;
}

function headerOf(body: Uint8Array): Buffer {
  return Buffer.from(new Uint32Array([formatVersion, crc32(body)]).buffer);
}

/** What was encoded before and comes again in a loop of saves: forms, the leaves of a version, lists of data variables. */
const knownTexts = new WeakMap<object, string>();

type LeafRow = [path: string, type: string, meta: string, byteLength: number, data: number];
type VersionRow = [id: number, savedAt: number, root: Node, leaves: LeafRow[]];
type DataRow = [number: number, byteLength: number, path: string];

function encodeRecord({ dataPrefix, versions, data }: CheckpointRecord): Buffer {
  const variables = knownText(data, () => JSON.stringify(data.map(dataRow)));
  return Buffer.from(`[${JSON.stringify(dataPrefix)},[${versions.map(versionText).join()}],${variables}]`);
}

function versionText({ id, savedAt, root, leaves }: Version): string {
  const leafTexts = knownText(leaves, () => leaves.map(leafText).join());
  return `[${id},${savedAt},${nodeText(root)},[${leafTexts}]]`;
}

/** As JSON.stringify would, but what is the same as last time is known. */
function nodeText(node: Node): string {
  switch (node[0]) {
    case "s":
    case "l":
      return JSON.stringify(node);
    case "a":
      return knownText(node, () => `["a",[${node[1].map(nodeText).join()}]]`);
    default:
      return knownText(node, () => {
        const entries = node[1].map(([key, child]) => `[${JSON.stringify(key)},${nodeText(child)}]`);
        return `["${node[0]}",[${entries.join()}]]`;
      });
  }
}

function leafText({ path, form, data }: LeafEntry): string {
  const facts = knownText(form, () => {
    return JSON.stringify([form.type, Buffer.from(form.meta).toString("base64"), form.byteLength]).slice(1, -1);
  });
  return `[${JSON.stringify(path)},${facts},${data}]`;
}

function dataRow({ number, byteLength, path }: DataVariable): DataRow {
  return [number, byteLength, path];
}

function knownText(value: object, encode: () => string): string {
  const known = knownTexts.get(value);
  if (known !== undefined) return known;
  const text = encode();
  knownTexts.set(value, text);
  return text;
}

/** @throws Error of any kind for what is no record */
function decodeRecord(body: Uint8Array): CheckpointRecord {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  const [dataPrefix, rows, variables] = JSON.parse(text) as [string, VersionRow[], DataRow[]];
  const versions = rows.map(([id, savedAt, root, leaves]): Version => {
    const entries = leaves.map(([path, type, meta, byteLength, data]) => {
      return { path, form: { type, meta: new Uint8Array(Buffer.from(meta, "base64")), byteLength }, data };
    });
    return { id, savedAt, root, leaves: entries };
  });
  const data = variables.map(([number, byteLength, path]): DataVariable => ({ number, byteLength, path }));
  return new CheckpointRecord({ dataPrefix, versions, data });
}
