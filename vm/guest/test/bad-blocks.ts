import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const sectorBytes = 512;
export const pageBytes = 4096;

/** The place on the disk of a page of a file. */
function placeOf(path: string, offset: number): number {
  const listing = execFileSync("filefrag", ["-b4096", "-v", path], { encoding: "utf8" });
  const block = Math.floor(offset / pageBytes);
  for (const line of listing.split("\n")) {
    const extent = /^ *\d+: *(\d+)\.\. *(\d+): *(\d+)\.\./u.exec(line)?.slice(1).map(Number);
    if (extent !== undefined && block >= extent[0] && block <= extent[1]) {
      return (extent[2] + block - extent[0]) * pageBytes;
    }
  }
  throw new Error(`the file system names no place for offset ${offset} of ${path}: ${listing}`);
}

/** Tells the driver of the disk that a page of a file cannot be read: what a machine check or a scrub would tell it. */
export function spoil(disk: string, path: string, offset: number): void {
  const sector = placeOf(path, offset) / sectorBytes;
  writeFileSync(`/sys/block/${basename(disk)}/badblocks`, `${sector} ${pageBytes / sectorBytes}\n`);
}

/** Where bytes begin in a file. */
export function find(path: string, bytes: Uint8Array): number {
  const offset = readFileSync(path).indexOf(bytes);
  if (offset < 0) throw new Error(`the bytes are not in ${path}`);
  return offset;
}

/** Whether reading with a system call fails at an offset, as it must for the injection to be real. */
export function isUnreadable(path: string, offset: number): boolean {
  const file = openSync(path, "r");
  try {
    readSync(file, Buffer.alloc(64), 0, 64, offset);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EIO";
  } finally {
    closeSync(file);
  }
}
