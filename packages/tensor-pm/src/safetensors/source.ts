/** Bytes that come one after another, from a file or a stream. */
import { open } from "node:fs/promises";

export interface ByteSource {
  /** Bytes in all; undefined where only the end will tell. */
  readonly byteLength: number | undefined;
  /** Fills `target`, or as much of it as there is: returns how much. */
  read(target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** A path, or pieces of bytes in order: a `ReadableStream`, a Node stream, the body of a response. */
export type SafetensorsSource = string | URL | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** @throws (rejects) what `fs.open` rejects with; TypeError for what is no source */
export async function openSource(source: SafetensorsSource): Promise<ByteSource> {
  if (typeof source === "string" || source instanceof URL) return openFile(source);
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source) return ofPieces(source[Symbol.asyncIterator]());
    if (Symbol.iterator in source && !ArrayBuffer.isView(source)) return ofPieces(source[Symbol.iterator]());
  }
  throw new TypeError("Expected a path or an iterable of pieces of bytes, such as a stream");
}

/** The same bytes, but that a signal ends waiting for them: who gives them may never go on. */
export function abortable(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  if (signal === undefined) return source;
  return {
    byteLength: source.byteLength,
    read: (target) => untilAborted(source.read(target), signal),
    async close() {
      const closed = source.close();
      if (!signal.aborted) return closed;
      // Nobody waits for it.
      closed.catch(() => undefined);
      return undefined;
    },
  };
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function openFile(path: string | URL): Promise<ByteSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    byteLength: size,
    async read(target) {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await file.read(target, done, target.length - done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    close: () => file.close(),
  };
}

function ofPieces(pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>): ByteSource {
  let rest = new Uint8Array(0);
  return {
    byteLength: undefined,
    async read(target) {
      let done = 0;
      while (done < target.length) {
        if (rest.length === 0) {
          const next = await pieces.next();
          if (next.done === true) break;
          if (!(next.value instanceof Uint8Array)) throw new TypeError("Expected pieces of bytes, as Uint8Arrays");
          rest = new Uint8Array(next.value);
          continue;
        }
        const count = Math.min(rest.length, target.length - done);
        target.set(rest.subarray(0, count), done);
        rest = rest.subarray(count);
        done += count;
      }
      return done;
    },
    close: async () => {
      await pieces.return?.();
    },
  };
}
