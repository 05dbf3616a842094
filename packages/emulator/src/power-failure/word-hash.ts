/**
 * Hashes of media states, kept incrementally: the hash of an image is the exclusive-or over its 8-byte words of a hash
 * of (position, value), so changing one word costs two evaluations whatever the image's size. All-zero words count
 * nothing, so a sparse image is cheap to begin with. Two independent 32-bit halves make 64 bits.
 */

/** MurmurHash3's finaliser: every input bit reaches every output bit. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function wordHash(word: number, low: number, high: number, salt: number): number {
  if ((low | high) === 0) return 0;
  return mix(mix(mix(word ^ salt) + Math.imul(low, 0x9e3779b1)) + Math.imul(high, 0x85ebca77) + salt);
}

/** First half of the hash of the 8-byte word `word` (an index, not an offset) with these 32-bit halves. */
export function wordHashA(word: number, low: number, high: number): number {
  return wordHash(word, low, high, 0x3c6ef372);
}

/** Second half of the hash of a word. */
export function wordHashB(word: number, low: number, high: number): number {
  return wordHash(word, low, high, 0x1b873593);
}

/** One number from several, for seeds and keys. A signed 32-bit number. */
export function mixAll(...values: readonly number[]): number {
  let hash = 0x2545f491;
  for (const value of values) hash = mix(hash + Math.imul(value | 0, 0x9e3779b1));
  return hash;
}
