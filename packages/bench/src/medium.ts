/** What lies under a directory, as Linux's mount table says. */

import { readFileSync, realpathSync } from "node:fs";

/** One line on the file system of a directory: `tmpfs`, `ext4 on /dev/vda`, `xfs on /dev/pmem0 (dax)`. */
export function describeMedium(directory: string): string {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return `unknown file system (${process.platform})`;
  }
  return mediumFromMountinfo(table, realpathSync(directory));
}

/** Finds the mount that holds `path` in the text of `/proc/self/mountinfo`; of two on one point, the later hides the other. */
export function mediumFromMountinfo(table: string, path: string): string {
  let best = { point: "", medium: "unknown file system" };
  for (const line of table.split("\n")) {
    const fields = line.split(" ");
    const separator = fields.indexOf("-");
    if (separator < 0) continue;
    // The kernel writes blanks in names as octal escapes.
    const point = fields[4].replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const holds = path === point || path.startsWith(point === "/" ? "/" : `${point}/`);
    if (!holds || point.length < best.point.length) continue;
    const [type, device, superOptions] = fields.slice(separator + 1);
    const dax = /(^|,)dax(=always|=inode)?(,|$)/.test(`${fields[5]},${superOptions}`);
    best = { point, medium: `${type}${device.startsWith("/") ? ` on ${device}` : ""}${dax ? " (dax)" : ""}` };
  }
  return best.medium;
}
