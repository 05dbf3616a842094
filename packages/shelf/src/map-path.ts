/** Regions over paths: the one place of the shelf that knows a backend. */
import { statSync } from "node:fs";
import { mapFile, type MappedFile, PmemError, type Region } from "@nodemm/pmem-native";

/** Maps a shelf's file or device to be used, creating the file where a size is given. */
export function mapShelf(path: string, sizeBytes: number | undefined): MappedFile {
  try {
    return mapFile(path, sizeBytes === undefined ? {} : { mode: "open-or-create", size: sizeBytes });
  } catch (error) {
    if (!(error instanceof PmemError && error.code === "ERR_PMEM_NOT_FOUND")) throw error;
    const message =
      sizeBytes === undefined
        ? `${path} does not exist; check the path, or give a size to make a shelf there`
        : `${path} cannot be made, for its folder does not exist; check the path, or make the folder first`;
    throw new PmemError(error.code, path, message, { cause: error });
  }
}

/** Maps a shelf's file to be looked at. A DAX device cannot be mapped for reading alone. */
export function mapToLook(path: string): Region {
  const isDevice = statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() === true;
  if (isDevice && process.env["DAX_RESET"] === "1") {
    throw new PmemError("ERR_PMEM_UNSUPPORTED", path, "DAX_RESET=1 would clear the device; unset it to check a shelf");
  }
  return mapFile(path, { readOnly: !isDevice });
}
