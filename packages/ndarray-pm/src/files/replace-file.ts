import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** By chance: the numbers of processes come again, and threads share theirs. */
function asideOf(path: string): string {
  return `${path}.${randomBytes(6).toString("hex")}.tmp`;
}

/** Permissions of new files, before the umask. */
const modeOfNew = 0o666;

/** What a path leads to, links followed, and its permissions, which the file that replaces it keeps. */
interface Place {
  readonly path: string;
  readonly mode: number | undefined;
}

function modeOf({ mode }: { readonly mode: number }): number {
  return mode & 0o777;
}

function placeOf(path: string): Place {
  try {
    const real = realpathSync(path);
    return { path: real, mode: modeOf(statSync(real)) };
  } catch (error) {
    return newPlace(path, error);
  }
}

async function placeOfAsync(path: string): Promise<Place> {
  try {
    const real = await realpath(path);
    return { path: real, mode: modeOf(await stat(real)) };
  } catch (error) {
    return newPlace(path, error);
  }
}

function newPlace(path: string, error: unknown): Place {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return { path, mode: undefined };
}

/** {@link replaceFileAsync} before it returns. */
export function replaceFile(link: string, write: (fd: number) => void): void {
  const { path, mode } = placeOf(link);
  const aside = asideOf(path);
  const fd = openSync(aside, "wx", mode ?? modeOfNew);
  try {
    try {
      // Where the umask took some away.
      if (mode !== undefined && modeOf(fstatSync(fd)) !== mode) fchmodSync(fd, mode);
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Writes a file of any format as a whole or not at all, away from the event loop: `write` fills another beside it, which
 * takes its name once it is durable. After a rejection or a crash the old file is there, or none. Links stay, and lead to the
 * new file; it has the old one's permissions.
 * @throws (rejects) what `write` rejects with; the system's errors
 */
export async function replaceFileAsync(link: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const { path, mode } = await placeOfAsync(link);
  const aside = asideOf(path);
  const file = await open(aside, "wx", mode ?? modeOfNew);
  try {
    try {
      if (mode !== undefined && modeOf(await file.stat()) !== mode) await file.chmod(mode);
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
