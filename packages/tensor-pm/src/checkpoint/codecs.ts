/** How checkpoints lie on a shelf; `docs/format.md` has the tables. */
import { crc32 } from "node:zlib";
import { type Codec, type Plan, ShelfError, type Sink, type Stored } from "@nodemm/shelf";
import { CheckpointRecord, type DataVariable, type LeafEntry, type Version } from "./record.ts";
import type { Node } from "./tree.ts";

/** Of records without a delta, and of those with one. */
const formatVersions = { plain: 1, withDelta: 2 };
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

/** The record that {@link putRecord} is storing. */
let storing: CheckpointRecord | undefined;

/** Stores a record. Nothing else does: the data variables that it names belong to one checkpoint. */
export function putRecord(shelf: RecordShelf, name: string, record: CheckpointRecord): void {
  storing = record;
  try {
    shelf.set(name, record);
  } finally {
    storing = undefined;
  }
}

interface RecordShelf {
  set(name: string, value: unknown): unknown;
}

/** How the records of checkpoints live on a shelf. */
export const checkpointCodec: Codec<CheckpointRecord> = {
  type: checkpointType,
  shareable: true,
  immutable: true,
  copyable: false,
  accepts: (value) => value instanceof CheckpointRecord && value === storing,
  plan(record): Plan {
    const { meta, body } = encoded(record);
    return { meta, byteLength: meta.length > headerBytes ? 0 : body.length };
  },
  write(record, sink: Sink) {
    sink.copy(0, encoded(record).body);
  },
  open(stored) {
    const { meta, byteLength } = stored;
    if (meta.length < headerBytes) throw damaged(stored, `its header has ${meta.length} bytes`);
    const { plain, withDelta } = formatVersions;
    if (meta[0] !== plain && meta[0] !== withDelta) {
      throw damaged(stored, `its version is ${meta[0]}, expected ${plain} or ${withDelta}`);
    }
    const body = byteLength === 0 ? meta.subarray(headerBytes) : new Uint8Array(stored.storage().buffer).slice();
    if (Buffer.from(meta).readUInt32LE(4) !== crc32(body)) throw damaged(stored, "its checksum is wrong");
    try {
      return decodeRecord(body, meta[0] === withDelta);
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
  readonly meta: Uint8Array;
  readonly body: Uint8Array;
}

/** The record that was encoded last: each is planned, then written. */
let last: Encoded | undefined;

function encoded(record: CheckpointRecord): Encoded {
  if (last?.record === record) return last;
  const whole = encodeRecord(record);
  const body = whole.subarray(headerBytes);
  const version = record.delta === undefined ? formatVersions.plain : formatVersions.withDelta;
  whole.set(new Uint8Array(new Uint32Array([version, crc32(body)]).buffer));
  last = { record, body, meta: body.length <= inlineBytesMax ? whole : whole.subarray(0, headerBytes) };
  return last;
}

/** What was encoded before and comes again in a loop of saves: forms, the leaves of a version, lists of data variables. */
const knownTexts = new WeakMap<object, string>();

type LeafRow = [path: string, type: string, meta: string, byteLength: number, data: number];
type VersionRow = [id: number, savedAt: number, root: Node, leaves: LeafRow[]];
type DataRow = [number: number, byteLength: number, path: string];

/** The record's text, behind room for a header. */
function encodeRecord(record: CheckpointRecord): Buffer {
  const { versions } = record;
  const ends = versions.length === 1 ? knownEndsOf(record, versions[0]) : endsOf(record);
  // Digits and commas.
  const between = versions.length === 1 ? dateText(versions[0]) : "";
  const betweenAt = headerBytes + ends.start.length;
  const whole = Buffer.allocUnsafe(betweenAt + between.length + ends.end.length);
  whole.set(ends.start, headerBytes);
  whole.write(between, betweenAt, "latin1");
  whole.set(ends.end, betweenAt + between.length);
  return whole;
}

/** What stands around the number and the date of a record's only version. */
interface Ends {
  readonly start: Buffer;
  readonly end: Buffer;
}

interface KnownEnds extends Ends {
  readonly root: Node;
  readonly data: readonly DataVariable[];
  readonly delta: number | undefined;
}

/** By the leaves of the version: the same again each other time in a loop of saves. */
const knownEnds = new WeakMap<readonly LeafEntry[], KnownEnds>();

function knownEndsOf(record: CheckpointRecord, version: Version): Ends {
  const { root, leaves } = version;
  const { data, delta } = record;
  const known = knownEnds.get(leaves);
  if (known?.root === root && known.data === data && known.delta === delta) return known;
  const start = Buffer.from(`${recordStart(record)}[`);
  const end = Buffer.from(`${contentText(version)}]${recordEnd(record)}`);
  const ends = { root, data, delta, start, end };
  knownEnds.set(leaves, ends);
  return ends;
}

function endsOf(record: CheckpointRecord): Ends {
  const versions = record.versions.map((version) => `[${dateText(version)}${contentText(version)}]`);
  return { start: Buffer.from(recordStart(record)), end: Buffer.from(`${versions.join()}${recordEnd(record)}`) };
}

function recordStart({ dataPrefix }: CheckpointRecord): string {
  return `[${JSON.stringify(dataPrefix)},[`;
}

function recordEnd({ data, delta }: CheckpointRecord): string {
  const fourth = delta === undefined ? "" : `,${delta}`;
  return `],${knownText(data, () => JSON.stringify(data.map(dataRow)))}${fourth}]`;
}

function dateText({ id, savedAt }: Version): string {
  return `${id},${savedAt},`;
}

function contentText({ root, leaves }: Version): string {
  return `${nodeText(root)},[${knownText(leaves, () => leaves.map(leafText).join())}]`;
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
function decodeRecord(body: Uint8Array, hasDelta: boolean): CheckpointRecord {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  const [dataPrefix, rows, variables, named] = JSON.parse(text) as [string, VersionRow[], DataRow[], unknown];
  // Most leaves of a state dict have the shape of others.
  const metas = new Map<string, Uint8Array>();
  const metaOf = (base64: string): Uint8Array => {
    const known = metas.get(base64);
    if (known !== undefined) return known;
    const meta = new Uint8Array(Buffer.from(base64, "base64"));
    metas.set(base64, meta);
    return meta;
  };
  const versions = rows.map(([id, savedAt, root, leaves]): Version => {
    const entries = leaves.map(([path, type, meta, byteLength, data]) => {
      return { path, form: { type, meta: metaOf(meta), byteLength }, data };
    });
    return { id, savedAt, root, leaves: entries };
  });
  const data = variables.map(([number, byteLength, path]): DataVariable => ({ number, byteLength, path }));
  const delta = hasDelta ? data.find(({ number }) => number === named)?.number : undefined;
  if (hasDelta && delta === undefined) throw new TypeError(`It has no data variable ${String(named)} for its delta`);
  return new CheckpointRecord({ dataPrefix, versions, data, delta });
}
