// The package with an addon that these scripts work on, which is the one in the current folder; what a release carries an
// addon for, and where it lies in the package.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const packageFolder = process.cwd();

/** @type {{ name: string }} */
const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
export const packageName = manifest.name;

/** As node-gyp-build and prebuildify name the files of a scoped package. */
export const addonName = packageName.replace("/", "+");

/** The addon that node-gyp has built. */
export function builtAddon() {
  const release = join(packageFolder, "build/Release");
  const found = readdirSync(release).find((name) => name.endsWith(".node"));
  if (found === undefined) throw new Error(`there is no addon in ${release}: run pnpm build first`);
  return join(release, found);
}

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
    file: `prebuilds/linux-${architecture}/${addonName}.${libc}.node`,
  })),
);

/** Prefixes of the tools that build for a processor; none where it is this machine's. */
export const toolPrefixes = { x64: "x86_64-linux-gnu-", arm64: "aarch64-linux-gnu-" };

/** @param {Target["architecture"]} architecture */
export function toolPrefix(architecture) {
  return architecture === process.arch ? "" : toolPrefixes[architecture];
}
