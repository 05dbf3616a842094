import type { Binding } from "./binding.ts";
import { PmemError } from "./errors.ts";
import { checkRange } from "./range.ts";
import { Status } from "./status.ts";

/** Whose bytes are read. */
interface Readable {
  readonly path: string;
  readonly length: number;
  readonly closed: boolean;
}

/** The bytes of a range, or the status of a region that cannot be read at all. */
export function readSafely(
  native: Binding,
  handle: number,
  region: Readable,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> | number {
  if (region.closed) return Status.closed;
  checkRange(offset, length, region.length);
  const bytes = new Uint8Array(length);
  native.frame[0] = handle;
  native.frame[1] = offset;
  const status = native.readSafely(bytes);
  if (status === undefined) return bytes;
  if (status !== Status.unreadable) return status;
  throw unreadableError(region.path, native.frame[0]);
}

export function unreadableError(path: string, offset: number): PmemError {
  return new PmemError(
    "ERR_PMEM_FAULT",
    path,
    `offset ${offset} of ${path} cannot be read: its medium failed there, or somebody else has cut the file; the region ` +
      `goes on: read around it, and see badBlocks`,
  );
}
