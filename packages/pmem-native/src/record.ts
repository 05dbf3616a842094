import { abortedError, closedUponError } from "./async-options.ts";
import { PmemError } from "./errors.ts";
import { checkRange } from "./range.ts";
import type { Region } from "./region.ts";

const sumBytes = 4;

/**
 * Checks the ranges of {@link Region.persistRecord}. Shared by every backend.
 * @throws TypeError, RangeError as {@link checkRange}; RangeError for a record that cannot be
 */
export function checkRecord(offset: number, length: number, source: number, sourceLength: number, limit: number): void {
  checkRange(offset, length, limit);
  checkRange(source, sourceLength, limit);
  checkRange(offset, length + sourceLength, limit);
  if (length < sumBytes) {
    throw new RangeError(`a record needs ${sumBytes} bytes for its sum, got ${length}; begin it with room for them`);
  }
  if (sourceLength > 0 && offset < source + sourceLength && source < offset + length + sourceLength) {
    throw new RangeError(
      `the record of ${length + sourceLength} bytes at ${offset} overlaps what is copied into it, ` +
        `${sourceLength} bytes at ${source}; put it elsewhere`,
    );
  }
}

/**
 * {@link Region.persistRecord} as other verbs of the region: for backends that do, or show, each of these.
 * @param store puts the bytes of the sum in their place, as a store through a view would
 * @throws as {@link checkRecord}
 */
export function persistRecordInParts(
  region: Region,
  [offset, length, initial = 0, source = 0, sourceLength = 0]: Parameters<Region["persistRecord"]>,
  store: (offset: number, bytes: Uint8Array) => void,
): void {
  // A closed region says so below.
  if (!region.closed) checkRecord(offset, length, source, sourceLength, region.length);
  let sum = region.crc32c(offset + sumBytes, length - sumBytes, initial);
  if (sourceLength > 0) sum = region.copyWithinCrc32c(offset + length, source, sourceLength, sum);
  store(offset, bytesOfSum(sum));
  region.persist(offset, length);
}

/**
 * {@link Region.persistRecordAsync} as other verbs of the region. Shared by every backend.
 * @throws what it says
 */
export async function persistRecordAsyncInParts(
  region: Region,
  [offset, length, initial = 0, source = 0, sourceLength = 0, options]: Parameters<Region["persistRecordAsync"]>,
): Promise<void> {
  if (!region.closed) checkRecord(offset, length, source, sourceLength, region.length);
  try {
    let sum = await region.crc32cAsync(offset + sumBytes, length - sumBytes, initial, options);
    if (sourceLength > 0) {
      sum = await region.copyWithinCrc32cAsync(offset + length, source, sourceLength, sum, options);
    }
    await region.copyAsync(offset, bytesOfSum(sum), options);
    await region.persistAsync(offset, length, options);
  } catch (error) {
    // What a part of it has completed is no beginning of the record.
    if (!(error instanceof PmemError) || error.completedBytes === undefined || error.completedBytes === 0) throw error;
    const isAborted = error.code === "ERR_PMEM_ABORTED";
    throw isAborted ? abortedError(region.source, options?.signal, 0) : closedUponError(region.source, 0);
  }
}

function bytesOfSum(sum: number): Uint8Array {
  const bytes = new Uint8Array(sumBytes);
  new DataView(bytes.buffer).setUint32(0, sum, true);
  return bytes;
}
