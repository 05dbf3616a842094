import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { Region } from "@nodemm/pmem-native";

/** Bytes of the shelf that are about to be overwritten. */
interface Range {
  readonly structure: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Writes ranges to a new file, as JSON with the bytes in base64, and syncs it. What is there already is left alone.
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
  } finally {
    closeSync(descriptor);
  }
}
