/** Regions over paths: the one place of the shelf that knows a backend. */
import { randomUUID } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  existsSync,
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

/** What a path is mapped for: to make a shelf there or use it, to change one that must be there, or to look at it. */
type Purpose = "create" | "use" | "change" | "look";

/** Maps a shelf's file or device to be used, creating the file where a size is given. */
export function mapShelf(path: string, extent: ShelfExtent): MappedFile {
  return map(path, purposeOf(extent), requestOf(extent));
}

/** Maps a shelf's file or device to be repaired. */
export function mapToRepair(path: string): MappedFile {
  return map(path, "change", {});
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
  const isMakable = purpose === "create" || purpose === "use";
  if (code === "ERR_PMEM_PERMISSION") return explainRefusal(path, purpose);
  if (code === "ERR_PMEM_SIZE" && identify(path)?.size === 0n) {
    return isMakable
      ? `${path} is an empty file, not a shelf; remove it, and give a size to make a shelf there`
      : `${path} is an empty file, not a shelf; check the path`;
  }
  if (code !== "ERR_PMEM_NOT_FOUND") return undefined;
  if (!isMakable) return `${path} does not exist; check the path`;
  return purpose === "create"
    ? `${path} cannot be made, for its folder does not exist; check the path, or make the folder first`
    : `${path} does not exist; check the path, or give a size to make a shelf there`;
}

function explainRefusal(path: string, purpose: Purpose): string {
  if (purpose === "look") return `${path} must be readable for this user; give it the right`;
  if (purpose === "create" && !existsSync(path)) {
    return `${path} cannot be made: its folder must be writable for this user; give it the right, or use a writable file system`;
  }
  return `${path} must be readable and writable for this user; give it the right, or use a writable file system`;
}

/** A DAX device cannot be mapped for reading alone. What cannot even be looked at, the mapping will refuse in its words. */
function isDevice(path: string): boolean {
  try {
    return statSync(path).isCharacterDevice();
  } catch {
    return false;
  }
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
  const region = mapIn(directory, path, sizeBytes);
  try {
    unlinkSync(path);
  } catch (error) {
    region.close();
    throw error;
  }
  return region;
}

/** The path is none that a caller knows, so errors speak of the folder that it lies in. */
function mapIn(directory: string, path: string, size: number): MappedFile {
  try {
    return mapFile(path, { mode: "create", size });
  } catch (error) {
    if (!(error instanceof PmemError)) throw error;
    const { code } = error;
    if (code === "ERR_PMEM_NOT_FOUND") {
      const message = `${directory} is no folder; check the path, or make the folder first`;
      throw new PmemError(code, directory, message, { cause: error });
    }
    if (code !== "ERR_PMEM_PERMISSION") throw error;
    const message = `${directory} must be a folder that this user may write to; give it the right, or use another`;
    throw new PmemError(code, directory, message, { cause: error });
  }
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
  return map(path, readOnly ? "look" : "change", { beside: true, readOnly: readOnly && !isDevice(path) });
}

/** A private copy of bytes, to be read like a region. */
export function copyToMemory(bytes: Uint8Array, length: number): Region {
  const region = mapMemory({ size: length });
  region.copy(0, bytes);
  return region;
}

export { clearDevice };
