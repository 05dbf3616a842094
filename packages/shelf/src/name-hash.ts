/** Hashes of names: the same for a string and for its UTF-8, so that neither has to be made of the other. */
const encoder = new TextEncoder();
/** Another one each time, so that nobody can make names up that all have one hash. */
const [seed] = crypto.getRandomValues(new Int32Array(1));
const prime = 0x01000193;

export function hashOf(name: string): number {
  let hash = seed;
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code > 0x7f) {
      const bytes = encoder.encode(name);
      return hashOfBytes(bytes, 0, bytes.length);
    }
    hash = Math.imul(hash ^ code, prime);
  }
  return mixed(hash);
}

export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index], prime);
  return mixed(hash);
}

/** A table takes the low bits. */
function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return half ^ (half >>> 13);
}
