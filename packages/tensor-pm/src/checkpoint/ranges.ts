/** Byte ranges as `[start, end, start, end, ...]`: ascending, without overlap. */
export type ByteRanges = readonly number[];

/** Ranges closer together than this are stored as one: a gap is cheaper to copy than to jump over. */
const gapBytesMax = 256;
const lineBytes = 64;

/**
 * The union of ranges in any order, widened to whole cache lines and to at most `byteLength`: what is copied past the
 * caches goes in lines.
 */
export function mergeRanges(ranges: readonly number[], byteLength: number): number[] {
  const pairs: [number, number][] = [];
  let isAscending = true;
  let before = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const start = Math.floor(Math.max(ranges[at], 0) / lineBytes) * lineBytes;
    const end = Math.min(Math.ceil(ranges[at + 1] / lineBytes) * lineBytes, byteLength);
    if (start >= end) continue;
    isAscending &&= start >= before;
    before = start;
    pairs.push([start, end]);
  }
  if (!isAscending) pairs.sort(([a], [b]) => a - b);
  const merged: number[] = [];
  for (const [start, end] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && start <= merged[last] + gapBytesMax) merged[last] = Math.max(merged[last], end);
    else merged.push(start, end);
  }
  return merged;
}

export function rangesBytes(ranges: ByteRanges): number {
  let bytes = 0;
  for (let at = 0; at < ranges.length; at += 2) bytes += ranges[at + 1] - ranges[at];
  return bytes;
}

/** Blocks that are compared at once, and in parts only where they differ. */
const blockBytes = 64 * 1024;
const partBytes = 4096;

/** Where `after` differs from `before`, in parts of 4 KiB. Both are equally long. */
export function differences(before: Uint8Array, after: Uint8Array): number[] {
  const differ = (start: number, end: number): boolean =>
    Buffer.compare(before.subarray(start, end), after.subarray(start, end)) !== 0;
  const ranges: number[] = [];
  for (let block = 0; block < after.length; block += blockBytes) {
    const blockEnd = Math.min(block + blockBytes, after.length);
    if (!differ(block, blockEnd)) continue;
    for (let part = block; part < blockEnd; part += partBytes) {
      const partEnd = Math.min(part + partBytes, blockEnd);
      if (differ(part, partEnd)) ranges.push(part, partEnd);
    }
  }
  return mergeRanges(ranges, after.length);
}
