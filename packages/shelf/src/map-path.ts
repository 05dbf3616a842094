/** Regions over paths: the one place of the shelf that knows a backend. */
import { randomUUID } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import {
  type AsyncOptions,
  clearDevice,
  mapFile,
  mapFileAsync,
  type MapFileOptions,
  mapMemory,
  type MappedFile,
  PmemError,
  type Region,
} from "@nodemm/pmem-native";

/** How large a shelf's file is to be where there is none, and how far it may grow. */
export interface ShelfExtent {
  readonly sizeBytes: number | undefined;
  readonly capacity: number | undefined;
}

/** What a path is mapped for. */
type Purpose = "create" | "use" | "look";

/** Maps a shelf's file or device to be used, creating the file where a size is given. */
export function mapShelf(path: string, extent: ShelfExtent): MappedFile {
  return map(path, purposeOf(extent), requestOf(extent));
}

/** {@link mapShelf} away from the event loop. */
export async function mapShelfAsync(path: string, extent: ShelfExtent, options: AsyncOptions): Promise<MappedFile> {
  try {
    return await mapFileAsync(path, { ...requestOf(extent), ...options });
  } catch (error) {
    throw explained(error, path, purposeOf(extent));
  }
}

function map(path: string, purpose: Purpose, options: MapFileOptions): MappedFile {
  try {
    return mapFile(path, options);
  } catch (error) {
    throw explained(error, path, purpose);
  }
}

function purposeOf({ sizeBytes }: ShelfExtent): Purpose {
  return sizeBytes === undefined ? "use" : "create";
}

function requestOf({ sizeBytes, capacity }: ShelfExtent): MapFileOptions {
  return {
    ...(capacity !== undefined && { capacity }),
    ...(sizeBytes !== undefined && { mode: "open-or-create", size: sizeBytes }),
  };
}

function explained(error: unknown, path: string, purpose: Purpose): unknown {
  const message = error instanceof PmemError ? explain(error.code, path, purpose) : undefined;
  return message === undefined ? error : new PmemError((error as PmemError).code, path, message, { cause: error });
}

/** What of a mapping's errors would speak of options that shelves do not have, in their own words. */
function explain(code: PmemError["code"], path: string, purpose: Purpose): string | undefined {
  if (code === "ERR_PMEM_PERMISSION" && purpose !== "look") {
    return `${path} must be readable and writable for this user; give it the right, or use a writable file system`;
  }
  if (code === "ERR_PMEM_SIZE" && identify(path)?.size === 0n) {
    return purpose === "look"
      ? `${path} is an empty file, not a shelf; check the path`
      : `${path} is an empty file, not a shelf; remove it, and give a size to make a shelf there`;
  }
  if (code !== "ERR_PMEM_NOT_FOUND") return undefined;
  if (purpose === "look") return `${path} does not exist; check the path`;
  return purpose === "create"
    ? `${path} cannot be made, for its folder does not exist; check the path, or make the folder first`
    : `${path} does not exist; check the path, or give a size to make a shelf there`;
}

/** A DAX device cannot be mapped for reading alone. */
function isDevice(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true;
}

/** Maps a shelf's file to be looked at. */
export function mapToLook(path: string): Region {
  if (isDevice(path) && process.env["DAX_RESET"] === "1") {
    throw new PmemError("ERR_PMEM_UNSUPPORTED", path, "DAX_RESET=1 would clear the device; unset it to check a shelf");
  }
  return map(path, "look", { readOnly: !isDevice(path) });
}

/** Maps a new file that has no name: nothing finds it again, and it is gone with its last user. */
export function mapUnnamed(directory: string, sizeBytes: number): Region {
  const path = join(directory, `.nodemm-scratch-${randomUUID()}`);
  const region = mapFile(path, { mode: "create", size: sizeBytes });
  try {
    unlinkSync(path);
  } catch (error) {
    region.close();
    throw error;
  }
  return region;
}

/** What a path leads to, to be told from what may lie there later; undefined where that is no file. */
export function identify(path: string): BigIntStats | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() === true ? stats : undefined;
}

/**
 * Cuts a shelf's file to the length that the shelf has, where it is there still and longer than that, and not another: a
 * copy of the shelf may have taken its place. Called while the shelf holds the lock and nothing uses what lies behind.
 */
export function cutFile(path: string, opened: BigIntStats, sizeBytes: number): void {
  const found = identify(path);
  if (found?.dev !== opened.dev || found.ino !== opened.ino || found.size <= sizeBytes) return;
  const file = openSync(path, "r+");
  try {
    const { dev, ino } = fstatSync(file, { bigint: true });
    if (dev !== opened.dev || ino !== opened.ino) return;
    ftruncateSync(file, sizeBytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Maps a shelf's file beside whoever has it open: to look at it, or to store into variables' bytes as well. */
export function mapBeside(path: string, readOnly: boolean): MappedFile {
  return map(path, "look", { beside: true, readOnly: readOnly && !isDevice(path) });
}

/** A private copy of bytes, to be read like a region. */
export function copyToMemory(bytes: Uint8Array, length: number): Region {
  const region = mapMemory({ size: length });
  region.copy(0, bytes);
  return region;
}

export { clearDevice };
