/**
 * Safetensors into a shelf: a piece at a time, never the whole in DRAM, and all or nothing. The tensors are made under names
 * of their own, filled, and given their names in one transaction at the end; what an interrupted import left behind is
 * erased by the next one with the same prefix.
 */
import { type DType, empty } from "@nodemm/ndarray-pm";
import type { Storage } from "@nodemm/shelf";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { SafetensorsError } from "./errors.ts";
import { decodeHeader, headerLength, lengthBytes, type SafetensorsEntry, type SafetensorsHeader } from "./header.ts";
import { abortable, type ByteSource, openSource, type SafetensorsSource } from "./source.ts";

/** What an import needs of a shelf, opened with `types: tensorTypes`. */
export interface SafetensorsShelf {
  set(name: string, value: unknown): unknown;
  delete(name: string): boolean;
  rename(name: string, newName: string): void;
  keys(): Iterable<string>;
  storage(name: string): Storage;
  transaction<Result>(work: () => Result): Result;
}

export interface SafetensorsOptions {
  /** Ends it early: the promise rejects with the signal's reason, and the shelf or file is as before. */
  readonly signal?: AbortSignal;
  /** Called after each piece with the bytes of elements that are done, and those that there are. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface LoadSafetensorsOptions extends SafetensorsOptions {
  /** What the variables' names begin with; the tensor's name follows. Nothing by default. */
  readonly prefix?: string;
  /** Which tensors to take; all by default. */
  readonly filter?: (name: string) => boolean;
}

/** Bytes in DRAM at a time, twice: one piece is read while the other is stored. */
const pieceBytes = 4 * 1024 * 1024;

/**
 * Reads a safetensors file, or a stream of one, into tensors on a shelf, whose names are the prefix and the tensor's name.
 * Variables of these names are replaced; all tensors appear together, durably, when the promise is fulfilled, or none. Takes
 * a few MiB of DRAM, whatever the size, and leaves the event loop free. A byte of BOOL that is not 0 becomes 1, as
 * everybody takes it.
 *
 *     const { metadata } = await loadSafetensors(shelf, "model.safetensors", { prefix: "model." });
 *     shelf.get("model.embedding.weight") // a Tensor
 *
 * @throws (rejects) SafetensorsError for what is no safetensors, and `ERR_SAFETENSORS_DTYPE` for a tensor of a dtype that there
 * is none of here, unless the filter leaves it out; ShelfError `ERR_SHELF_NO_SPACE`, `ERR_SHELF_NAME`; the signal's reason;
 * what the source rejects with. The shelf is as before then.
 */
export async function loadSafetensors(
  shelf: SafetensorsShelf,
  source: SafetensorsSource,
  options: LoadSafetensorsOptions = {},
): Promise<SafetensorsHeader<DType>> {
  const { prefix = "", signal } = checkOptions("loadSafetensors", options, [
    "prefix",
    "filter",
    "signal",
    "onProgress",
  ]);
  signal?.throwIfAborted();
  const busy = underWay.get(shelf) ?? new Set();
  underWay.set(shelf, busy);
  if (busy.has(prefix)) {
    const message = `Another import with the prefix ${JSON.stringify(prefix)} is under way; await it first`;
    throw new SafetensorsError("ERR_SAFETENSORS_BUSY", message);
  }
  busy.add(prefix);
  try {
    return await importAll(shelf, abortable(await openSource(source), signal), prefix, options);
  } finally {
    busy.delete(prefix);
  }
}

/** Prefixes of the imports that each shelf has under way: they share the names of what they stage. */
const underWay = new WeakMap<SafetensorsShelf, Set<string>>();

async function importAll(
  shelf: SafetensorsShelf,
  bytes: ByteSource,
  prefix: string,
  options: LoadSafetensorsOptions,
): Promise<SafetensorsHeader<DType>> {
  const { filter = () => true, signal } = options;
  const staging = `${prefix}${stagingMark}`;
  try {
    const header = await readHeader(bytes);
    const tensors = header.tensors.filter(({ name }) => filter(name)).map(loadable);
    const staged = new Map(tensors.map((entry, at) => [entry, `${staging}${at}`]));
    eraseStaged(shelf, staging);
    shelf.transaction(() => {
      for (const [{ shape, dtype }, name] of staged) shelf.set(name, new Tensor(empty(shape, dtype)));
    });
    await fill(shelf, bytes, header, staged, options);
    signal?.throwIfAborted();
    shelf.transaction(() => {
      for (const [{ name }, from] of staged) shelf.rename(from, `${prefix}${name}`);
    });
    return { ...header, tensors };
  } catch (error) {
    // A shelf that was closed meanwhile keeps them until the next import.
    if (!isClosed(shelf)) eraseStaged(shelf, staging);
    throw error;
  } finally {
    await bytes.close();
  }
}

/** What a file says of its tensors, of whatever dtypes; the data are not read. @throws (rejects) SafetensorsError */
export async function readSafetensorsHeader(source: SafetensorsSource): Promise<SafetensorsHeader> {
  const bytes = await openSource(source);
  try {
    return await readHeader(bytes);
  } finally {
    await bytes.close();
  }
}

/** Hardly any tensor's name: the first is a code point that stands for no character. */
const stagingMark = "\ufdd0safetensors/";

/** The same entry, of which there can be a tensor here. */
function loadable(entry: SafetensorsEntry): SafetensorsEntry<DType> {
  refuseStagingName(entry.name);
  if (hasDType(entry)) return entry;
  const { name, dtypeName } = entry;
  const found = `Tensor ${JSON.stringify(name)} is of dtype ${JSON.stringify(dtypeName)}, which is not known here`;
  throw new SafetensorsError("ERR_SAFETENSORS_DTYPE", `${found}; leave it out with \`filter\``, { tensor: name });
}

function hasDType(entry: SafetensorsEntry): entry is SafetensorsEntry<DType> {
  return entry.dtype !== undefined;
}

function refuseStagingName(name: string): void {
  if (!name.startsWith(stagingMark)) return;
  const found = `A tensor is called ${JSON.stringify(name)}, as what an import has not finished`;
  throw new SafetensorsError(
    "ERR_SAFETENSORS_HEADER",
    `${found}; leave it out with \`filter\`, or rename it in the file`,
  );
}

function isClosed(shelf: SafetensorsShelf): boolean {
  return (shelf as { readonly closed?: boolean }).closed === true;
}

function eraseStaged(shelf: SafetensorsShelf, staging: string): void {
  const left = [...shelf.keys()].filter((name) => name.startsWith(staging));
  if (left.length === 0) return;
  shelf.transaction(() => {
    for (const name of left) shelf.delete(name);
  });
}

async function readHeader(bytes: ByteSource): Promise<SafetensorsHeader> {
  const length = headerLength(await readExactly(bytes, new Uint8Array(lengthBytes), "its length"));
  if (bytes.byteLength !== undefined && lengthBytes + length > bytes.byteLength) {
    throw wrongLength(`the header has ${length} bytes, the file ${bytes.byteLength}`);
  }
  const header = decodeHeader(await readHeaderBytes(bytes, length));
  const total = lengthBytes + length + header.dataBytes;
  if (bytes.byteLength !== undefined && bytes.byteLength !== total) {
    throw wrongLength(`the header speaks of ${total} bytes in all, the file has ${bytes.byteLength}`);
  }
  return header;
}

/** Memory grows with what comes, not with what a damaged length promises. */
async function readHeaderBytes(bytes: ByteSource, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let done = 0; done < length; done += pieceBytes) {
    parts.push(await readExactly(bytes, new Uint8Array(Math.min(pieceBytes, length - done)), "the header"));
  }
  return Buffer.concat(parts);
}

async function readExactly(bytes: ByteSource, target: Uint8Array, what: string): Promise<Uint8Array> {
  const count = await bytes.read(target);
  if (count === target.length) return target;
  throw wrongLength(`it ends within ${what}, ${target.length - count} bytes early`);
}

function wrongLength(found: string): SafetensorsError {
  return new SafetensorsError("ERR_SAFETENSORS_LENGTH", `The safetensors are cut short or too long: ${found}`);
}

/** Reads all bytes in order, and stores those of the tensors that are taken; a piece is read while one is stored. */
async function fill(
  shelf: SafetensorsShelf,
  bytes: ByteSource,
  { tensors, dataBytes }: SafetensorsHeader,
  staged: ReadonlyMap<SafetensorsEntry, string>,
  { signal, onProgress }: SafetensorsOptions,
): Promise<void> {
  let storing: Promise<void> = Promise.resolve();
  let [next, spare] = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)];
  try {
    for (const entry of tensors) {
      const name = staged.get(entry);
      const storage = name === undefined || entry.end === entry.begin ? undefined : shelf.storage(name);
      for (let at = entry.begin; at < entry.end; at += pieceBytes) {
        signal?.throwIfAborted();
        const piece = next.subarray(0, Math.min(pieceBytes, entry.end - at));
        await readExactly(bytes, piece, `tensor ${JSON.stringify(entry.name)}`);
        if (entry.dtype === "bool" && storage !== undefined) makeBooleans(piece);
        await storing;
        [next, spare] = [spare, next];
        const done = at + piece.length;
        storing = store(storage, at - entry.begin, piece, () => onProgress?.(done, dataBytes));
        // Awaited below; until then nobody else does.
        storing.catch(() => undefined);
      }
    }
  } finally {
    await storing;
  }
  if ((await bytes.read(new Uint8Array(1))) > 0) throw wrongLength("there are bytes behind the last tensor");
}

/** Other bytes are true as well, but would count and compare as what they are. */
function makeBooleans(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] > 1) bytes[at] = 1;
}

async function store(storage: Storage | undefined, at: number, piece: Uint8Array, onStored: () => void): Promise<void> {
  await storage?.copyAsync(at, piece);
  onStored();
}
