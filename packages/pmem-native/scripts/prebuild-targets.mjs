// What a release carries an addon for, and where it lies in the package.
import { join } from "node:path";

export const packageFolder = join(import.meta.dirname, "..");

/**
 * @typedef {object} Target
 * @property {"x64" | "arm64"} architecture
 * @property {"glibc" | "musl"} libc
 * @property {string} name
 * @property {string} file relative to the package
 */

/** @type {readonly Target[]} */
export const targets = /** @type {const} */ (["x64", "arm64"]).flatMap((architecture) =>
  /** @type {const} */ (["glibc", "musl"]).map((libc) => ({
    architecture,
    libc,
    name: `linux-${architecture} ${libc}`,
    file: `prebuilds/linux-${architecture}/@nodemm+pmem-native.${libc}.node`,
  })),
);

/** Prefixes of the tools that build for a processor; none where it is this machine's. */
export const toolPrefixes = { x64: "x86_64-linux-gnu-", arm64: "aarch64-linux-gnu-" };

/** @param {Target["architecture"]} architecture */
export function toolPrefix(architecture) {
  return architecture === process.arch ? "" : toolPrefixes[architecture];
}
