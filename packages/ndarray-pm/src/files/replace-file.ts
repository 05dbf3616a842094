import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

let count = 0;

function asideOf(path: string): string {
  return `${path}.${process.pid}-${++count}.tmp`;
}

/**
 * Writes a file as a whole or not at all: `write` fills another beside it, which takes its name once it is durable. After
 * a throw or a crash the old file is there, or none.
 */
export function replaceFile(path: string, write: (fd: number) => void): void {
  const aside = asideOf(path);
  const fd = openSync(aside, "wx");
  try {
    try {
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

/** {@link replaceFile} away from the event loop. */
export async function replaceFileAsync(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const aside = asideOf(path);
  const file = await open(aside, "wx");
  try {
    try {
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
