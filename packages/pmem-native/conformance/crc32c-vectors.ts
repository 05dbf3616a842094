/** Known answers of CRC-32C (Castagnoli, reflected polynomial 0x82f63b78). */
export interface Crc32cVector {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly crc32c: number;
}

/** The check value of the CRC catalogue, and the examples of RFC 3720 (iSCSI), appendix B.4. */
export const crc32cVectors: readonly Crc32cVector[] = [
  { name: "nothing", bytes: new Uint8Array(0), crc32c: 0 },
  { name: "the ASCII digits 123456789", bytes: new TextEncoder().encode("123456789"), crc32c: 0xe3069283 },
  { name: "32 bytes of zeros", bytes: new Uint8Array(32), crc32c: 0x8a9136aa },
  { name: "32 bytes of ones", bytes: new Uint8Array(32).fill(0xff), crc32c: 0x62a8ab43 },
  { name: "32 incrementing bytes", bytes: Uint8Array.from({ length: 32 }, (_, index) => index), crc32c: 0x46dd794e },
  {
    name: "32 decrementing bytes",
    bytes: Uint8Array.from({ length: 32 }, (_, index) => 31 - index),
    crc32c: 0x113fdb5c,
  },
  {
    name: "an iSCSI read command",
    bytes: Uint8Array.from([
      0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
      0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
    ]),
    crc32c: 0xd9963a56,
  },
];

/** CRC-32C bit by bit, continuing from `initial` (0 to begin): slow, obvious, and what the fast forms must equal. */
export function referenceCrc32c(bytes: Uint8Array, initial = 0): number {
  let remainder = ~initial;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  }
  return ~remainder >>> 0;
}
