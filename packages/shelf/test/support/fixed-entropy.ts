/**
 * Makes UUIDs and times the same in every run, so that a crash state has the same bytes when it is replayed. Call what it
 * returns to have chance back.
 */
export function fixEntropy(): () => void {
  const { crypto } = globalThis;
  const now = Object.getOwnPropertyDescriptor(Date, "now")!;
  const getRandomValues = Object.getOwnPropertyDescriptor(crypto, "getRandomValues");
  let made = 0;
  Date.now = () => Date.UTC(2026, 0, 1);
  crypto.getRandomValues = (bytes) => {
    if (bytes instanceof Uint8Array) bytes.fill(++made);
    return bytes;
  };
  return () => {
    Object.defineProperty(Date, "now", now);
    // Its own is the prototype's.
    if (getRandomValues === undefined) Reflect.deleteProperty(crypto, "getRandomValues");
    else Object.defineProperty(crypto, "getRandomValues", getRandomValues);
  };
}
