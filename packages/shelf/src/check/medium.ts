/**
 * Whether bytes can be read at all. A load from a bad place of the medium ends a region's use, so what can be tried
 * without that is tried first.
 */
import { type MappedFile, PmemError, type Region } from "@nodemm/pmem-native";

/** How much is read at once: small enough to stay in the cache for what reads it next, and to stop between two pieces. */
const windowBytes: number = 2 ** 20;
const stepBytes = 4096;

/** Yields the bytes of each piece read. */
export function* probe(
  region: Region,
  offset: number,
  length: number,
  unreadable: (offset: number, length: number) => void,
): Generator<number, void> {
  for (let at = offset; at < offset + length; at += windowBytes) {
    const bytes = Math.min(windowBytes, offset + length - at);
    if (!isReadable(region, at, bytes)) narrow(region, at, bytes, unreadable);
    yield bytes;
  }
}

/** Regions that cannot try hold memory that cannot fail. */
function isReadable(region: Region | MappedFile, offset: number, length: number): boolean {
  if (!("readSafely" in region) || length === 0) return true;
  try {
    region.readSafely(offset, length);
    return true;
  } catch (error) {
    if (error instanceof PmemError && error.code === "ERR_PMEM_FAULT") return false;
    throw error;
  }
}

/** Ranges that the kernel knows to be unreadable; none where it does not tell. */
export function knownBadBlocks(region: Region | MappedFile): readonly { offset: number; length: number }[] {
  if (!("badBlocks" in region) || region.badBlocks.known !== "value") return [];
  return region.badBlocks.value;
}

/** Tells the unreadable pages of a window, neighbours as one. */
function narrow(region: Region, start: number, length: number, tell: (offset: number, length: number) => void): void {
  let from = -1;
  const end = start + length;
  for (let at = start; at < end; at = nextPage(at)) {
    const good = isReadable(region, at, Math.min(end, nextPage(at)) - at);
    if (!good && from < 0) from = at;
    if (good && from >= 0) {
      tell(from, at - from);
      from = -1;
    }
  }
  if (from >= 0) tell(from, end - from);
}

function nextPage(at: number): number {
  return (Math.floor(at / stepBytes) + 1) * stepBytes;
}
