import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { ArrayFileError } from "./file-error.ts";
import { type NpyHeader, npyHeaderBytes, npyPrefixBytes, parseNpyHeader } from "./npy-header.ts";

/** What deflate makes of a byte at best: a member that claims to be larger is refused before space is taken for it. */
const deflateRatioMax = 1032;

/** An array in an `.npz` file; its chunks come once, and before the next member. */
export interface NpzMember {
  readonly name: string;
  readonly header: NpyHeader;
  readonly chunks: () => AsyncGenerator<Uint8Array>;
}

/**
 * The arrays of an `.npz` file one after another, as they are stored: all, or those named.
 * @throws ArrayFileError; the system's errors
 */
export async function* npzMembers(path: string, names: readonly string[] | undefined): AsyncGenerator<NpzMember> {
  const zip = await guarded(path, openPromise(path, { autoClose: false }));
  try {
    const entries = await guarded(path, listEntries(zip, path));
    for (const name of names ?? [...entries.keys()].filter((each) => entries.get(each)!.fileName.endsWith(".npy"))) {
      const entry = entries.get(name);
      if (entry === undefined) {
        const found = [...entries.keys()].slice(0, 20).join(", ");
        throw new ArrayFileError(
          "ERR_ARRAY_FILE_NO_MEMBER",
          path,
          `there is no array ${JSON.stringify(name)}; it has ${found}`,
        );
      }
      yield await openMember(zip, entry, name, `${path}:${name}`);
    }
  } finally {
    zip.close();
  }
}

async function listEntries(zip: ZipFile, source: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.replace(/\.npy$/u, "");
    if (entries.has(name))
      throw new ArrayFileError("ERR_ARRAY_FILE_FORMAT", source, `it has two members ${JSON.stringify(name)}`);
    entries.set(name, entry);
  }
  return entries;
}

async function openMember(zip: ZipFile, entry: Entry, name: string, source: string): Promise<NpzMember> {
  const { compressionMethod, compressedSize, uncompressedSize } = entry;
  if (entry.isEncrypted() || (compressionMethod !== 0 && compressionMethod !== 8)) {
    throw new ArrayFileError(
      "ERR_ARRAY_FILE_UNSUPPORTED",
      source,
      "expected a member that is stored or deflated, not encrypted",
    );
  }
  if (uncompressedSize > compressedSize * deflateRatioMax + 1024) {
    throw new ArrayFileError(
      "ERR_ARRAY_FILE_FORMAT",
      source,
      `${compressedSize} bytes cannot hold ${uncompressedSize}`,
    );
  }
  const bytes = new MemberBytes(await guarded(source, zip.openReadStreamPromise(entry)), source);
  const prefix = await bytes.first(npyPrefixBytes);
  const header = parseNpyHeader(await bytes.first(npyHeaderBytes(prefix, source), true), source);
  if (header.dataOffset + header.nbytes > uncompressedSize) {
    const message = `shape [${header.shape.join(", ")}] of ${header.dtype} needs ${header.nbytes} bytes of elements`;
    throw new ArrayFileError(
      "ERR_ARRAY_FILE_TRUNCATED",
      source,
      `${message}, the member has ${uncompressedSize} in all`,
    );
  }
  return { name, header, chunks: () => bytes.elements(header, entry.crc32) };
}

/** The bytes of a member as they come: first its header, then the elements. */
class MemberBytes {
  readonly #iterator: AsyncIterator<Buffer>;
  readonly #source: string;
  #crc = 0;
  #pending: Buffer = Buffer.alloc(0);

  constructor(stream: Readable, source: string) {
    this.#iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#source = source;
  }

  async #next(): Promise<Buffer | undefined> {
    const { done, value } = await guarded(this.#source, this.#iterator.next());
    if (done === true) return undefined;
    this.#crc = crc32(value, this.#crc);
    return value;
  }

  /** The first `count` bytes, or fewer where there are no more; with `taken`, what comes next follows them. */
  async first(count: number, taken = false): Promise<Buffer> {
    while (this.#pending.length < count) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      this.#pending = Buffer.concat([this.#pending, chunk]);
    }
    if (taken && this.#pending.length < count) {
      throw new ArrayFileError("ERR_ARRAY_FILE_TRUNCATED", this.#source, "the member ends within its header");
    }
    const bytes = this.#pending.subarray(0, count);
    if (taken) this.#pending = this.#pending.subarray(count);
    return bytes;
  }

  /** The elements, and after the last of them the proof that all bytes were right. */
  async *elements({ nbytes }: NpyHeader, wantedCrc: number): AsyncGenerator<Uint8Array> {
    let left = nbytes;
    let chunk: Buffer | undefined = this.#pending;
    while (chunk !== undefined) {
      const taken: Buffer = chunk.subarray(0, left);
      left -= taken.length;
      if (taken.length > 0) yield taken;
      chunk = await this.#next();
    }
    if (left > 0)
      throw new ArrayFileError("ERR_ARRAY_FILE_TRUNCATED", this.#source, `${left} bytes of its elements are missing`);
    if (this.#crc !== wantedCrc) {
      throw new ArrayFileError(
        "ERR_ARRAY_FILE_CHECKSUM",
        this.#source,
        "its checksum is not that of its bytes; they are damaged",
      );
    }
  }
}

/** Says of what yauzl and zlib refuse that the file is damaged; what the system refuses is passed on. */
async function guarded<Result>(source: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ArrayFileError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new ArrayFileError(
      "ERR_ARRAY_FILE_FORMAT",
      source,
      `it is damaged, or no .npz file (for an .npy file, see load): ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
