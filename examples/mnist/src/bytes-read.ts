import { readFileSync } from "node:fs";

/**
 * Bytes that a process has read with `read` and its kin since it began, as Linux counts them (`rchar` of
 * `/proc/<pid>/io`); mapped memory is not in it. Null where the system does not say.
 */
export function bytesRead(pid: number): number | null {
  try {
    const line = /^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"));
    return line === null ? null : Number(line[1]);
  } catch {
    return null;
  }
}
