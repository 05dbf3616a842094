/** Castagnoli's polynomial, bit-reversed. */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[k * 256 + b]`: the remainder of byte `b` followed by `k` zero bytes (Kounavis and Berry's slicing-by-8). */
const TABLES: Int32Array = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    tables[byte] = remainder;
  }
  for (let entry = 256; entry < tables.length; entry++) {
    const shorter = tables[entry - 256];
    tables[entry] = (shorter >>> 8) ^ tables[shorter & 0xff];
  }
  return tables;
}

/**
 * CRC-32C of `bytes[start, end)`, continuing from the CRC of what came before (0 to begin):
 * `crc32c(b, 0, n, crc32c(a, 0, m))` is the CRC of `a` followed by `b`. An unsigned 32-bit number.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, initial: number): number {
  const t = TABLES;
  let crc = ~initial;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc =
      t[1792 + (crc & 0xff)] ^
      t[1536 + ((crc >>> 8) & 0xff)] ^
      t[1280 + ((crc >>> 16) & 0xff)] ^
      t[1024 + (crc >>> 24)] ^
      t[768 + bytes[at + 4]] ^
      t[512 + bytes[at + 5]] ^
      t[256 + bytes[at + 6]] ^
      t[bytes[at + 7]];
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}
