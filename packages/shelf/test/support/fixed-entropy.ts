import { vi } from "vitest";

/** Makes UUIDs and times the same in every run, so that a crash state has the same bytes when it is replayed. */
export function fixEntropy(): void {
  let made = 0;
  vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2026, 0, 1));
  vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation((bytes) => {
    if (bytes instanceof Uint8Array) bytes.fill(++made);
    return bytes;
  });
}
