import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";

/** What changes if a file, or the list of a folder, is touched in any way, its time of modification included. */
export function fingerprint(path: string): string {
  return `${contentPrint(path)} ${statSync(path, { bigint: true }).mtimeNs}`;
}

/** What changes if another file stands at a path, or other bytes in it. */
export function contentPrint(path: string): string {
  const { size, mode, ino } = statSync(path, { bigint: true });
  const isFolder = statSync(path).isDirectory();
  const content = isFolder
    ? readdirSync(path).join("\n")
    : createHash("sha256").update(readFileSync(path)).digest("hex");
  return `${ino} ${mode} ${size} ${content}`;
}
