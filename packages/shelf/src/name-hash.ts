/** Hashes of names: the same for a string and for its UTF-8, so that neither has to be made of the other. */
const encoder = new TextEncoder();
/** Another one each time, so that nobody can make names up that all have one hash. */
const [seed] = crypto.getRandomValues(new Int32Array(1));
const prime = 0x01000193;

/** Of the last name it is known: a change of one asks several times. */
let lastName = "";
let lastHash = mixed(seed);
let lastBytes = 0;

export function hashOf(name: string): number {
  if (name !== lastName) measure(name);
  return lastHash;
}

/** Bytes of a name in UTF-8. */
export function nameBytes(name: string): number {
  if (name !== lastName) measure(name);
  return lastBytes;
}

function measure(name: string): void {
  let hash = seed;
  let index = 0;
  for (; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code > 0x7f) break;
    hash = Math.imul(hash ^ code, prime);
  }
  if (index === name.length) {
    lastHash = mixed(hash);
    lastBytes = index;
  } else {
    const bytes = encoder.encode(name);
    lastHash = hashOfBytes(bytes, 0, bytes.length);
    lastBytes = bytes.length;
  }
  lastName = name;
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
