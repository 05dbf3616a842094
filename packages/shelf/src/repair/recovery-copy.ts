import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Region } from "@nodemm/pmem-native";

/** Bytes of the shelf that are about to be overwritten. */
interface Range {
  readonly structure: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Writes ranges to a new file, as JSON with the bytes in base64, and syncs it and its folder. What is there already is left
 * alone; of what cannot be written nothing is left.
 * @throws an error of the file system, such as `EEXIST`
 */
export function saveRecoveryCopy(region: Region, path: string, ranges: readonly Range[]): void {
  const copy = {
    what: "bytes of a shelf before they were repaired; to undo the repair, write each range back at its offset",
    source: region.source,
    when: new Date().toISOString(),
    ranges: ranges.map(({ structure, offset, length }) => {
      const bytes = Buffer.from(region.view(offset, length));
      return { structure, offset, length, base64: bytes.toString("base64") };
    }),
  };
  const descriptor = openSync(path, "wx");
  try {
    const text = Buffer.from(`${JSON.stringify(copy, undefined, 2)}\n`);
    for (let written = 0; written < text.length;) written += writeSync(descriptor, text, written);
    fsyncSync(descriptor);
    syncFolder(dirname(path));
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** A new file is found again after a power failure once its folder is durable. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
