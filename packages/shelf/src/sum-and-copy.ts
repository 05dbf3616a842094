import type { Region } from "@nodemm/pmem-native";

/** What is read twice in a row comes from the inner caches the second time. */
const cachedBytes: number = 256 * 1024;

/**
 * Copies bytes within a region with non-temporal stores, durable after the next drain, and returns their CRC continued
 * from `crc`. It is of the bytes before they are copied: not of the copy, whose lines the flush may have taken out of the
 * cache. Piece by piece, so that each is in the cache when it is copied.
 */
export function sumAndCopy(region: Region, target: number, source: number, length: number, crc: number): number {
  let sum = crc;
  for (let done = 0; done < length; done += cachedBytes) {
    const piece = Math.min(cachedBytes, length - done);
    sum = region.crc32c(source + done, piece, sum);
    region.copyWithin(target + done, source + done, piece);
  }
  return sum;
}
