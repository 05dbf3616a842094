import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository, wherever this file was compiled to. */
export const repository: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A program of `vm/guest`, at the same path here and in the emulated machine. */
export function guestProgram(name: string): string {
  return join(repository, "vm/dist/guest", `${name}.js`);
}

/** Downloads and images: kept between runs, and safe to delete. */
export const cacheFolder: string = join(repository, "node_modules/.cache/nodemm-vm");

function findRoot(folder: string): string {
  return existsSync(join(folder, "pnpm-workspace.yaml")) ? folder : findRoot(dirname(folder));
}
