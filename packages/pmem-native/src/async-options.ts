import { PmemError } from "./errors.ts";
import type { AsyncOptions } from "./region.ts";
import { isResizable, placeOf } from "./view-place.ts";

/**
 * The signal of an asynchronous operation's options. Shared by every backend.
 * @throws TypeError for what is no signal; PmemError `ERR_PMEM_ABORTED` if it is aborted already
 */
export function checkSignal(source: string, options: AsyncOptions | undefined): AbortSignal | undefined {
  const signal: unknown = options?.signal;
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, got ${typeof signal}; pass new AbortController().signal`);
  }
  if (signal.aborted) throw abortedError(source, signal, 0);
  return signal;
}

export function abortedError(source: string, signal: AbortSignal | undefined, completedBytes: number): PmemError {
  const rest =
    completedBytes === 0
      ? "before anything of it was done for certain; do it again"
      : `when its first ${completedBytes} bytes were durable; do the rest again`;
  const message = `the operation on ${source} was aborted ${rest}`;
  return new PmemError("ERR_PMEM_ABORTED", source, message, { cause: signal?.reason, completedBytes });
}

export function closedUponError(source: string, completedBytes: number): PmemError {
  return new PmemError(
    "ERR_PMEM_CLOSED",
    source,
    `the region over ${source} was closed when the first ${completedBytes} bytes of the operation were done; ` +
      `await operations before close()`,
    { completedBytes },
  );
}

/**
 * The bytes of an asynchronous copy's source. Shared by every backend.
 * @throws TypeError unless it is a view whose buffer keeps its length
 */
export function checkAsyncSource(source: ArrayBufferView): Uint8Array {
  if (!ArrayBuffer.isView(source)) {
    throw new TypeError(`source must be a TypedArray, Buffer or DataView, got ${typeof source}; wrap it in one`);
  }
  const { buffer, byteOffset, byteLength } = placeOf(source);
  if (isResizable(buffer)) {
    throw new TypeError("the source's buffer is resizable, and could lose its memory meanwhile; copy from a fixed one");
  }
  // Also of a buffer that was detached before.
  if (byteLength === 0) return new Uint8Array(0);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
